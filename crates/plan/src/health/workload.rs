//! The kstatus rules of the kinds that run pods.

use super::{Health, conditions, count};
use crate::fields::{Fields, dig, text};

/// Kubernetes' way of writing "no deadline".
const NO_DEADLINE: i64 = i32::MAX as i64;

pub(super) fn deployment(object: &Fields) -> Health {
    // Without a deadline the controller sets no `Progressing` condition to wait for.
    let deadline = count(object, &["spec", "progressDeadlineSeconds"], NO_DEADLINE);
    let mut has_progressed = deadline == NO_DEADLINE;
    let mut is_available = false;
    for condition in conditions(object) {
        match condition.kind {
            "Progressing" if condition.reason == "ProgressDeadlineExceeded" => {
                return Health::failed(condition.reason, "Progress deadline exceeded");
            }
            "Progressing" if condition.reason == "NewReplicaSetAvailable" => {
                has_progressed |= condition.status == "True";
            }
            "Available" => is_available |= condition.status == "True",
            _ => {}
        }
    }
    let wanted = count(object, &["spec", "replicas"], 1);
    let total = count(object, &["status", "replicas"], 0);
    let updated = count(object, &["status", "updatedReplicas"], 0);
    let ready = count(object, &["status", "readyReplicas"], 0);
    let available = count(object, &["status", "availableReplicas"], 0);
    if wanted > total {
        return Health::in_progress("LessReplicas", format!("replicas: {total}/{wanted}"));
    }
    if wanted > updated {
        return Health::in_progress("LessUpdated", format!("Updated: {updated}/{wanted}"));
    }
    if total > wanted {
        return extra_pods(total - wanted);
    }
    if updated > available {
        return Health::in_progress("LessAvailable", format!("Available: {available}/{updated}"));
    }
    if wanted > ready {
        return less_ready(ready, wanted);
    }
    if !has_progressed {
        return Health::in_progress("ReplicaSetNotAvailable", "ReplicaSet not Available");
    }
    if !is_available {
        return Health::in_progress("DeploymentNotAvailable", "Deployment not Available");
    }
    Health::current(format!("Deployment is available. Replicas: {total}"))
}

pub(super) fn stateful_set(object: &Fields) -> Health {
    if text(object, &["spec", "updateStrategy", "type"]) == "OnDelete" {
        return Health::current("StatefulSet is using the ondelete update strategy");
    }
    let wanted = count(object, &["spec", "replicas"], 1);
    let total = count(object, &["status", "replicas"], 0);
    let ready = count(object, &["status", "readyReplicas"], 0);
    let current = count(object, &["status", "currentReplicas"], 0);
    let updated = count(object, &["status", "updatedReplicas"], 0);
    let partition = count(object, &["spec", "updateStrategy", "rollingUpdate", "partition"], -1);
    if wanted > total {
        return Health::in_progress("LessReplicas", format!("Replicas: {total}/{wanted}"));
    }
    if wanted > ready {
        return less_ready(ready, wanted);
    }
    if total > wanted {
        return extra_pods(total - wanted);
    }
    if partition != -1 {
        let share = wanted - partition;
        return if updated < share {
            Health::in_progress("PartitionRollout", format!("updated: {updated}/{share}"))
        } else {
            Health::current(format!("Partition rollout complete. updated: {updated}"))
        };
    }
    if wanted > current {
        return Health::in_progress("LessCurrent", format!("current: {current}/{wanted}"));
    }
    if text(object, &["status", "currentRevision"]) != text(object, &["status", "updateRevision"]) {
        let message = "Waiting for updated revision to match current";
        return Health::in_progress("RevisionMismatch", message);
    }
    Health::current(format!("All replicas scheduled as expected. Replicas: {total}"))
}

pub(super) fn daemon_set(object: &Fields) -> Health {
    // A DaemonSet that its controller has seen always has both; the generic check is lenient.
    if dig(object, &["metadata", "generation"]).is_none() {
        return Health::in_progress("NoGeneration", "DaemonSet metadata.generation not found");
    }
    if dig(object, &["status", "observedGeneration"]).is_none() {
        let message = "DaemonSet status.observedGeneration not found";
        return Health::in_progress("NoObservedGeneration", message);
    }
    let desired = count(object, &["status", "desiredNumberScheduled"], -1);
    if desired == -1 {
        let message = "Missing .status.desiredNumberScheduled";
        return Health::in_progress("NoDesiredNumber", message);
    }
    let steps = [
        ("currentNumberScheduled", "LessCurrent", "Current"),
        ("updatedNumberScheduled", "LessUpdated", "Updated"),
        ("numberAvailable", "LessAvailable", "Available"),
        ("numberReady", "LessReady", "Ready"),
    ];
    for (field, reason, word) in steps {
        let found = count(object, &["status", field], 0);
        if desired > found {
            return Health::in_progress(reason, format!("{word}: {found}/{desired}"));
        }
    }
    Health::current(format!("All replicas scheduled as expected. Replicas: {desired}"))
}

pub(super) fn replica_set(object: &Fields) -> Health {
    let has_failed = conditions(object)
        .any(|condition| condition.kind == "ReplicaFailure" && condition.status == "True");
    if has_failed {
        let message = "Replica Failure condition. Check Pods";
        return Health::in_progress("ReplicaFailure", message);
    }
    let wanted = count(object, &["spec", "replicas"], 1);
    let total = count(object, &["status", "replicas"], 0);
    let steps = [
        ("fullyLabeledReplicas", "LessLabelled", "Labelled"),
        ("availableReplicas", "LessAvailable", "Available"),
        ("readyReplicas", "LessReady", "Ready"),
    ];
    for (field, reason, word) in steps {
        let found = count(object, &["status", field], 0);
        if wanted > found {
            return Health::in_progress(reason, format!("{word}: {found}/{wanted}"));
        }
    }
    if total > wanted {
        return extra_pods(total - wanted);
    }
    Health::current(format!("ReplicaSet is available. Replicas: {total}"))
}

/// Flux's reader rather than kstatus': a running Job is not yet what was asked for.
pub(super) fn job(object: &Fields) -> Health {
    let parallelism = count(object, &["spec", "parallelism"], 1);
    let completions = count(object, &["spec", "completions"], parallelism);
    let succeeded = count(object, &["status", "succeeded"], 0);
    let failed = count(object, &["status", "failed"], 0);
    for condition in conditions(object).filter(|condition| condition.status == "True") {
        match condition.kind {
            "Complete" => {
                let message = format!("Job Completed. succeeded: {succeeded}/{completions}");
                return Health::current(message);
            }
            "Failed" => {
                let message = format!("Job Failed. failed: {failed}/{completions}");
                return Health::failed("JobFailed", message);
            }
            "Suspended" => return Health::current("Job Suspended"),
            _ => {}
        }
    }
    if text(object, &["status", "startTime"]).is_empty() {
        let message = format!("Job not started. active: 0/{parallelism}");
        return Health::in_progress("JobNotStarted", message);
    }
    let active = count(object, &["status", "active"], 0);
    let message =
        format!("Job in progress. success:{succeeded}, active: {active}, failed: {failed}");
    Health::in_progress("JobInProgress", message)
}

fn extra_pods(count: i64) -> Health {
    Health::in_progress("ExtraPods", format!("Pending termination: {count}"))
}

fn less_ready(ready: i64, wanted: i64) -> Health {
    Health::in_progress("LessReady", format!("Ready: {ready}/{wanted}"))
}
