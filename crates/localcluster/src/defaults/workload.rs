//! Defaults of the kinds that make pods.

use serde_json::{Map, Value, json};

use super::pod;
use crate::object::{child, default};

fn with_template(object: &mut Value) -> &mut Map<String, Value> {
    let spec = child(object, "spec");
    pod::template(spec.entry("template").or_insert_with(|| json!({})));
    spec
}

pub(crate) fn deployment(object: &mut Value) {
    let spec = with_template(object);
    default(spec, "replicas", json!(1));
    default(spec, "revisionHistoryLimit", json!(10));
    default(spec, "progressDeadlineSeconds", json!(600));
    let strategy = spec.entry("strategy").or_insert_with(|| json!({}));
    rolling(strategy, json!({ "maxSurge": "25%", "maxUnavailable": "25%" }));
}

/// Fills `type` and, for a rolling update, its numbers.
fn rolling(strategy: &mut Value, numbers: Value) {
    let Some(map) = strategy.as_object_mut() else { return };
    default(map, "type", json!("RollingUpdate"));
    if map.get("type") != Some(&json!("RollingUpdate")) {
        return;
    }
    let update = map.entry("rollingUpdate").or_insert_with(|| json!({}));
    if let (Some(update), Value::Object(numbers)) = (update.as_object_mut(), numbers) {
        for (field, value) in numbers {
            default(update, &field, value);
        }
    }
}

pub(crate) fn stateful_set(object: &mut Value) {
    let spec = with_template(object);
    default(spec, "replicas", json!(1));
    default(spec, "revisionHistoryLimit", json!(10));
    default(spec, "podManagementPolicy", json!("OrderedReady"));
    default(spec, "serviceName", json!(""));
    default(
        spec,
        "persistentVolumeClaimRetentionPolicy",
        json!({ "whenDeleted": "Retain", "whenScaled": "Retain" }),
    );
    rolling(spec.entry("updateStrategy").or_insert_with(|| json!({})), json!({ "partition": 0 }));
    let claims = spec.get_mut("volumeClaimTemplates").and_then(Value::as_array_mut);
    for claim in claims.into_iter().flatten() {
        if let Some(map) = claim.as_object_mut() {
            default(map, "apiVersion", json!("v1"));
            default(map, "kind", json!("PersistentVolumeClaim"));
        }
        default(child(claim, "spec"), "volumeMode", json!("Filesystem"));
        default(child(claim, "status"), "phase", json!("Pending"));
    }
}

pub(crate) fn daemon_set(object: &mut Value) {
    let spec = with_template(object);
    default(spec, "revisionHistoryLimit", json!(10));
    let numbers = json!({ "maxSurge": 0, "maxUnavailable": 1 });
    rolling(spec.entry("updateStrategy").or_insert_with(|| json!({})), numbers);
    let status = child(object, "status");
    for field in
        ["currentNumberScheduled", "numberMisscheduled", "desiredNumberScheduled", "numberReady"]
    {
        default(status, field, json!(0));
    }
}

pub(crate) fn replica_set(object: &mut Value) {
    let spec = with_template(object);
    default(spec, "replicas", json!(1));
    default(child(object, "status"), "replicas", json!(0));
}

pub(crate) fn replication_controller(object: &mut Value) {
    let labels = object["spec"]["template"]["metadata"]["labels"].clone();
    let spec = with_template(object);
    default(spec, "replicas", json!(1));
    if labels.is_object() {
        default(spec, "selector", labels);
    }
    default(child(object, "status"), "replicas", json!(0));
}

pub(crate) fn job(object: &mut Value) {
    let uid = crate::object::uid(object).to_owned();
    let name = crate::object::name(object).to_owned();
    let spec = child(object, "spec");
    job_spec(spec);
    if spec.get("manualSelector") != Some(&json!(true)) && !uid.is_empty() {
        let labels = json!({
            "batch.kubernetes.io/controller-uid": uid, "batch.kubernetes.io/job-name": name,
            "controller-uid": uid, "job-name": name,
        });
        let template = spec.entry("template").or_insert_with(|| json!({}));
        let meta = child(template, "metadata");
        let have = meta.entry("labels").or_insert_with(|| json!({}));
        if let (Some(have), Value::Object(labels)) = (have.as_object_mut(), labels) {
            for (key, value) in labels {
                default(have, &key, value);
            }
        }
        let selector = json!({ "matchLabels": { "batch.kubernetes.io/controller-uid": uid } });
        default(spec, "selector", selector);
    }
}

fn job_spec(spec: &mut Map<String, Value>) {
    pod::template(spec.entry("template").or_insert_with(|| json!({})));
    if spec.get("completions").is_none() && spec.get("parallelism").is_none() {
        spec.insert("completions".into(), json!(1));
    }
    default(spec, "parallelism", json!(1));
    default(spec, "backoffLimit", json!(6));
    default(spec, "completionMode", json!("NonIndexed"));
    default(spec, "suspend", json!(false));
    default(spec, "podReplacementPolicy", json!("TerminatingOrFailed"));
    default(spec, "manualSelector", json!(false));
}

pub(crate) fn cron_job(object: &mut Value) {
    let spec = child(object, "spec");
    default(spec, "concurrencyPolicy", json!("Allow"));
    default(spec, "suspend", json!(false));
    default(spec, "successfulJobsHistoryLimit", json!(3));
    default(spec, "failedJobsHistoryLimit", json!(1));
    let template = spec.entry("jobTemplate").or_insert_with(|| json!({}));
    pod::template(child(template, "spec").entry("template").or_insert_with(|| json!({})));
}
