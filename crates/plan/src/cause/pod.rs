//! Why one pod is not ready.

use super::family::Family;
use super::{Cause, CauseKind, container, latest};
use crate::event::EventView;
use crate::fields::{Fields, id_of, list, text};
use crate::health::conditions;

/// Explains one pod; `None` when it is ready, has succeeded, or is only starting.
pub(super) fn cause_of(pod: &Fields, family: &Family<'_>) -> Option<Cause> {
    let is_ready = conditions(pod).any(|c| c.kind == "Ready" && c.status == "True");
    if is_ready || text(pod, &["status", "phase"]) == "Succeeded" {
        return None;
    }
    let events = family.events_of(pod);
    given_up(pod)
        .or_else(|| unscheduled(pod, family))
        .or_else(|| containers(pod, &events))
        .or_else(|| preparation(pod, &events))
}

/// Init containers come first: nothing else starts before they are done.
fn containers(pod: &Fields, events: &[&EventView]) -> Option<Cause> {
    let all = |which: &'static str| {
        list(pod, &["status", which]).filter_map(|status| container::cause_of(status, pod, events))
    };
    all("initContainerStatuses")
        .next()
        .or_else(|| all("containerStatuses").min_by_key(|cause| cause.kind))
}

fn given_up(pod: &Fields) -> Option<Cause> {
    let reason = text(pod, &["status", "reason"]);
    if text(pod, &["status", "phase"]) != "Failed" || reason.is_empty() {
        return None;
    }
    let kind = match reason {
        "DeadlineExceeded" => CauseKind::DeadlineExceeded,
        _ => CauseKind::Evicted,
    };
    Some(Cause::new(kind, id_of(pod), reason, text(pod, &["status", "message"])))
}

fn unscheduled(pod: &Fields, family: &Family<'_>) -> Option<Cause> {
    let condition = conditions(pod).find(|c| c.kind == "PodScheduled" && c.status == "False")?;
    if let Some(cause) = unbound_claim(pod, family) {
        return Some(cause.at(condition.since));
    }
    let is_volume = condition.message.contains("persistentvolumeclaim")
        || condition.message.contains("unbound immediate PersistentVolumeClaims");
    let kind = if is_volume { CauseKind::VolumeUnbound } else { CauseKind::Unschedulable };
    let cause = Cause::new(kind, id_of(pod), condition.reason, condition.message);
    Some(cause.at(condition.since))
}

/// The pod's first claim that is known and not bound, with what its provisioner says.
fn unbound_claim(pod: &Fields, family: &Family<'_>) -> Option<Cause> {
    let namespace = text(pod, &["metadata", "namespace"]);
    let named = list(pod, &["spec", "volumes"])
        .map(|volume| text(volume, &["persistentVolumeClaim", "claimName"]));
    let claim = named.filter(|name| !name.is_empty()).find_map(|name| {
        family.claims.iter().find(|claim| {
            text(claim, &["metadata", "name"]) == name
                && text(claim, &["metadata", "namespace"]) == namespace
                && text(claim, &["status", "phase"]) != "Bound"
        })
    })?;
    let events = family.events_of(claim);
    let event = latest(&events, &["ProvisioningFailed", "FailedBinding"], "");
    let (reason, message) = event
        .map_or(("NotBound", "the claim is waiting for a volume"), |event| {
            (event.reason.as_str(), event.message.as_str())
        });
    Some(Cause::new(CauseKind::VolumeUnbound, id_of(claim), reason, message))
}

/// What stops a scheduled pod before any container runs: volumes, network, secrets.
fn preparation(pod: &Fields, events: &[&EventView]) -> Option<Cause> {
    let table: [(&[&str], CauseKind); 3] = [
        (&["FailedMount", "FailedAttachVolume", "FailedMapVolume"], CauseKind::VolumeMount),
        (&["FailedCreatePodSandBox", "NetworkNotReady"], CauseKind::Sandbox),
        (&["FailedToRetrieveImagePullSecret"], CauseKind::PullSecretMissing),
    ];
    table.iter().find_map(|(reasons, kind)| {
        let event = latest(events, reasons, "")?;
        let is_missing = *kind == CauseKind::VolumeMount
            && event.message.contains("not found")
            && (event.message.contains("configmap") || event.message.contains("secret"));
        let kind = if is_missing { CauseKind::ConfigMissing } else { *kind };
        Some(Cause::new(kind, id_of(pod), &event.reason, &event.message).at(event.first))
    })
}
