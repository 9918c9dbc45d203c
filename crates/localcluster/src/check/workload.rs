//! Pods and what makes them.

use serde_json::{Value, json};

use super::immutable;
use super::metadata::{is_label, labels};
use crate::kinds::Kind;
use crate::object::items;
use crate::select::label_selector_matches;
use crate::status::Cause;

/// Deployments, replica sets, stateful sets, daemon sets.
pub(crate) fn check(kind: &Kind, object: &Value, old: Option<&Value>, causes: &mut Vec<Cause>) {
    let spec = &object["spec"];
    let selector = &spec["selector"];
    if !selector.is_object() {
        causes.push(Cause::required("spec.selector", ""));
    } else if selector.as_object().is_some_and(serde_json::Map::is_empty) {
        causes.push(Cause::invalid(
            "spec.selector",
            selector,
            &format!("empty selector is invalid for {}", kind.kind.to_lowercase()),
        ));
    }
    let template_labels = &spec["template"]["metadata"]["labels"];
    labels(template_labels, "spec.template.metadata.labels", causes);
    if selector.is_object() && !label_selector_matches(selector, template_labels) {
        causes.push(Cause::invalid(
            "spec.template.metadata.labels",
            template_labels,
            "`selector` does not match template `labels`",
        ));
    }
    if spec["replicas"].as_i64().is_some_and(|n| n < 0) {
        let detail = "must be greater than or equal to 0";
        causes.push(Cause::invalid("spec.replicas", &spec["replicas"], detail));
    }
    let policy = &spec["template"]["spec"]["restartPolicy"];
    if policy.is_string() && policy != "Always" {
        let path = "spec.template.spec.restartPolicy";
        causes.push(Cause::unsupported(path, policy, &["Always".to_owned()]));
    }
    strategy(kind, spec, causes);
    pod_spec(&spec["template"]["spec"], "spec.template.spec", causes);
    immutable(object, old, "spec.selector", causes);
    if kind.kind == "StatefulSet" {
        stateful_set(object, old, causes);
    }
}

fn strategy(kind: &Kind, spec: &Value, causes: &mut Vec<Cause>) {
    let (field, choices) = match kind.kind.as_str() {
        "Deployment" => ("strategy", ["Recreate", "RollingUpdate"]),
        "StatefulSet" | "DaemonSet" => ("updateStrategy", ["OnDelete", "RollingUpdate"]),
        _ => return,
    };
    let strategy = &spec[field];
    let supported: Vec<String> = choices.iter().map(|c| (*c).to_owned()).collect();
    if !choices.iter().any(|choice| strategy["type"] == *choice) {
        let path = format!("spec.{field}.type");
        causes.push(Cause::unsupported(&path, &strategy["type"], &supported));
    }
    if strategy["type"] == "Recreate" && strategy.get("rollingUpdate").is_some() {
        let detail = "may not be specified when strategy `type` is 'Recreate'";
        causes.push(Cause::forbidden("spec.strategy.rollingUpdate", detail));
    }
}

fn stateful_set(object: &Value, old: Option<&Value>, causes: &mut Vec<Cause>) {
    const FREE: [&str; 9] = [
        "replicas",
        "ordinals",
        "template",
        "updateStrategy",
        "revisionHistoryLimit",
        "persistentVolumeClaimRetentionPolicy",
        "minReadySeconds",
        "selector",
        "podManagementPolicy",
    ];
    let Some(old) = old else { return };
    let fixed = |object: &Value| -> serde_json::Map<String, Value> {
        let fields = object["spec"].as_object().into_iter().flatten();
        fields
            .filter(|(key, _)| !FREE.contains(&key.as_str()))
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect()
    };
    if fixed(object) != fixed(old) {
        causes.push(Cause::forbidden(
            "spec",
            "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
        ));
    }
}

