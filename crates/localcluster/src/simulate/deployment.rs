//! Deployments: a replica set per template, the old ones shrinking as the new one becomes available.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use super::Machine;
use super::actions::{
    condition, controlled, controller_reference, count, create, key_like, set_condition, update,
    update_status,
};
use super::event::Said;
use super::pods::{MANAGER, hash};
use super::rollout::{self, Sets};
use crate::collect;
use crate::object::{self, annotation};
use crate::store::{Key, Stored};

const REVISION: &str = "deployment.kubernetes.io/revision";
const COMPONENT: &str = "deployment-controller";

pub(crate) fn sync(machine: &mut Machine, key: &Key) {
    let Some(stored) = machine.world.store.get(key) else { return };
    let deployment = &stored.value;
    if object::is_terminating(deployment) {
        return;
    }
    let is_paused = deployment["spec"]["paused"] == true;
    let current = current_set(machine, deployment);
    if current.is_none() && !is_paused {
        create_set(machine, key, deployment);
    }
    let revision = current_set(machine, deployment)
        .map(|set| number_revision(machine, key, deployment, &set.value));
    let sets = sets(machine, deployment);
    for (name, from, to) in rollout::scale(deployment, &sets, is_paused) {
        scale(machine, key, deployment, (&name, from, to));
    }
    let sets = self::sets(machine, deployment);
    report(machine, key, deployment, (&sets, revision));
    clean_up(machine, key, deployment, &sets);
}

/// The template of a replica set without the label that its deployment added.
fn bare_template(set: &Value) -> Value {
    let mut template = set["spec"]["template"].clone();
    if let Some(labels) = template["metadata"]["labels"].as_object_mut() {
        labels.remove("pod-template-hash");
    }
    template
}

/// The replica set that has the deployment's template.
fn current_set(machine: &Machine, deployment: &Value) -> Option<Arc<Stored>> {
    controlled(&machine.world, deployment, "replicasets")
        .into_iter()
        .filter(|set| !object::is_terminating(&set.value))
        .find(|set| bare_template(&set.value) == deployment["spec"]["template"])
}

fn sets(machine: &Machine, deployment: &Value) -> Sets {
    let current = current_set(machine, deployment);
    let name = current.as_ref().map(|set| object::name(&set.value).to_owned());
    let old = controlled(&machine.world, deployment, "replicasets")
        .into_iter()
        .filter(|set| Some(object::name(&set.value)) != name.as_deref())
        .collect();
    Sets { current, old }
}

fn create_set(machine: &mut Machine, key: &Key, deployment: &Value) {
    let template_hash = hash(&deployment["spec"]["template"]);
    let name = format!("{}-{template_hash}", key.name);
    let mut template = deployment["spec"]["template"].clone();
    template["metadata"]["labels"]["pod-template-hash"] = json!(template_hash);
    let mut selector = deployment["spec"]["selector"].clone();
    selector["matchLabels"]["pod-template-hash"] = json!(template_hash);
    let mut spec = json!({ "replicas": 0, "selector": selector, "template": template });
    if let Some(seconds) = deployment["spec"].get("minReadySeconds") {
        spec["minReadySeconds"] = seconds.clone();
    }
    let set = json!({
        "apiVersion": "apps/v1", "kind": "ReplicaSet",
        "metadata": {
            "name": name, "namespace": key.namespace,
            "labels": template["metadata"]["labels"],
            "ownerReferences": [controller_reference(deployment)],
        },
        "spec": spec,
    });
    create(&machine.world, &key_like(key, "apps", "replicasets", &name), set, MANAGER);
}

fn revision_of(object: &Value) -> i64 {
    annotation(object, REVISION).and_then(|text| text.parse().ok()).unwrap_or(0)
}

/// Gives the current set the highest revision, which the deployment gets with its status.
fn number_revision(machine: &mut Machine, key: &Key, deployment: &Value, set: &Value) -> i64 {
    let highest_other = controlled(&machine.world, deployment, "replicasets")
        .iter()
        .filter(|other| object::name(&other.value) != object::name(set))
        .map(|other| revision_of(&other.value))
        .max()
        .unwrap_or(0);
    let revision = match revision_of(set) {
        own if own > highest_other => own,
        _ => highest_other + 1,
    };
    let text = revision.to_string();
    let replicas = deployment["spec"]["replicas"].as_i64().unwrap_or(1);
    let surge = rollout::surge(deployment, replicas);
    let set_key = key_like(key, "apps", "replicasets", object::name(set));
    update(&machine.world, &set_key, MANAGER, |set| {
        let annotations = object::meta_mut(set).entry("annotations").or_insert_with(|| json!({}));
        annotations[REVISION] = json!(text);
        annotations["deployment.kubernetes.io/desired-replicas"] = json!(replicas.to_string());
        annotations["deployment.kubernetes.io/max-replicas"] =
            json!((replicas + surge).to_string());
    });
    revision
}

fn scale(machine: &mut Machine, key: &Key, deployment: &Value, (name, from, to): (&str, i64, i64)) {
    let set_key = key_like(key, "apps", "replicasets", name);
    update(&machine.world, &set_key, MANAGER, |set| set["spec"]["replicas"] = json!(to));
    let direction = if to > from { "up" } else { "down" };
    let said = Said {
        kind: "Normal",
        reason: "ScalingReplicaSet",
        message: format!("Scaled {direction} replica set {name} from {from} to {to}"),
        component: COMPONENT,
    };
    machine.events.record(&machine.world, deployment, &said);
}

