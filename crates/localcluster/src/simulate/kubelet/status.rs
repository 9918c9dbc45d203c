//! The status that a kubelet writes.

use serde_json::{Value, json};

use crate::object::{child, items};
use crate::simulate::actions::set_condition;

const HOST: &str = "127.0.0.1";

fn conditions(pod: &mut Value, now: &str, ready: &Result<(), (&str, String)>) {
    let initialized = json!({ "type": "Initialized", "status": "True" });
    let scheduled = json!({ "type": "PodScheduled", "status": "True" });
    let started = json!({ "type": "PodReadyToStartContainers", "status": "True" });
    let status = &mut pod["status"];
    for condition in [started, initialized] {
        set_condition(status, condition, now);
    }
    for kind in ["Ready", "ContainersReady"] {
        let condition = match ready {
            Ok(()) => json!({ "type": kind, "status": "True" }),
            Err((reason, message)) => {
                json!({ "type": kind, "status": "False", "reason": reason, "message": message })
            }
        };
        set_condition(status, condition, now);
    }
    set_condition(status, scheduled, now);
}

fn not_ready(pod: &Value) -> (&'static str, String) {
    let names: Vec<&str> =
        items(&pod["spec"]["containers"]).iter().filter_map(|c| c["name"].as_str()).collect();
    ("ContainersNotReady", format!("containers with unready status: [{}]", names.join(" ")))
}

fn addressed(pod: &mut Value, now: &str, address: &str) {
    let status = child(pod, "status");
    status.entry("startTime").or_insert_with(|| json!(now));
    status.insert("hostIP".into(), json!(HOST));
    status.insert("hostIPs".into(), json!([{ "ip": HOST }]));
    if !address.is_empty() {
        status.insert("podIP".into(), json!(address));
        status.insert("podIPs".into(), json!([{ "ip": address }]));
    }
}

fn container_status(container: &Value, state: &Value, (ready, restarts): (bool, i64)) -> Value {
    let image = container["image"].as_str().unwrap_or_default();
    let is_running = state.get("running").is_some();
    json!({
        "name": container["name"], "image": image, "imageID": if is_running { image } else { "" },
        "ready": ready, "started": is_running, "restartCount": restarts, "state": state,
        "lastState": {},
    })
}

/// Waiting for images; `state` tells the state of a container.
pub(super) fn pending(pod: &mut Value, now: &str, state: &dyn Fn(&Value) -> Value) {
    addressed(pod, now, "");
    let why = not_ready(pod);
    conditions(pod, now, &Err(why));
    let statuses: Vec<Value> = items(&pod["spec"]["containers"])
        .iter()
        .map(|container| container_status(container, &state(container), (false, 0)))
        .collect();
    pod["status"]["phase"] = json!("Pending");
    pod["status"]["containerStatuses"] = json!(statuses);
}

/// Running, ready unless `fault` says otherwise.
pub(super) fn running(pod: &mut Value, now: &str, address: &str, fault: &str) {
    addressed(pod, now, address);
    let is_ready = !matches!(fault, "CrashLoopBackOff" | "OOMKilled" | "Unready");
    let why = not_ready(pod);
    conditions(pod, now, &if is_ready { Ok(()) } else { Err(why) });
    let place = format!(
        "{}_{}({})",
        pod["metadata"]["name"].as_str().unwrap_or_default(),
        pod["metadata"]["namespace"].as_str().unwrap_or_default(),
        pod["metadata"]["uid"].as_str().unwrap_or_default()
    );
    let statuses: Vec<Value> = items(&pod["spec"]["containers"])
        .iter()
        .map(|container| match fault {
            "CrashLoopBackOff" | "OOMKilled" => crashing(container, now, fault, &place),
            _ => {
                let state = json!({ "running": { "startedAt": now } });
                container_status(container, &state, (is_ready, 0))
            }
        })
        .collect();
    let inits: Vec<Value> = items(&pod["spec"]["initContainers"])
        .iter()
        .map(|container| {
            let done = json!({ "terminated": {
                "exitCode": 0, "reason": "Completed", "startedAt": now, "finishedAt": now,
            } });
            container_status(container, &done, (true, 0))
        })
        .collect();
    pod["status"]["phase"] = json!("Running");
    pod["status"]["containerStatuses"] = json!(statuses);
    if !inits.is_empty() {
        pod["status"]["initContainerStatuses"] = json!(inits);
    }
}

fn crashing(container: &Value, now: &str, fault: &str, place: &str) -> Value {
    let name = container["name"].as_str().unwrap_or_default();
    let message = format!("back-off 10s restarting failed container={name} pod={place}");
    let state = json!({ "waiting": { "reason": "CrashLoopBackOff", "message": message } });
    let (reason, code) = if fault == "OOMKilled" { ("OOMKilled", 137) } else { ("Error", 1) };
    let mut status = container_status(container, &state, (false, 1));
    status["lastState"] = json!({ "terminated": {
        "exitCode": code, "reason": reason, "startedAt": now, "finishedAt": now,
    } });
    status
}

/// Ended, well or badly.
pub(super) fn ended(pod: &mut Value, now: &str, has_failed: bool) {
    let (phase, reason, code) =
        if has_failed { ("Failed", "Error", 1) } else { ("Succeeded", "Completed", 0) };
    let why = if has_failed { "PodFailed" } else { "PodCompleted" };
    conditions(pod, now, &Err((why, String::new())));
    let statuses: Vec<Value> = items(&pod["spec"]["containers"])
        .iter()
        .map(|container| {
            let state = json!({ "terminated": {
                "exitCode": code, "reason": reason, "startedAt": now, "finishedAt": now,
            } });
            container_status(container, &state, (false, 0))
        })
        .collect();
    pod["status"]["phase"] = json!(phase);
    pod["status"]["containerStatuses"] = json!(statuses);
}
