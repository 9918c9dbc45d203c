//! The garbage collector: dependents follow their owners, namespaces empty themselves, CRDs take their
//! objects with them.

use serde_json::{Value, json};

use crate::change::{self, CRD_CLEANUP, Deletion, FOREGROUND, ORPHAN, Target};
use crate::kinds::Resource;
use crate::object::{self, items};
use crate::store::{Key, Stored};
use crate::world::{World, crds};

/// Looks after the dependents of objects that were deleted.
pub(crate) fn after_deletions(world: &World) {
    for uid in world.store.take_deleted() {
        for key in world.store.owned_by(&uid) {
            visit(world, &key);
        }
    }
}

/// Looks after one object that changed.
pub(crate) fn visit(world: &World, key: &Key) {
    let Some(stored) = world.store.get(key) else {
        namespace_may_be_empty(world, &key.namespace);
        definition_may_go(world, key);
        return;
    };
    let value = &stored.value;
    let owners = items(&value["metadata"]["ownerReferences"]);
    let exists = |owner: &Value| world.store.uid_exists(owner["uid"].as_str().unwrap_or_default());
    if !owners.is_empty() && !owners.iter().any(exists) && !object::is_terminating(value) {
        delete(world, key, "Background");
        return;
    }
    if object::is_terminating(value) {
        terminating(world, key, &stored);
    }
}

fn terminating(world: &World, key: &Key, stored: &Stored) {
    let finalizers = object::finalizers(&stored.value);
    let uid = object::uid(&stored.value);
    if finalizers.contains(&ORPHAN) {
        for dependent in world.store.owned_by(uid) {
            release(world, &dependent, uid);
        }
        drop_finalizer(world, key, ORPHAN);
    }
    if finalizers.contains(&FOREGROUND) {
        let dependents = world.store.owned_by(uid);
        if dependents.is_empty() {
            drop_finalizer(world, key, FOREGROUND);
        }
        for dependent in dependents {
            delete(world, &dependent, "Foreground");
        }
    }
    if finalizers.contains(&CRD_CLEANUP) {
        clean_up_definition(world, key, &stored.value);
    }
    if key.resource == Resource::new("", "namespaces") {
        empty_namespace(world, &key.name);
    }
}

/// A terminating definition goes with its last object.
fn definition_may_go(world: &World, gone: &Key) {
    let key = Key {
        resource: crds(),
        namespace: String::new(),
        name: format!("{}.{}", gone.resource.plural, gone.resource.group),
    };
    if let Some(crd) = world.store.get(&key)
        && object::finalizers(&crd.value).contains(&CRD_CLEANUP)
        && world.store.list(&gone.resource, "").0.is_empty()
    {
        drop_finalizer(world, &key, CRD_CLEANUP);
    }
}

fn clean_up_definition(world: &World, key: &Key, crd: &Value) {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let resource =
        Resource::new(&text(&crd["spec"]["group"]), &text(&crd["spec"]["names"]["plural"]));
    let (instances, _) = world.store.list(&resource, "");
    if instances.is_empty() {
        drop_finalizer(world, key, CRD_CLEANUP);
        return;
    }
    for instance in instances {
        let instance = Key {
            resource: resource.clone(),
            namespace: object::namespace(&instance.value).into(),
            name: object::name(&instance.value).into(),
        };
        delete(world, &instance, "Background");
    }
}

fn empty_namespace(world: &World, name: &str) {
    for content in world.store.in_namespace(name) {
        delete(world, &content, "Background");
    }
    namespace_may_be_empty(world, name);
}

/// A terminating namespace goes when nothing is left in it.
fn namespace_may_be_empty(world: &World, name: &str) {
    let key = Key {
        resource: Resource::new("", "namespaces"),
        namespace: String::new(),
        name: name.into(),
    };
    let Some(namespace) = world.store.get(&key) else { return };
    if !object::is_terminating(&namespace.value) || !world.store.in_namespace(name).is_empty() {
        return;
    }
    edit(world, &key, |namespace| namespace["spec"]["finalizers"] = json!([]));
    change::remove_if_finished(world, &key);
}

/// Deletes whatever is at `key`; what is gone already is fine.
pub(crate) fn delete(world: &World, key: &Key, propagation: &str) {
    let kinds = world.kinds();
    let by_resource = kinds.all().find(|kind| kind.resource == key.resource);
    let Some(kind) = by_resource else { return };
    let target = Target {
        kind,
        version: kind.storage_version(),
        namespace: &key.namespace,
        name: &key.name,
        subresource: "",
    };
    if let Err(failure) = change::delete(world, &target, &Deletion::with_propagation(propagation))
        && failure.reason != "NotFound"
    {
        tracing::debug!(
            name = key.name,
            message = failure.message,
            "an object could not be collected"
        );
    }
}

fn drop_finalizer(world: &World, key: &Key, name: &str) {
    edit(world, key, |object| {
        let left: Vec<&str> =
            object::finalizers(object).into_iter().filter(|f| *f != name).collect();
        let list = if left.is_empty() { Value::Null } else { json!(left) };
        object::set_meta(object, "finalizers", list);
    });
    change::remove_if_finished(world, key);
}

/// Takes `uid` out of an object's owners.
fn release(world: &World, key: &Key, uid: &str) {
    edit(world, key, |object| {
        let owners = items(&object["metadata"]["ownerReferences"]);
        let left: Vec<Value> = owners.iter().filter(|o| o["uid"] != uid).cloned().collect();
        let list = if left.is_empty() { Value::Null } else { Value::Array(left) };
        object::set_meta(object, "ownerReferences", list);
    });
}

/// Edits an object without the rites of a request.
fn edit(world: &World, key: &Key, change: impl Fn(&mut Value)) {
    while let Some(live) = world.store.get(key) {
        let mut value = live.value.clone();
        change(&mut value);
        if value == live.value || world.store.commit(key, live.revision, Some(value)).is_ok() {
            return;
        }
    }
}
