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

pub(crate) fn daemon_set(object: &mut Value, old: Option<&Value>) {
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
    template_generation(object, old);
}

/// Counts the templates of a daemon set in an annotation, as since the days of `extensions/v1beta1`.
fn template_generation(object: &mut Value, old: Option<&Value>) {
    const KEY: &str = "deprecated.daemonset.template.generation";
    let counted = |object: &Value| {
        crate::object::annotation(object, KEY).and_then(|text| text.parse::<i64>().ok())
    };
    let before = old.map_or(0, |old| counted(old).unwrap_or(1));
    let has_changed = old.is_none_or(|old| old["spec"]["template"] != object["spec"]["template"]);
    let now = before + i64::from(has_changed);
    let annotations = child(object, "metadata").entry("annotations").or_insert_with(|| json!({}));
    if let Some(annotations) = annotations.as_object_mut() {
        annotations.insert(KEY.into(), json!(now.to_string()));
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
    job_spec(child(object, "spec"));
}

/// The labels and the selector by which a job finds its pods.
pub(crate) fn assign_job_labels(object: &mut Value) {
    let uid = crate::object::uid(object).to_owned();
    let name = crate::object::name(object).to_owned();
    if object["spec"]["manualSelector"] == true || object["spec"].get("selector").is_some() {
        return;
    }
    let labels = json!({
        "batch.kubernetes.io/controller-uid": uid, "batch.kubernetes.io/job-name": name,
        "controller-uid": uid, "job-name": name,
    });
    let add = |meta: &mut Map<String, Value>| {
        let have = meta.entry("labels").or_insert_with(|| json!({}));
        for (key, value) in labels.as_object().into_iter().flatten() {
            if let Some(have) = have.as_object_mut() {
                default(have, key, value.clone());
            }
        }
    };
    add(child(object, "metadata"));
    let spec = child(object, "spec");
    add(child(spec.entry("template").or_insert_with(|| json!({})), "metadata"));
    let selector = json!({ "matchLabels": { "batch.kubernetes.io/controller-uid": uid } });
    default(spec, "selector", selector);
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
