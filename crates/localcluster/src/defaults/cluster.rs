//! Defaults of everything that neither runs nor connects pods.

use serde_json::{Value, json};

use crate::encode::base64;
use crate::object::{self, child, default};

/// `stringData` becomes `data`; the type is `Opaque` unless said otherwise.
pub(crate) fn secret(object: &mut Value) {
    let Some(map) = object.as_object_mut() else { return };
    if let Some(Value::Object(plain)) = map.remove("stringData") {
        let data = map.entry("data").or_insert_with(|| json!({}));
        if let Some(data) = data.as_object_mut() {
            for (key, value) in plain {
                let text = value.as_str().unwrap_or_default();
                data.insert(key, json!(base64(text.as_bytes())));
            }
        }
    }
    default(map, "type", json!("Opaque"));
}

pub(crate) fn namespace(object: &mut Value) {
    let name = crate::object::name(object).to_owned();
    if !crate::object::is_terminating(object) {
        child(object, "status").insert("phase".into(), json!("Active"));
    }
    let meta = child(object, "metadata");
    let labels = meta.entry("labels").or_insert_with(|| json!({}));
    if let Some(labels) = labels.as_object_mut() {
        labels.insert("kubernetes.io/metadata.name".into(), json!(name));
    }
}

/// Has a namespace wait for its content when it is deleted.
pub(crate) fn hold_content(object: &mut Value) {
    if !object::is_terminating(object) {
        default(child(object, "spec"), "finalizers", json!(["kubernetes"]));
    }
}

/// Adds a protecting finalizer to a new volume or claim.
pub(crate) fn protect(object: &mut Value, finalizer: &str) {
    if object::is_terminating(object) || object::finalizers(object).contains(&finalizer) {
        return;
    }
    let mut finalizers = object::items(&object["metadata"]["finalizers"]).to_vec();
    finalizers.push(json!(finalizer));
    object::set_meta(object, "finalizers", Value::Array(finalizers));
}

/// Container limits: what is missing follows from the next stricter number.
pub(crate) fn limit_range(object: &mut Value) {
    let limits = object.pointer_mut("/spec/limits").and_then(Value::as_array_mut);
    for limit in limits.into_iter().flatten().filter(|limit| limit["type"] == "Container") {
        for (field, from) in
            [("default", "max"), ("defaultRequest", "default"), ("defaultRequest", "min")]
        {
            let known = limit[from].as_object().cloned().unwrap_or_default();
            let target = child(limit, field);
            for (name, amount) in known {
                default(target, &name, amount);
            }
            if target.is_empty()
                && let Some(limit) = limit.as_object_mut()
            {
                limit.remove(field);
            }
        }
    }
}

pub(crate) fn claim(object: &mut Value) {
    default(child(object, "spec"), "volumeMode", json!("Filesystem"));
    default(child(object, "status"), "phase", json!("Pending"));
}

pub(crate) fn volume(object: &mut Value) {
    let spec = child(object, "spec");
    default(spec, "persistentVolumeReclaimPolicy", json!("Retain"));
    default(spec, "volumeMode", json!("Filesystem"));
    if let Some(path) = spec.get_mut("hostPath").and_then(Value::as_object_mut) {
        default(path, "type", json!(""));
    }
    default(child(object, "status"), "phase", json!("Pending"));
}

pub(crate) fn node(object: &mut Value) {
    let status = child(object, "status");
    if let Some(capacity) = status.get("capacity").cloned() {
        default(status, "allocatable", capacity);
    }
}

pub(crate) fn binding(object: &mut Value) {
    if let Some(role) = object.get_mut("roleRef").and_then(Value::as_object_mut) {
        default(role, "apiGroup", json!("rbac.authorization.k8s.io"));
    }
    for subject in object.get_mut("subjects").and_then(Value::as_array_mut).into_iter().flatten() {
        let is_account = subject["kind"] == "ServiceAccount";
        if let Some(subject) = subject.as_object_mut()
            && !is_account
        {
            default(subject, "apiGroup", json!("rbac.authorization.k8s.io"));
        }
    }
}

pub(crate) fn autoscaler(object: &mut Value) {
    let spec = child(object, "spec");
    default(spec, "minReplicas", json!(1));
    default(
        spec,
        "metrics",
        json!([{
            "type": "Resource",
            "resource": { "name": "cpu", "target": { "type": "Utilization", "averageUtilization": 80 } },
        }]),
    );
    let status = child(object, "status");
    default(status, "desiredReplicas", json!(0));
    default(status, "currentMetrics", Value::Null);
    status.retain(|_, value| !value.is_null());
}

pub(crate) fn storage_class(object: &mut Value) {
    let Some(map) = object.as_object_mut() else { return };
    default(map, "reclaimPolicy", json!("Delete"));
    default(map, "volumeBindingMode", json!("Immediate"));
}

pub(crate) fn priority_class(object: &mut Value) {
    let Some(map) = object.as_object_mut() else { return };
    default(map, "preemptionPolicy", json!("PreemptLowerPriority"));
}

/// Webhook configurations and admission policies.
pub(crate) fn admission(object: &mut Value) {
    for webhook in object.get_mut("webhooks").and_then(Value::as_array_mut).into_iter().flatten() {
        let Some(webhook) = webhook.as_object_mut() else { continue };
        default(webhook, "failurePolicy", json!("Fail"));
        default(webhook, "matchPolicy", json!("Equivalent"));
        default(webhook, "namespaceSelector", json!({}));
        default(webhook, "objectSelector", json!({}));
        default(webhook, "timeoutSeconds", json!(10));
        if let Some(service) = webhook
            .get_mut("clientConfig")
            .and_then(|c| c.get_mut("service"))
            .and_then(Value::as_object_mut)
        {
            default(service, "port", json!(443));
        }
        for rule in webhook.get_mut("rules").and_then(Value::as_array_mut).into_iter().flatten() {
            if let Some(rule) = rule.as_object_mut() {
                default(rule, "scope", json!("*"));
            }
        }
    }
    if object["kind"] == "MutatingWebhookConfiguration" {
        for webhook in
            object.get_mut("webhooks").and_then(Value::as_array_mut).into_iter().flatten()
        {
            if let Some(webhook) = webhook.as_object_mut() {
                default(webhook, "reinvocationPolicy", json!("Never"));
            }
        }
    }
    if object["kind"] == "ValidatingAdmissionPolicy" {
        default(child(object, "spec"), "failurePolicy", json!("Fail"));
    }
}
