//! The status at the end of a visit: a function of what was and what happened.

use std::collections::BTreeMap;
use std::time::Duration;

use api::condition::{self, HEALTHY, READY, RECONCILING, STALLED, Status, Writer};
use api::kustomization::Snapshot;
use api::{Inventory, KustomizationReason as Reason, KustomizationStatus, ResourceRef};

use super::Outcome;
use crate::error::Error;
use crate::human_time::human;

/// The circumstances of the end.
pub(super) struct Finish {
    pub(super) writer: Writer,
    /// The value of `requestedAt` that this visit has acted upon.
    pub(super) requested_at: Option<String>,
    pub(super) took: Duration,
}

/// Computes the status after a visit.
///
/// # Source
///
/// facts/flux.md §4.2 and §4.3 step 13; `observedGeneration` moves on success and when stalled.
pub(super) fn conclude(
    mut status: KustomizationStatus,
    outcome: &Outcome,
    result: &Result<(), Error>,
    finish: &Finish,
) -> KustomizationStatus {
    let writer = &finish.writer;
    status.last_handled_reconcile_at.clone_from(&finish.requested_at);
    if outcome.revision.is_some() {
        status.last_attempted_revision.clone_from(&outcome.revision);
    }
    if let Some(inventory) = &outcome.inventory {
        let entries = inventory.to_entries();
        let entries = entries.into_iter().map(|(id, v)| ResourceRef { id, v }).collect();
        status.inventory = Some(Inventory { entries });
    }
    health(&mut status, outcome, result, writer);
    match result {
        Ok(()) => succeed(&mut status, outcome, writer),
        Err(error) => fail(&mut status, error, writer),
    }
    record(&mut status, outcome, result, finish);
    status
}

fn succeed(status: &mut KustomizationStatus, outcome: &Outcome, writer: &Writer) {
    status.observed_generation = Some(writer.generation);
    status.last_applied_revision.clone_from(&outcome.revision);
    status.last_applied_origin_revision.clone_from(&outcome.origin_revision);
    let revision = outcome.revision.as_deref().unwrap_or_default();
    let message = format!("Applied revision: {revision}");
    let reason = Reason::ReconciliationSucceeded.as_str();
    writer.set(&mut status.conditions, (READY, Status::True), reason, &message);
    condition::remove(&mut status.conditions, RECONCILING);
    condition::remove(&mut status.conditions, STALLED);
}

fn fail(status: &mut KustomizationStatus, error: &Error, writer: &Writer) {
    let (reason, message) = (error.reason(), error.sentence());
    writer.set(&mut status.conditions, (READY, Status::False), reason, &message);
    if error.is_stalling() {
        status.observed_generation = Some(writer.generation);
        writer.set(&mut status.conditions, (STALLED, Status::True), reason, &message);
        condition::remove(&mut status.conditions, RECONCILING);
    } else {
        let retrying = Reason::ProgressingWithRetry.as_str();
        writer.set(&mut status.conditions, (RECONCILING, Status::True), retrying, &message);
        condition::remove(&mut status.conditions, STALLED);
    }
}

fn health(
    status: &mut KustomizationStatus,
    outcome: &Outcome,
    result: &Result<(), Error>,
    writer: &Writer,
) {
    let conditions = &mut status.conditions;
    match (result, outcome.healthy_after) {
        (Err(error @ (Error::Unhealthy { .. } | Error::Superseded)), _) => {
            writer.set(conditions, (HEALTHY, Status::False), error.reason(), &error.sentence());
        }
        (_, Some(after)) => {
            let message = format!("Health check passed in {}", human(after));
            let is_known = condition::is_true(conditions, HEALTHY);
            // The time it took is news only once.
            if !is_known || !outcome.changes.effective().is_empty() {
                let reason = Reason::Succeeded.as_str();
                writer.set(conditions, (HEALTHY, Status::True), reason, &message);
            }
        }
        (Ok(()), None) if !outcome.has_health_checks => condition::remove(conditions, HEALTHY),
        _ => {}
    }
}

/// Enters the visit into the history, if it got as far as a build.
fn record(
    status: &mut KustomizationStatus,
    outcome: &Outcome,
    result: &Result<(), Error>,
    finish: &Finish,
) {
    let Some(digest) = &outcome.build_digest else { return };
    let mut metadata = BTreeMap::new();
    let pairs = [("revision", &outcome.revision), ("originRevision", &outcome.origin_revision)];
    for (key, value) in pairs {
        if let Some(value) = value {
            metadata.insert(key.to_owned(), value.clone());
        }
    }
    let reason = Reason::ReconciliationSucceeded.as_str();
    status.record(Snapshot {
        digest: digest.clone(),
        first_reconciled: finish.writer.time(),
        last_reconciled: finish.writer.time(),
        last_reconciled_duration: human(finish.took).to_string(),
        last_reconciled_status: result.as_ref().map_or_else(Error::reason, |()| reason).to_owned(),
        total_reconciliations: 1,
        metadata: Some(metadata),
    });
}

#[cfg(test)]
mod tests;
