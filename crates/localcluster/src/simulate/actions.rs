//! How controllers read and write: through the same door as requests.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::change::{self, Manner, Target};
use crate::kinds::{Kind, Resource};
use crate::object::{self, items};
use crate::status::Failure;
use crate::store::{Key, Stored};
use crate::world::World;

/// The key of a namespaced object.
pub(crate) fn key(group: &str, plural: &str, namespace: &str, name: &str) -> Key {
    Key { resource: Resource::new(group, plural), namespace: namespace.into(), name: name.into() }
}

pub(crate) fn key_like(key: &Key, group: &str, plural: &str, name: &str) -> Key {
    self::key(group, plural, &key.namespace, name)
}

fn kind_of(world: &World, resource: &Resource) -> Option<Arc<Kind>> {
    world.kinds().get(&resource.group, &resource.plural).cloned()
}

/// Creates an object; one that exists already is left alone. Returns whether it was created.
pub(crate) fn create(world: &World, key: &Key, object: Value, manager: &str) -> bool {
    let Some(kind) = kind_of(world, &key.resource) else { return false };
    let target = Target {
        kind: &kind,
        version: kind.storage_version(),
        namespace: &key.namespace,
        name: "",
        subresource: "",
    };
    match change::create(world, &target, object, &Manner::controller(manager)) {
        Ok(_) => true,
        Err(failure) => {
            report(key, &failure);
            false
        }
    }
}

/// Changes an object; nothing happens when it is gone.
pub(crate) fn update(world: &World, key: &Key, manager: &str, edit: impl Fn(&mut Value)) {
    write(world, key, "", manager, &edit);
}

/// Changes the status of an object; nothing happens when it is gone.
pub(crate) fn update_status(world: &World, key: &Key, manager: &str, edit: impl Fn(&mut Value)) {
    write(world, key, "status", manager, &edit);
}

fn write(world: &World, key: &Key, subresource: &str, manager: &str, edit: &dyn Fn(&mut Value)) {
    let Some(kind) = kind_of(world, &key.resource) else { return };
    let target = Target {
        kind: &kind,
        version: kind.storage_version(),
        namespace: &key.namespace,
        name: &key.name,
        subresource,
    };
    let edited = |live: &Value| {
        let mut new = live.clone();
        edit(&mut new);
        Ok(new)
    };
    if let Err(failure) = change::update(world, &target, &edited, &Manner::controller(manager)) {
        report(key, &failure);
    }
}

fn report(key: &Key, failure: &Failure) {
    if !matches!(failure.reason, "NotFound" | "AlreadyExists") {
        let resource = &key.resource.plural;
        tracing::debug!(%resource, name = key.name, message = failure.message, "a controller was refused");
    }
}

/// An owner reference to a controller.
pub(crate) fn controller_reference(owner: &Value) -> Value {
    json!({
        "apiVersion": owner["apiVersion"], "kind": owner["kind"], "name": owner["metadata"]["name"],
        "uid": owner["metadata"]["uid"], "controller": true, "blockOwnerDeletion": true,
    })
}

/// The objects of a resource that `owner` controls.
pub(crate) fn controlled(world: &World, owner: &Value, plural: &str) -> Vec<Arc<Stored>> {
    let uid = object::uid(owner);
    world
        .store
        .owned_by(uid)
        .into_iter()
        .filter(|key| key.resource.plural == plural)
        .filter_map(|key| world.store.get(&key))
        .filter(|stored| object::controller_of(&stored.value).is_some_and(|c| c["uid"] == uid))
        .collect()
}

/// The condition of a type.
pub(crate) fn condition<'a>(object: &'a Value, kind: &str) -> Option<&'a Value> {
    items(&object["status"]["conditions"]).iter().find(|c| c["type"] == kind)
}

pub(crate) fn is_true(object: &Value, kind: &str) -> bool {
    condition(object, kind).is_some_and(|c| c["status"] == "True")
}

/// Sets a condition in a status; the transition time moves only when the status does.
pub(crate) fn set_condition(status: &mut Value, mut wanted: Value, now: &str) {
    let list =
        status.as_object_mut().map(|map| map.entry("conditions").or_insert_with(|| json!([])));
    let Some(list) = list.and_then(Value::as_array_mut) else { return };
    wanted["lastTransitionTime"] = json!(now);
    match list.iter_mut().find(|c| c["type"] == wanted["type"]) {
        Some(have) => {
            if have["status"] == wanted["status"] {
                wanted["lastTransitionTime"] = have["lastTransitionTime"].clone();
            }
            *have = wanted;
        }
        None => list.push(wanted),
    }
}

/// A number of pods as JSON; zero is left out, as Go's `omitempty` does.
pub(crate) fn count(status: &mut Value, field: &str, number: i64) {
    if let Some(map) = status.as_object_mut() {
        if number == 0 {
            map.remove(field);
        } else {
            map.insert(field.into(), json!(number));
        }
    }
}
