//! The columns of pods and what makes them.

use jiff::Timestamp;
use serde_json::Value;

use super::age::human;
use super::builtin::{Cell, age, cell, joined, number, or_none, pairs, text, typed, wide};
use super::since;
use crate::object::{self, items};
use crate::select::selector_text;

pub(crate) fn row(kind: &str, object: &Value, now: Timestamp) -> Vec<Cell> {
    let count = |path: &str| number(object, path);
    let of = |have: &str, wanted: &str| format!("{}/{}", count(have), count(wanted));
    let mut cells = match kind {
        "Pod" => return pod(object, now),
        "Deployment" => vec![
            cell("Ready", of("status.readyReplicas", "spec.replicas")),
            typed("Up-to-date", "string", count("status.updatedReplicas")),
            typed("Available", "string", count("status.availableReplicas")),
            age(object, now),
        ],
        "ReplicaSet" | "ReplicationController" => vec![
            cell("Desired", count("spec.replicas")),
            cell("Current", count("status.replicas")),
            cell("Ready", count("status.readyReplicas")),
            age(object, now),
        ],
        "StatefulSet" => {
            vec![cell("Ready", of("status.readyReplicas", "spec.replicas")), age(object, now)]
        }
        "DaemonSet" => vec![
            cell("Desired", count("status.desiredNumberScheduled")),
            cell("Current", count("status.currentNumberScheduled")),
            cell("Ready", count("status.numberReady")),
            cell("Up-to-date", count("status.updatedNumberScheduled")),
            cell("Available", count("status.numberAvailable")),
            cell(
                "Node Selector",
                or_none(&pairs(&object["spec"]["template"]["spec"]["nodeSelector"])),
            ),
            age(object, now),
        ],
        "Job" => job(object, now),
        "CronJob" => vec![
            cell("Schedule", text(object, "spec.schedule")),
            cell("Timezone", or_none(&text(object, "spec.timeZone"))),
            typed(
                "Suspend",
                "boolean",
                if object["spec"]["suspend"] == true { "True" } else { "False" },
            ),
            cell("Active", items(&object["status"]["active"]).len()),
            cell("Last Schedule", "<none>"),
            age(object, now),
        ],
        _ => return vec![age(object, now)],
    };
    let template =
        if kind == "CronJob" { "/spec/jobTemplate/spec/template" } else { "/spec/template" };
    let spec = &object.pointer(template).unwrap_or(&Value::Null)["spec"];
    let field = |name: &'static str| {
        joined(&spec["containers"], move |c| c[name].as_str().unwrap_or_default().to_owned())
    };
    cells.push(wide("Containers", field("name")));
    cells.push(wide("Images", field("image")));
    if !matches!(kind, "StatefulSet") {
        cells.push(wide("Selector", or_none(&selector(kind, object))));
    }
    cells
}

fn selector(kind: &str, object: &Value) -> String {
    match kind {
        "ReplicationController" => pairs(&object["spec"]["selector"]),
        _ => selector_text(&object["spec"]["selector"]),
    }
}

fn job(object: &Value, now: Timestamp) -> Vec<Cell> {
    let has = |kind: &str| {
        items(&object["status"]["conditions"])
            .iter()
            .any(|c| c["type"] == kind && c["status"] == "True")
    };
    let state = if has("Complete") {
        "Complete"
    } else if has("Failed") {
        "Failed"
    } else if object["spec"]["suspend"] == true {
        "Suspended"
    } else {
        "Running"
    };
    let start = object["status"]["startTime"].as_str().and_then(|t| t.parse::<Timestamp>().ok());
    let end = object["status"]["completionTime"].as_str().and_then(|t| t.parse::<Timestamp>().ok());
    let duration = start
        .map(|start| human(end.unwrap_or(now).as_second() - start.as_second()))
        .unwrap_or_default();
    vec![
        cell("Status", state),
        cell(
            "Completions",
            format!(
                "{}/{}",
                number(object, "status.succeeded"),
                number(object, "spec.completions")
            ),
        ),
        cell("Duration", duration),
        age(object, now),
    ]
}

fn pod(object: &Value, now: Timestamp) -> Vec<Cell> {
    let statuses = items(&object["status"]["containerStatuses"]);
    let ready = statuses.iter().filter(|s| s["ready"] == true).count();
    let total = items(&object["spec"]["containers"]).len();
    let restarts: i64 = statuses.iter().filter_map(|s| s["restartCount"].as_i64()).sum();
    let last = statuses
        .iter()
        .filter_map(|s| s["lastState"]["terminated"]["finishedAt"].as_str())
        .max()
        .map(|time| since(time, now));
    let restarts = match last {
        Some(ago) if restarts > 0 => format!("{restarts} ({ago} ago)"),
        _ => restarts.to_string(),
    };
    vec![
        cell("Ready", format!("{ready}/{total}")),
        cell("Status", reason(object, statuses)),
        cell("Restarts", restarts),
        age(object, now),
        wide("IP", or_none(&text(object, "status.podIP"))),
        wide("Node", or_none(&text(object, "spec.nodeName"))),
        wide("Nominated Node", "<none>"),
        wide("Readiness Gates", "<none>"),
    ]
}

/// The one word that says how a pod is.
fn reason(object: &Value, statuses: &[Value]) -> String {
    if object::is_terminating(object) {
        return "Terminating".into();
    }
    for status in statuses {
        let state = &status["state"];
        for kind in ["waiting", "terminated"] {
            if let Some(reason) = state[kind]["reason"].as_str().filter(|r| !r.is_empty()) {
                return reason.to_owned();
            }
        }
    }
    let reason = text(object, "status.reason");
    if reason.is_empty() { text(object, "status.phase") } else { reason }
}