/// Writes the status: numbers, availability, progress.
fn report(
    machine: &mut Machine,
    key: &Key,
    deployment: &Value,
    (sets, revision): (&Sets, Option<i64>),
) {
    let numbers = sets.numbers(deployment);
    let old = &deployment["status"];
    let before = |field: &str| old[field].as_i64().unwrap_or(0);
    let uid = object::uid(deployment).to_owned();
    let has_moved = numbers.updated > before("updatedReplicas")
        || numbers.replicas - numbers.updated < before("replicas") - before("updatedReplicas")
        || numbers.ready > before("readyReplicas")
        || numbers.available > before("availableReplicas")
        || before("observedGeneration") != object::generation(deployment);
    if has_moved {
        machine.progress.insert(uid.clone(), Instant::now());
    }
    let since = *machine.progress.entry(uid).or_insert_with(Instant::now);
    let seconds = deployment["spec"]["progressDeadlineSeconds"].as_i64().unwrap_or(600);
    let deadline = Duration::from_secs(u64::try_from(seconds).unwrap_or(600));
    let is_complete = numbers.is_complete();
    let is_late = !is_complete && since.elapsed() >= deadline;
    if !is_complete && !is_late {
        machine.later(key, deadline.saturating_sub(since.elapsed()) + Duration::from_millis(5));
    }
    let set = sets.current.as_ref().map(|s| object::name(&s.value).to_owned()).unwrap_or_default();
    let progress = progress(&set, (is_complete, is_late, has_moved), deployment);
    let now = machine.world.now();
    update_status(&machine.world, key, MANAGER, |object| {
        let generation = object::generation(object);
        if let Some(revision) = revision {
            let meta = object::meta_mut(object);
            let annotations = meta.entry("annotations").or_insert_with(|| json!({}));
            annotations[REVISION] = json!(revision.to_string());
        }
        let status = &mut object["status"];
        if !status.is_object() {
            *status = json!({});
        }
        status["terminatingReplicas"] = json!(0);
        count(status, "observedGeneration", generation);
        count(status, "replicas", numbers.replicas);
        count(status, "updatedReplicas", numbers.updated);
        count(status, "readyReplicas", numbers.ready);
        count(status, "availableReplicas", numbers.available);
        count(status, "unavailableReplicas", numbers.unavailable());
        set_updated(status, availability(numbers.is_available()), &now);
        set_updated(status, progress.clone(), &now);
    });
}

fn availability(is_available: bool) -> Value {
    if is_available {
        json!({
            "type": "Available", "status": "True", "reason": "MinimumReplicasAvailable",
            "message": "Deployment has minimum availability.",
        })
    } else {
        json!({
            "type": "Available", "status": "False", "reason": "MinimumReplicasUnavailable",
            "message": "Deployment does not have minimum availability.",
        })
    }
}

fn progress(
    set: &str,
    (is_complete, is_late, has_moved): (bool, bool, bool),
    deployment: &Value,
) -> Value {
    let (status, reason, message) = if deployment["spec"]["paused"] == true {
        ("Unknown", "DeploymentPaused", "Deployment is paused".to_owned())
    } else if is_complete {
        let message = format!("ReplicaSet \"{set}\" has successfully progressed.");
        ("True", "NewReplicaSetAvailable", message)
    } else if is_late {
        let message = format!("ReplicaSet \"{set}\" has timed out progressing.");
        ("False", "ProgressDeadlineExceeded", message)
    } else if condition(deployment, "Progressing").is_none() {
        ("True", "NewReplicaSetCreated", format!("Created new replica set \"{set}\""))
    } else if !has_moved
        && let Some(old) =
            condition(deployment, "Progressing").filter(|c| c["reason"] != "NewReplicaSetAvailable")
    {
        return json!({
            "type": "Progressing", "status": old["status"], "reason": old["reason"],
            "message": old["message"],
        });
    } else {
        ("True", "ReplicaSetUpdated", format!("ReplicaSet \"{set}\" is progressing."))
    };
    json!({ "type": "Progressing", "status": status, "reason": reason, "message": message })
}

/// Sets a condition that also has an update time.
fn set_updated(status: &mut Value, mut wanted: Value, now: &str) {
    let same = object::items(&status["conditions"])
        .iter()
        .find(|c| {
            c["type"] == wanted["type"]
                && c["status"] == wanted["status"]
                && c["reason"] == wanted["reason"]
        })
        .map(|c| c["lastUpdateTime"].clone());
    wanted["lastUpdateTime"] = same.unwrap_or_else(|| json!(now));
    set_condition(status, wanted, now);
}

/// Forgets the oldest empty replica sets beyond the history limit.
fn clean_up(machine: &mut Machine, key: &Key, deployment: &Value, sets: &Sets) {
    let limit = deployment["spec"]["revisionHistoryLimit"].as_i64().unwrap_or(10);
    let mut empty: Vec<&Arc<Stored>> = sets
        .old
        .iter()
        .filter(|set| {
            set.value["spec"]["replicas"] == 0
                && set.value["status"]["replicas"].as_i64() == Some(0)
        })
        .collect();
    empty.sort_by_key(|set| revision_of(&set.value));
    let excess = empty.len().saturating_sub(usize::try_from(limit).unwrap_or(10));
    for set in &empty[..excess] {
        let set_key = key_like(key, "apps", "replicasets", object::name(&set.value));
        collect::delete(&machine.world, &set_key, "Background");
    }
}
