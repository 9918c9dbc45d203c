//! Why one container does not run.

use super::{Cause, CauseKind, image, latest};
use crate::event::EventView;
use crate::fields::{Fields, id_of, list, number, text};

/// Explains one entry of `containerStatuses`; `None` when the container is well or just starting.
///
/// `events` are those of the pod.
pub(super) fn cause_of(status: &Fields, pod: &Fields, events: &[&EventView]) -> Option<Cause> {
    let name = text(status, &["name"]);
    let about: Vec<&EventView> = events
        .iter()
        .filter(|event| event.container.as_deref().is_none_or(|container| container == name))
        .copied()
        .collect();
    let waiting = text(status, &["state", "waiting", "reason"]);
    let message = text(status, &["state", "waiting", "message"]);
    let start =
        |kind, message: &str| identify(Cause::new(kind, id_of(pod), waiting, message), status, pod);
    match waiting {
        reason if image::is_pull_reason(reason) => {
            Some(image::pull_failure(start(CauseKind::ImagePull, message), pod, &about))
        }
        "CreateContainerConfigError" => Some(start(config_kind(message), message)),
        "CreateContainerError"
        | "RunContainerError"
        | "PreCreateHookError"
        | "PreStartHookError"
        | "PostStartHookError" => Some(start(CauseKind::StartFailed, message)),
        "CrashLoopBackOff" => {
            let cause = start(CauseKind::CrashLoop, message);
            Some(ended(cause, status, &["lastState", "terminated"], &about))
        }
        "" => not_waiting(status, pod, &about),
        _ => None,
    }
}

fn identify(mut cause: Cause, status: &Fields, pod: &Fields) -> Cause {
    let name = text(status, &["name"]);
    // The pod's own spec holds the image as written; the status may hold it resolved or not at all.
    let written = ["initContainers", "containers"]
        .iter()
        .flat_map(|which| list(pod, &["spec", which]))
        .find(|container| text(container, &["name"]) == name)
        .map(|container| text(container, &["image"]));
    let image = written.filter(|image| !image.is_empty()).unwrap_or(text(status, &["image"]));
    cause.container = Some(name.to_owned());
    cause.image = (!image.is_empty()).then(|| image.to_owned());
    cause.restarts = number(status, &["restartCount"]);
    cause
}

fn config_kind(message: &str) -> CauseKind {
    let is_missing = message.contains("not found") || message.contains("couldn't find key");
    if is_missing { CauseKind::ConfigMissing } else { CauseKind::ContainerConfig }
}

fn not_waiting(status: &Fields, pod: &Fields, events: &[&EventView]) -> Option<Cause> {
    let terminated = ["state", "terminated"];
    let is_ready = status.get("ready").and_then(serde_json::Value::as_bool).unwrap_or_default();
    let new = |kind| identify(Cause::new(kind, id_of(pod), "", ""), status, pod);
    let failed = |state: &[&str; 2]| {
        let code = number(status, &[state[0], state[1], "exitCode"]).unwrap_or_default();
        code != 0 || text(status, &[state[0], state[1], "reason"]) == "OOMKilled"
    };
    if failed(&terminated) {
        return Some(ended(new(CauseKind::Crashed), status, &terminated, events));
    }
    if is_ready {
        return None;
    }
    let last = ["lastState", "terminated"];
    if text(status, &[last[0], last[1], "reason"]) == "OOMKilled" {
        return Some(ended(new(CauseKind::Crashed), status, &last, events));
    }
    probe_failure(new(CauseKind::ReadinessFailing), events)
        .or_else(|| failed(&last).then(|| ended(new(CauseKind::Crashed), status, &last, events)))
}

/// Explains a container whose process has ended, `state` leading to its `terminated` part.
fn ended(mut cause: Cause, status: &Fields, state: &[&str; 2], events: &[&EventView]) -> Cause {
    let at = |field: &str| text(status, &[state[0], state[1], field]);
    cause.exit_code = number(status, &[state[0], state[1], "exitCode"]);
    cause.since = at("finishedAt").parse().ok();
    let reason = at("reason");
    if reason == "OOMKilled" {
        cause.kind = CauseKind::OutOfMemory;
    } else if let Some(event) = liveness_event(events) {
        cause.kind = CauseKind::LivenessFailing;
        cause.reason.clone_from(&event.reason);
        cause.message.clone_from(&event.message);
        return cause;
    }
    if cause.kind == CauseKind::OutOfMemory || cause.reason.is_empty() {
        reason.clone_into(&mut cause.reason);
    }
    let said = at("message").trim();
    if !said.is_empty() {
        cause.message = said.chars().take(super::MESSAGE_LIMIT).collect();
    }
    cause
}

fn liveness_event<'a>(events: &[&'a EventView]) -> Option<&'a EventView> {
    latest(events, &["Unhealthy"], "Liveness probe failed")
        .or_else(|| latest(events, &["Unhealthy"], "Startup probe failed"))
        .or_else(|| latest(events, &["Unhealthy"], "Liveness probe errored"))
}

fn probe_failure(mut cause: Cause, events: &[&EventView]) -> Option<Cause> {
    let found = latest(events, &["Unhealthy"], "Readiness probe")
        .map(|event| (CauseKind::ReadinessFailing, event))
        .or_else(|| liveness_event(events).map(|event| (CauseKind::LivenessFailing, event)))?;
    let (kind, event) = found;
    cause.kind = kind;
    cause.reason.clone_from(&event.reason);
    cause.message.clone_from(&event.message);
    cause.since = event.first;
    Some(cause)
}
