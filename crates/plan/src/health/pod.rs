//! The kstatus rules of a pod.

use jiff::{SignedDuration, Timestamp};

use super::{Health, HealthStatus, conditions};
use crate::fields::{Fields, list, text};

/// How long the scheduler may take before "unschedulable" counts as failed.
const SCHEDULE_WINDOW: SignedDuration = SignedDuration::from_secs(15);

pub(super) fn pod(object: &Fields, now: Option<Timestamp>) -> Health {
    match text(object, &["status", "phase"]) {
        "Succeeded" => Health::current("Pod has completed successfully"),
        // A pod that has ended is as far as it will get, which is all that kstatus asks of a bare pod;
        // its owner, a Job for instance, tells whether that was a failure.
        "Failed" => Health::current("Pod has completed, but not successfully"),
        "Running" => running(object),
        "Pending" => pending(object, now),
        "" => Health::in_progress("PodNotObserved", "Pod phase not available"),
        other => {
            Health::new(HealthStatus::Unknown, "UnknownPhase", format!("unknown phase {other}"))
        }
    }
}

fn running(object: &Fields) -> Health {
    if conditions(object).any(|condition| condition.kind == "Ready" && condition.status == "True") {
        return Health::current("Pod is Ready");
    }
    let looping: Vec<&str> = list(object, &["status", "containerStatuses"])
        .filter(|status| text(status, &["state", "waiting", "reason"]) == "CrashLoopBackOff")
        .map(|status| text(status, &["name"]))
        .collect();
    if looping.is_empty() {
        return Health::in_progress("PodRunningNotReady", "Pod is running but is not Ready");
    }
    let message = format!("Containers in CrashLoop state: {}", looping.join(","));
    Health::failed("ContainerCrashLooping", message)
}

fn pending(object: &Fields, now: Option<Timestamp>) -> Health {
    let is_unschedulable = conditions(object).any(|condition| {
        condition.kind == "PodScheduled"
            && condition.status == "False"
            && condition.reason == "Unschedulable"
    });
    if !is_unschedulable {
        return Health::in_progress("PodPending", "Pod is in the Pending phase");
    }
    let created: Option<Timestamp> = text(object, &["metadata", "creationTimestamp"]).parse().ok();
    let has_waited = now
        .zip(created)
        .is_some_and(|(now, created)| now.duration_since(created) >= SCHEDULE_WINDOW);
    if has_waited {
        Health::failed("PodUnschedulable", "Pod could not be scheduled")
    } else {
        Health::in_progress("PodNotScheduled", "Pod has not been scheduled")
    }
}
