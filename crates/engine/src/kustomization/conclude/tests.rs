use std::fmt::Write as _;
use std::time::Duration;

use api::KustomizationStatus;
use api::condition::Writer;
use expect_test::{Expect, expect};
use k8s_openapi::jiff::Timestamp;

use super::{Finish, conclude};
use crate::error::Error;
use crate::kustomization::Outcome;

fn finish(second: i64) -> Finish {
    Finish {
        writer: Writer { generation: 2, now: Timestamp::from_second(second).unwrap() },
        requested_at: Some("now".to_owned()),
        took: Duration::from_millis(1500),
    }
}

fn delivered(revision: &str) -> Outcome {
    Outcome {
        revision: Some(revision.to_owned()),
        build_digest: Some(format!("sha256:{revision}")),
        inventory: Some(plan::Inventory::default()),
        ..Outcome::default()
    }
}

fn check(status: &KustomizationStatus, expected: &Expect) {
    let mut text = format!(
        "observed {:?} applied {:?} attempted {:?} handled {:?}\n",
        status.observed_generation,
        status.last_applied_revision,
        status.last_attempted_revision,
        status.last_handled_reconcile_at,
    );
    for c in &status.conditions {
        writeln!(text, "{}={} {}: {}", c.type_, c.status, c.reason, c.message).unwrap();
    }
    for s in &status.history {
        let (status, count) = (&s.last_reconciled_status, s.total_reconciliations);
        writeln!(text, "{} {status} ×{count}", s.digest).unwrap();
    }
    expected.assert_eq(&text);
}

#[test]
fn a_success_is_ready_and_applied() {
    let status = conclude(KustomizationStatus::default(), &delivered("a"), &Ok(()), &finish(1));
    check(
        &status,
        &expect![[r#"
            observed Some(2) applied Some("a") attempted Some("a") handled Some("now")
            Ready=True ReconciliationSucceeded: Applied revision: a
            sha256:a ReconciliationSucceeded ×1
        "#]],
    );
}

#[test]
fn a_failed_rollout_keeps_the_last_applied_revision_and_says_what_failed() {
    let good = conclude(KustomizationStatus::default(), &delivered("a"), &Ok(()), &finish(1));
    let unhealthy = Err(Error::Unhealthy { reason: "Deployment/shop/web is not there".to_owned() });
    let status = conclude(good, &delivered("b"), &unhealthy, &finish(2));
    check(
        &status,
        &expect![[r#"
            observed Some(2) applied Some("a") attempted Some("b") handled Some("now")
            Ready=False HealthCheckFailed: Deployment/shop/web is not there
            Healthy=False HealthCheckFailed: Deployment/shop/web is not there
            Reconciling=True ProgressingWithRetry: Deployment/shop/web is not there
            sha256:b HealthCheckFailed ×1
            sha256:a ReconciliationSucceeded ×1
        "#]],
    );
}

#[test]
fn what_only_a_person_can_help_is_stalled_and_not_retried() {
    let unsupported = Err(Error::Unsupported { field: "spec.decryption".to_owned() });
    let status =
        conclude(KustomizationStatus::default(), &Outcome::default(), &unsupported, &finish(1));
    check(
        &status,
        &expect![[r#"
            observed Some(2) applied None attempted None handled Some("now")
            Ready=False FeatureGateDisabled: spec.decryption is not supported by this engine
            Stalled=True FeatureGateDisabled: spec.decryption is not supported by this engine
        "#]],
    );
}

#[test]
fn a_failure_before_anything_was_touched_leaves_the_inventory_alone() {
    let good = conclude(KustomizationStatus::default(), &delivered("a"), &Ok(()), &finish(1));
    let broken = Err(Error::Build { reason: "a.yaml:1:1: no".to_owned() });
    let outcome = Outcome { revision: Some("b".to_owned()), ..Outcome::default() };
    let status = conclude(good.clone(), &outcome, &broken, &finish(2));
    assert_eq!(status.inventory, good.inventory);
    assert_eq!(status.last_applied_revision.as_deref(), Some("a"));
}
