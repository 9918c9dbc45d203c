//! An object that was not there before.

use serde_json::{Value, json};

use super::prepare::{
    assign, check_place, check_type, decode, fill_type, finish, in_version, record_update,
    to_storage,
};
use super::{Manner, Outcome, Target};
use crate::apply::Managers;
use crate::kinds::{Kind, Resource};
use crate::object;
use crate::schema::decode::{filled, zero};
use crate::status::Failure;
use crate::store::Key;
use crate::world::{World, crds, name_suffix, new_uid};

/// Creates `object`.
pub(crate) fn create(
    world: &World,
    target: &Target<'_>,
    mut object: Value,
    manner: &Manner,
) -> Result<Outcome, Failure> {
    fill_type(target, &mut object);
    check_type(target, &object)?;
    check_place(target, &mut object)?;
    if !object::meta(&object, "resourceVersion").is_empty() {
        let message = "resourceVersion should not be set on objects to be created";
        return Err(Failure { reason: "", ..Failure::internal(message) });
    }
    name_it(&mut object);
    let warnings = decode(target, &mut object, manner.strictness)?;
    admit_namespace(world, target)?;
    initialize(world, target, &mut object);
    finish(target, &mut object, None)?;
    let mut managers = Managers::default();
    let empty = zero_object(target);
    object::set_meta(&mut object, "managedFields", Value::Null);
    let writer = (manner.manager.as_str(), world.now());
    record_update(target, &mut managers, &empty, &mut object, (writer.0, &writer.1));
    assign(target, &mut object);
    let object = commit_new(world, target, object, manner)?;
    Ok(Outcome { object, created: true, warnings })
}

/// Stores a finished new object, or only says what it would be.
pub(super) fn commit_new(
    world: &World,
    target: &Target<'_>,
    object: Value,
    manner: &Manner,
) -> Result<Value, Failure> {
    let name = object::name(&object).to_owned();
    let key = Key { name: name.clone(), ..target.key() };
    let object = to_storage(target.kind, object);
    let taken = || Failure::already_exists(target.kind, &name);
    if manner.dry_run {
        return match world.store.get(&key) {
            Some(_) => Err(taken()),
            None => Ok(in_version(target.kind, target.version, &object)),
        };
    }
    let stored = world.store.commit(&key, 0, Some(object)).map_err(|_| taken())?;
    if target.kind.resource == crds() {
        world.refresh_kinds();
    }
    Ok(in_version(target.kind, target.version, &stored.value))
}

fn name_it(object: &mut Value) {
    let prefix = object::meta(object, "generateName").to_owned();
    if object::name(object).is_empty() && !prefix.is_empty() {
        let short: String = prefix.chars().take(58).collect();
        object::set_meta(object, "name", json!(format!("{short}{}", name_suffix())));
    }
}

/// Sets what the server alone decides.
pub(super) fn initialize(world: &World, target: &Target<'_>, object: &mut Value) {
    object::set_meta(object, "uid", json!(new_uid()));
    object::set_meta(object, "creationTimestamp", json!(world.now()));
    for field in ["selfLink", "deletionTimestamp", "deletionGracePeriodSeconds", "resourceVersion"]
    {
        object::set_meta(object, field, Value::Null);
    }
    let generation = if target.kind.has_generation { json!(1) } else { Value::Null };
    object::set_meta(object, "generation", generation);
    reset_status(target.kind, target.version.has_status, object);
}

fn reset_status(kind: &Kind, has_status: bool, object: &mut Value) {
    if !has_status {
        return;
    }
    if kind.is_custom {
        if let Some(map) = object.as_object_mut() {
            map.remove("status");
        }
    } else {
        object["status"] = zero_status(kind);
    }
}

fn zero_status(kind: &Kind) -> Value {
    kind.versions[0].schema.field("status").map_or_else(|| json!({}), |status| filled(status))
}

/// What `managedFields` compares a new object with.
pub(super) fn zero_object(target: &Target<'_>) -> Value {
    let mut empty = if target.kind.is_custom {
        json!({ "metadata": {} })
    } else {
        zero(&target.version.schema)
    };
    empty["apiVersion"] = json!(target.api_version());
    empty["kind"] = json!(target.kind.kind);
    empty
}

/// Refuses new objects in a namespace that is missing or going away.
pub(super) fn admit_namespace(world: &World, target: &Target<'_>) -> Result<(), Failure> {
    if !target.kind.namespaced {
        return Ok(());
    }
    let key = Key {
        resource: Resource::new("", "namespaces"),
        namespace: String::new(),
        name: target.namespace.into(),
    };
    let Some(namespace) = world.store.get(&key) else {
        return Err(Failure::namespace_not_found(target.namespace));
    };
    if !object::is_terminating(&namespace.value) {
        return Ok(());
    }
    let why = format!(
        "unable to create new content in namespace {} because it is being terminated",
        target.namespace
    );
    let mut failure = Failure::forbidden(target.kind, target.name, &why);
    if let Some(details) = &mut failure.details {
        details["causes"] = json!([{
            "reason": "NamespaceTerminating",
            "message": format!("namespace {} is being terminated", target.namespace),
            "field": "metadata.namespace",
        }]);
    }
    Err(failure)
}
