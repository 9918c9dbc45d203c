//! Why a workload has no pods, and what it says of itself.

use super::family::Family;
use super::{Cause, CauseKind, latest};
use crate::fields::{Fields, id_of};
use crate::health::conditions;

/// Explains why pods could not be created, one cause for each maker that says so.
pub(super) fn creation_failures(family: &Family<'_>) -> Vec<Cause> {
    // The ReplicaSet tried to create the pods; its Deployment only repeats what it said.
    family.makers.iter().rev().filter_map(|maker| creation_failure(maker, family)).collect()
}

fn creation_failure(maker: &Fields, family: &Family<'_>) -> Option<Cause> {
    let condition = conditions(maker).find(|c| c.kind == "ReplicaFailure" && c.status == "True");
    if let Some(condition) = condition {
        let kind = creation_kind(condition.message);
        let cause = Cause::new(kind, id_of(maker), condition.reason, condition.message);
        return Some(cause.at(condition.since));
    }
    let events = family.events_of(maker);
    let event = latest(&events, &["FailedCreate"], "")?;
    let kind = creation_kind(&event.message);
    Some(Cause::new(kind, id_of(maker), &event.reason, &event.message).at(event.first))
}

fn creation_kind(message: &str) -> CauseKind {
    let says = |words: &[&str]| words.iter().any(|word| message.contains(word));
    if says(&["exceeded quota", "failed quota", "usage per Container", "usage per Pod"]) {
        CauseKind::QuotaExceeded
    } else if says(&["error looking up service account"]) {
        CauseKind::ServiceAccountMissing
    } else if says(&["violates PodSecurity", "admission webhook", "denied", "is forbidden"]) {
        CauseKind::AdmissionDenied
    } else {
        CauseKind::CreateFailed
    }
}

/// What the object reports of itself, the most definite condition first.
pub(super) fn own_conditions(workload: &Fields) -> Option<Cause> {
    let wanted = [
        ("Stalled", "True"),
        ("Failed", "True"),
        ("ReplicaFailure", "True"),
        ("Progressing", "False"),
        ("Ready", "False"),
        ("Available", "False"),
        ("NamesAccepted", "False"),
        ("Established", "False"),
    ];
    let (condition, kind) = wanted.iter().find_map(|(kind, status)| {
        let found = conditions(workload).find(|c| c.kind == *kind && c.status == *status)?;
        let cause = match found.reason {
            "BackoffLimitExceeded" | "PodFailurePolicy" => CauseKind::RetriesUsedUp,
            "DeadlineExceeded" | "ProgressDeadlineExceeded" => CauseKind::DeadlineExceeded,
            _ => CauseKind::Condition,
        };
        Some((found, cause))
    })?;
    let cause = Cause::new(kind, id_of(workload), condition.reason, condition.message);
    Some(cause.at(condition.since))
}
