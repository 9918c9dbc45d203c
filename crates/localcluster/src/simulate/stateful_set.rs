//! Stateful sets: numbered pods, one after the other.

use std::sync::Arc;

use serde_json::{Value, json};

use super::Machine;
use super::actions::{count, create, key_like, update_status};
use super::pods::{self, MANAGER, Plan, is_ready};
use crate::object::{self, items, label};
use crate::store::{Key, Stored};

const COMPONENT: &str = "statefulset-controller";
const HASH: &str = "controller-revision-hash";

pub(crate) fn sync(machine: &mut Machine, key: &Key) {
    let Some(stored) = machine.world.store.get(key) else { return };
    let set = &stored.value;
    if object::is_terminating(set) {
        return;
    }
    let revision = format!("{}-{}", key.name, pods::hash(&set["spec"]["template"]));
    let wanted = set["spec"]["replicas"].as_i64().unwrap_or(1);
    let active = pods::active(&machine.world, set);
    if !grow(machine, key, set, (&active, wanted, &revision)) {
        shrink(machine, set, key, &active, wanted);
        replace_one(machine, set, &active, &revision);
    }
    report(machine, key, set, &revision);
}

fn ordinal(pod: &Value) -> i64 {
    object::name(pod).rsplit('-').next().and_then(|n| n.parse().ok()).unwrap_or(-1)
}

/// Creates what is missing: all at once, or the next one when those before it are ready. Returns whether
/// it is still growing.
fn grow(
    machine: &mut Machine,
    key: &Key,
    set: &Value,
    (active, wanted, revision): (&[Arc<Stored>], i64, &str),
) -> bool {
    let is_parallel = set["spec"]["podManagementPolicy"] == "Parallel";
    let mut grows = false;
    for number in 0..wanted {
        match active.iter().find(|pod| ordinal(&pod.value) == number) {
            Some(pod) if is_parallel || is_ready(&pod.value) => {}
            // A pod of an older template that never became ready may be replaced.
            Some(pod) => return label(&pod.value, HASH) == Some(revision),
            None => {
                make(machine, key, set, (number, revision));
                grows = true;
                if !is_parallel {
                    return true;
                }
            }
        }
    }
    grows
}

fn make(machine: &mut Machine, key: &Key, set: &Value, (number, revision): (i64, &str)) {
    let name = format!("{}-{number}", key.name);
    let mut volumes = Vec::new();
    for template in items(&set["spec"]["volumeClaimTemplates"]) {
        let claim_name = format!("{}-{name}", object::name(template));
        let mut claim = template.clone();
        claim["apiVersion"] = json!("v1");
        claim["kind"] = json!("PersistentVolumeClaim");
        object::set_meta(&mut claim, "name", json!(claim_name));
        object::set_meta(&mut claim, "namespace", json!(key.namespace));
        let claim_key = key_like(key, "", "persistentvolumeclaims", &claim_name);
        if machine.world.store.get(&claim_key).is_none() {
            create(&machine.world, &claim_key, claim, MANAGER);
        }
        volumes.push(json!({
            "name": object::name(template), "persistentVolumeClaim": { "claimName": claim_name },
        }));
    }
    let service = set["spec"]["serviceName"].clone();
    let adjust = |pod: &mut Value| {
        pod["spec"]["hostname"] = pod["metadata"]["name"].clone();
        pod["spec"]["subdomain"] = service.clone();
        if !volumes.is_empty() {
            let mut all = items(&pod["spec"]["volumes"]).to_vec();
            all.extend(volumes.iter().cloned());
            pod["spec"]["volumes"] = json!(all);
        }
    };
    let labels = [
        (HASH, revision.to_owned()),
        ("statefulset.kubernetes.io/pod-name", name.clone()),
        ("apps.kubernetes.io/pod-index", number.to_string()),
    ];
    let plan = Plan { name: &name, labels: &labels, adjust: Some(&adjust), component: COMPONENT };
    pods::make(machine, set, key, &plan);
}

fn shrink(machine: &mut Machine, set: &Value, _key: &Key, active: &[Arc<Stored>], wanted: i64) {
    for pod in active.iter().filter(|pod| ordinal(&pod.value) >= wanted) {
        pods::remove(machine, set, &pod.value, COMPONENT);
    }
}

/// Replaces the highest pod of an older template, when all above it are ready.
fn replace_one(machine: &mut Machine, set: &Value, active: &[Arc<Stored>], revision: &str) {
    let strategy = &set["spec"]["updateStrategy"];
    if strategy["type"] == "OnDelete" {
        return;
    }
    let partition = strategy["rollingUpdate"]["partition"].as_i64().unwrap_or(0);
    let mut numbered: Vec<&Arc<Stored>> = active.iter().collect();
    numbered.sort_by_key(|pod| std::cmp::Reverse(ordinal(&pod.value)));
    for pod in numbered.into_iter().filter(|pod| ordinal(&pod.value) >= partition) {
        if label(&pod.value, HASH) != Some(revision) {
            pods::remove(machine, set, &pod.value, COMPONENT);
            return;
        }
        if !is_ready(&pod.value) {
            return;
        }
    }
}

fn report(machine: &mut Machine, key: &Key, set: &Value, revision: &str) {
    let active = pods::active(&machine.world, set);
    let number = |n: usize| i64::try_from(n).unwrap_or(0);
    let ready = number(active.iter().filter(|pod| is_ready(&pod.value)).count());
    let updated =
        number(active.iter().filter(|pod| label(&pod.value, HASH) == Some(revision)).count());
    let total = number(active.len());
    let wanted = set["spec"]["replicas"].as_i64().unwrap_or(1);
    let is_complete = updated == wanted && ready == wanted && total == wanted;
    update_status(&machine.world, key, MANAGER, |object| {
        let generation = object::generation(object);
        let status = &mut object["status"];
        if !status.is_object() {
            *status = json!({});
        }
        let old = status["currentRevision"].as_str().unwrap_or(revision).to_owned();
        let current = if is_complete { revision } else { &old };
        status["replicas"] = json!(total);
        status["availableReplicas"] = json!(ready);
        status["collisionCount"] = json!(0);
        status["updateRevision"] = json!(revision);
        status["currentRevision"] = json!(current);
        count(status, "readyReplicas", ready);
        count(status, "updatedReplicas", updated);
        count(
            status,
            "currentReplicas",
            if current == revision { updated } else { total - updated },
        );
        count(status, "observedGeneration", generation);
    });
}
