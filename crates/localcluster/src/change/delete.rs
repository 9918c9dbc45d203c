//! Deletion: at once, or marked and left to finalizers.

use serde_json::{Value, json};

use super::Target;
use crate::kinds::Resource;
use crate::object;
use crate::status::Failure;
use crate::store::{Key, Stored};
use crate::world::{World, crds};

pub(crate) const FOREGROUND: &str = "foregroundDeletion";
pub(crate) const ORPHAN: &str = "orphan";
pub(crate) const CRD_CLEANUP: &str = "customresourcecleanup.apiextensions.k8s.io";

/// The `DeleteOptions` that matter here.
#[derive(Debug, Clone, Default)]
pub(crate) struct Deletion {
    /// `Background`, `Foreground` or `Orphan`; empty means the default.
    pub(crate) propagation: String,
    pub(crate) uid: Option<String>,
    pub(crate) resource_version: Option<String>,
    pub(crate) dry_run: bool,
}

impl Deletion {
    pub(crate) fn with_propagation(propagation: &str) -> Self {
        Self { propagation: propagation.into(), ..Self::default() }
    }
}

/// Deletes an object. Returns its last state and whether it is gone (else it waits for finalizers).
pub(crate) fn delete(
    world: &World,
    target: &Target<'_>,
    deletion: &Deletion,
) -> Result<(Value, bool), Failure> {
    let key = target.key();
    for _ in 0..20 {
        let Some(live) = world.store.get(&key) else {
            return Err(Failure::not_found(target.kind, target.name));
        };
        check_preconditions(target, &live.value, deletion)?;
        let marked = mark(world, &key, &live, deletion);
        if deletion.dry_run {
            return Ok((live.value.clone(), marked.is_none()));
        }
        let is_gone = marked.is_none();
        if marked.as_ref() == Some(&live.value) {
            return Ok((live.value.clone(), false));
        }
        if let Ok(stored) = world.store.commit(&key, live.revision, marked) {
            if key.resource == crds() {
                world.refresh_kinds();
            }
            return Ok((stored.value.clone(), is_gone));
        }
    }
    Err(Failure::modified(target.kind, target.name))
}

/// The object marked for deletion, or `None` when nothing holds it.
fn mark(world: &World, key: &Key, live: &Stored, deletion: &Deletion) -> Option<Value> {
    let finalizers = finalizers_for(world, key, live, deletion);
    let is_namespace = key.resource == Resource::new("", "namespaces");
    let has_content = is_namespace && !object::items(&live.value["spec"]["finalizers"]).is_empty();
    if finalizers.is_empty() && !has_content {
        return None;
    }
    let mut marked = live.value.clone();
    let list = if finalizers.is_empty() { Value::Null } else { json!(finalizers) };
    object::set_meta(&mut marked, "finalizers", list);
    if !object::is_terminating(&live.value) {
        object::set_meta(&mut marked, "deletionTimestamp", json!(world.now()));
        object::set_meta(&mut marked, "deletionGracePeriodSeconds", json!(0));
        let generation = object::generation(&live.value);
        if generation > 0 {
            object::set_meta(&mut marked, "generation", json!(generation + 1));
        }
    }
    if is_namespace {
        marked["status"]["phase"] = json!("Terminating");
    }
    Some(marked)
}

/// The finalizers that hold the object once it is marked.
fn finalizers_for(world: &World, key: &Key, live: &Stored, deletion: &Deletion) -> Vec<String> {
    let mut finalizers: Vec<String> =
        object::finalizers(&live.value).iter().map(|f| (*f).to_owned()).collect();
    let wanted = match deletion.propagation.as_str() {
        "Foreground" => Some(FOREGROUND),
        "Orphan" => Some(ORPHAN),
        _ => None,
    };
    if let Some(wanted) = wanted {
        finalizers.retain(|f| (f != FOREGROUND && f != ORPHAN) || f == wanted);
        let has_dependents = !world.store.owned_by(object::uid(&live.value)).is_empty();
        if has_dependents && !finalizers.iter().any(|f| f == wanted) {
            finalizers.push(wanted.into());
        }
    }
    let is_full_crd = key.resource == crds() && has_instances(world, &live.value);
    if is_full_crd && !finalizers.iter().any(|f| f == CRD_CLEANUP) {
        finalizers.push(CRD_CLEANUP.into());
    }
    finalizers
}

fn has_instances(world: &World, crd: &Value) -> bool {
    let spec = &crd["spec"];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let resource = Resource::new(&text(&spec["group"]), &text(&spec["names"]["plural"]));
    !world.store.list(&resource, "").0.is_empty()
}

fn check_preconditions(
    target: &Target<'_>,
    live: &Value,
    deletion: &Deletion,
) -> Result<(), Failure> {
    let differs = |wanted: &Option<String>, field: &str| {
        wanted.as_ref().filter(|w| !w.is_empty() && *w != object::meta(live, field)).cloned()
    };
    let why = if let Some(uid) = differs(&deletion.uid, "uid") {
        let found = object::uid(live);
        format!(
            "the UID in the precondition ({uid}) does not match the UID in record ({found}). The object might have been deleted and then recreated"
        )
    } else if let Some(version) = differs(&deletion.resource_version, "resourceVersion") {
        let found = object::meta(live, "resourceVersion");
        format!(
            "the ResourceVersion in the precondition ({version}) does not match the ResourceVersion in record ({found}). The object might have been modified"
        )
    } else {
        return Ok(());
    };
    Err(Failure::conflict(target.kind, target.name, &why))
}

/// Removes an object that is marked and that no finalizer holds any more.
pub(crate) fn remove_if_finished(world: &World, key: &Key) {
    while let Some(live) = world.store.get(key) {
        let is_namespace = key.resource == Resource::new("", "namespaces");
        let is_held = !object::finalizers(&live.value).is_empty()
            || is_namespace && !object::items(&live.value["spec"]["finalizers"]).is_empty();
        if !object::is_terminating(&live.value) || is_held {
            return;
        }
        if world.store.commit(key, live.revision, None).is_ok() {
            if key.resource == crds() {
                world.refresh_kinds();
            }
            return;
        }
    }
}
