//! Pods as their controllers count and make them.

use std::sync::Arc;

use serde_json::{Value, json};

use super::Machine;
use super::actions::{controlled, controller_reference, create, is_true, key_like};
use super::event::Said;
use crate::collect;
use crate::object;
use crate::store::{Key, Stored};
use crate::world::{World, name_suffix};

pub(crate) const MANAGER: &str = "kube-controller-manager";

/// The pods of a controller that are neither finished nor going away.
pub(crate) fn active(world: &World, owner: &Value) -> Vec<Arc<Stored>> {
    let is_active = |pod: &Value| {
        !object::is_terminating(pod)
            && pod["status"]["phase"] != "Succeeded"
            && pod["status"]["phase"] != "Failed"
    };
    let mut pods: Vec<_> =
        controlled(world, owner, "pods").into_iter().filter(|pod| is_active(&pod.value)).collect();
    pods.sort_by(|a, b| object::name(&a.value).cmp(object::name(&b.value)));
    pods
}

pub(crate) fn is_ready(pod: &Value) -> bool {
    is_true(pod, "Ready")
}

/// Ready for at least `seconds`.
pub(crate) fn is_available(pod: &Value, seconds: i64, now: i64) -> bool {
    if !is_ready(pod) {
        return false;
    }
    let since = super::actions::condition(pod, "Ready")
        .and_then(|c| c["lastTransitionTime"].as_str()?.parse::<jiff::Timestamp>().ok());
    seconds <= 0 || since.is_some_and(|since| now - since.as_second() >= seconds)
}

/// Makes one pod of `owner`'s template; `name` is generated when empty.
pub(crate) fn make(machine: &mut Machine, owner: &Value, owner_key: &Key, plan: &Plan<'_>) {
    let template = &owner["spec"]["template"];
    let mut pod = json!({ "apiVersion": "v1", "kind": "Pod", "metadata": template["metadata"], "spec": template["spec"] });
    let name = if plan.name.is_empty() {
        format!("{}-{}", owner_key.name, name_suffix())
    } else {
        plan.name.to_owned()
    };
    object::set_meta(&mut pod, "name", json!(name));
    object::set_meta(&mut pod, "namespace", json!(owner_key.namespace));
    if plan.name.is_empty() {
        object::set_meta(&mut pod, "generateName", json!(format!("{}-", owner_key.name)));
    }
    object::set_meta(&mut pod, "ownerReferences", json!([controller_reference(owner)]));
    for (key, value) in plan.labels {
        pod["metadata"]["labels"][key] = json!(value);
    }
    if let Some(adjust) = plan.adjust {
        adjust(&mut pod);
    }
    let key = key_like(owner_key, "", "pods", &name);
    if create(&machine.world, &key, pod, MANAGER) {
        let said = Said {
            kind: "Normal",
            reason: "SuccessfulCreate",
            message: format!("Created pod: {name}"),
            component: plan.component,
        };
        machine.events.record(&machine.world, owner, &said);
    }
}

/// How one pod of a template differs from the others.
pub(crate) struct Plan<'a> {
    pub(crate) name: &'a str,
    pub(crate) labels: &'a [(&'a str, String)],
    pub(crate) adjust: Option<&'a dyn Fn(&mut Value)>,
    pub(crate) component: &'a str,
}

/// Deletes one pod of `owner`.
pub(crate) fn remove(machine: &mut Machine, owner: &Value, pod: &Value, component: &str) {
    let key = super::actions::key("", "pods", object::namespace(pod), object::name(pod));
    let said = Said {
        kind: "Normal",
        reason: "SuccessfulDelete",
        message: format!("Deleted pod: {}", object::name(pod)),
        component,
    };
    collect::delete(&machine.world, &key, "Background");
    machine.events.record(&machine.world, owner, &said);
}

/// A short name for a template's content, as `pod-template-hash` carries it.
pub(crate) fn hash(value: &Value) -> String {
    const ALPHABET: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
    let digest = canonical(value)
        .bytes()
        .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    digest
        .to_string()
        .bytes()
        .map(|digit| char::from(ALPHABET[usize::from(digit - b'0') * 2 + 1]))
        .collect()
}

/// JSON with sorted keys, whatever order the map keeps.
fn canonical(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let sorted: std::collections::BTreeMap<_, _> =
                map.iter().map(|(k, v)| (k, canonical(v))).collect();
            let parts: Vec<String> = sorted.iter().map(|(k, v)| format!("{k:?}:{v}")).collect();
            format!("{{{}}}", parts.join(","))
        }
        Value::Array(items) => items.iter().map(canonical).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}