pub(crate) fn job(object: &Value, old: Option<&Value>, causes: &mut Vec<Cause>) {
    let spec = &object["spec"];
    let policy = &spec["template"]["spec"]["restartPolicy"];
    if policy != "OnFailure" && policy != "Never" {
        let supported = ["OnFailure".to_owned(), "Never".to_owned()];
        let path = "spec.template.spec.restartPolicy";
        causes.push(Cause {
            message: format!(
                "Required value: valid values: \"{}\", \"{}\"",
                supported[0], supported[1]
            ),
            ..Cause::unsupported(path, policy, &supported)
        });
    }
    pod_spec(&spec["template"]["spec"], "spec.template.spec", causes);
    immutable(object, old, "spec.selector", causes);
    immutable(object, old, "spec.completions", causes);
    immutable(object, old, "spec.completionMode", causes);
    if old.is_some_and(|old| old["spec"]["suspend"] != true) {
        immutable(object, old, "spec.template", causes);
    }
}

pub(crate) fn cron_job(object: &Value, causes: &mut Vec<Cause>) {
    let schedule = object["spec"]["schedule"].as_str().unwrap_or_default();
    if schedule.is_empty() {
        causes.push(Cause::required("spec.schedule", ""));
    } else if !schedule.starts_with('@') && schedule.split_whitespace().count() != 5 {
        let detail = format!(
            "expected exactly 5 fields, found {}: [{schedule}]",
            schedule.split_whitespace().count()
        );
        causes.push(Cause::invalid("spec.schedule", &json!(schedule), &detail));
    }
    let path = "spec.jobTemplate.spec.template.spec";
    pod_spec(&object["spec"]["jobTemplate"]["spec"]["template"]["spec"], path, causes);
}

pub(crate) fn pod(object: &Value, old: Option<&Value>, causes: &mut Vec<Cause>) {
    pod_spec(&object["spec"], "spec", causes);
    let Some(old) = old else { return };
    let fixed = |object: &Value| {
        let mut spec = object["spec"].clone();
        for list in ["containers", "initContainers"] {
            for container in spec[list].as_array_mut().into_iter().flatten() {
                container["image"] = Value::Null;
            }
        }
        if let Some(map) = spec.as_object_mut() {
            for free in ["activeDeadlineSeconds", "tolerations", "nodeName", "schedulingGates"] {
                map.remove(free);
            }
            map.retain(|_, value| !value.is_null());
        }
        spec
    };
    if fixed(object) != fixed(old) {
        causes.push(Cause::forbidden(
            "spec",
            "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)",
        ));
    }
}

fn pod_spec(spec: &Value, path: &str, causes: &mut Vec<Cause>) {
    let containers = items(&spec["containers"]);
    if containers.is_empty() {
        causes.push(Cause::required(&format!("{path}.containers"), ""));
    }
    let volumes: Vec<&Value> = items(&spec["volumes"]).iter().map(|v| &v["name"]).collect();
    let mut names: Vec<&str> = Vec::new();
    for list in ["containers", "initContainers"] {
        for (index, container) in items(&spec[list]).iter().enumerate() {
            let at = format!("{path}.{list}[{index}]");
            let name = container["name"].as_str().unwrap_or_default();
            if name.is_empty() {
                causes.push(Cause::required(&format!("{at}.name"), ""));
            } else if !is_label(name) {
                let detail = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
                causes.push(Cause::invalid(&format!("{at}.name"), &container["name"], detail));
            } else if names.contains(&name) {
                causes.push(Cause::duplicate(&format!("{at}.name"), &container["name"]));
            }
            names.push(name);
            // A template may lack the image, a pod may not; both get the same words.
            if container["image"].as_str().unwrap_or_default().is_empty() {
                causes.push(Cause::required(&format!("{at}.image"), ""));
            }
            for (i, mount) in items(&container["volumeMounts"]).iter().enumerate() {
                if !volumes.contains(&&mount["name"]) {
                    causes.push(Cause {
                        reason: "FieldValueNotFound",
                        field: format!("{at}.volumeMounts[{i}].name"),
                        message: format!("Not found: {}", mount["name"]),
                    });
                }
            }
        }
    }
}
