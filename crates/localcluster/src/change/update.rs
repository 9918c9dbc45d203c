//! An object that changes, by replacement, by patch or by server-side apply.

use serde_json::{Map, Value, json};

use super::create::{admit_namespace, commit_new, initialize, zero_object};
use super::prepare::{
    assign, check_place, check_type, decode, fill_type, finish, in_version, record_update,
    to_storage, writer,
};
use super::{Manner, Outcome, Strictness, Target};
use crate::apply::{Managers, update as bookkeeping};
use crate::object;
use crate::schema::decode as decoding;
use crate::status::Failure;
use crate::store::Stored;
use crate::world::{World, crds};

/// How often a patch is tried again when somebody else writes in between.
const ATTEMPTS: usize = 20;

/// Makes the new object of the live one.
pub(crate) type Edit<'a> = &'a dyn Fn(&Value) -> Result<Value, Failure>;

/// Changes an object by `edit`; `edit` may run more than once.
pub(crate) fn update(
    world: &World,
    target: &Target<'_>,
    edit: Edit<'_>,
    manner: &Manner,
) -> Result<Outcome, Failure> {
    let mut last = Failure::modified(target.kind, target.name);
    for _ in 0..ATTEMPTS {
        let Some(live) = world.store.get(&target.key()) else {
            return Err(Failure::not_found(target.kind, target.name));
        };
        let old = in_version(target.kind, target.version, &live.value);
        let mut new = edit(&old)?;
        fill_type(target, &mut new);
        check_type(target, &new)?;
        check_place(target, &mut new)?;
        check_precondition(target, &old, &new)?;
        let warnings = decode(target, &mut new, manner.strictness)?;
        let mut managers = submitted_managers(target, &old, &new);
        reconcile_parts(target, &old, &mut new);
        finish(target, &mut new, Some(&old))?;
        count_generation(target, &old, &mut new);
        let now = world.now();
        record_update(target, &mut managers, &old, &mut new, (&manner.manager, &now));
        match commit(world, target, &live, (&old, new), manner) {
            Ok(object) => return Ok(Outcome { object, created: false, warnings }),
            Err(raced) if raced.reason == "Conflict" => last = raced,
            Err(other) => return Err(other),
        }
    }
    Err(last)
}

/// Applies `config` for `manner.manager`, creating the object when it is missing.
pub(crate) fn apply(
    world: &World,
    target: &Target<'_>,
    config: &Value,
    manner: &Manner,
) -> Result<Outcome, Failure> {
    let mut config = config.clone();
    check_type(target, &config)?;
    check_place(target, &mut config)?;
    if config["metadata"].get("managedFields").is_some_and(|m| !m.is_null()) {
        return Err(Failure::bad_request("metadata.managedFields must be nil"));
    }
    check_declared(target, &mut config)?;
    let mut last = Failure::modified(target.kind, target.name);
    for _ in 0..ATTEMPTS {
        let attempt = match world.store.get(&target.key()) {
            Some(live) => apply_over(world, target, &live, &config, manner),
            None => apply_new(world, target, &config, manner),
        };
        match attempt {
            Err(raced) if is_race(&raced, &config) => last = raced,
            settled => return settled,
        }
    }
    Err(last)
}

/// Whether somebody else wrote in between, and the caller did not ask for one revision only.
fn is_race(failure: &Failure, config: &Value) -> bool {
    failure.code == http::StatusCode::CONFLICT
        && failure.details.as_ref().is_some_and(|d| d.get("causes").is_none())
        && object::meta(config, "resourceVersion").is_empty()
        && object::uid(config).is_empty()
}

fn apply_over(
    world: &World,
    target: &Target<'_>,
    live: &Stored,
    config: &Value,
    manner: &Manner,
) -> Result<Outcome, Failure> {
    let old = in_version(target.kind, target.version, &live.value);
    check_precondition(target, &old, config)?;
    let mut managers = Managers::read(&old);
    let config = without_ignored(target, config);
    let (api_version, now) = (target.api_version(), world.now());
    let writer = writer(target, &manner.manager, false, &api_version, &now);
    let schema = &target.version.schema;
    let mut new =
        bookkeeping::apply(&mut managers, (&old, &config), schema, &writer, manner.force)?;
    refresh_last_applied(&mut new, &config, manner);
    decode(target, &mut new, Strictness::Ignore)?;
    reconcile_parts(target, &old, &mut new);
    finish(target, &mut new, Some(&old))?;
    count_generation(target, &old, &mut new);
    managers.write(&mut new);
    let object = commit(world, target, live, (&old, new), manner)?;
    Ok(Outcome { object, created: false, warnings: Vec::new() })
}

/// Keeps client-side apply's annotation true while `kubectl` applies on the server's side.
fn refresh_last_applied(new: &mut Value, config: &Value, manner: &Manner) {
    const KEY: &str = "kubectl.kubernetes.io/last-applied-configuration";
    if manner.manager == "kubectl" && object::annotation(new, KEY).is_some() {
        new["metadata"]["annotations"][KEY] = json!(format!("{config}\n"));
    }
}

fn apply_new(
    world: &World,
    target: &Target<'_>,
    config: &Value,
    manner: &Manner,
) -> Result<Outcome, Failure> {
    if !target.subresource.is_empty() {
        return Err(Failure::not_found(target.kind, target.name));
    }
    if !object::uid(config).is_empty() {
        let why = format!(
            "uid mismatch: the provided object specified uid {}, and no existing object was found",
            object::uid(config)
        );
        return Err(Failure::conflict(target.kind, target.name, &why));
    }
    admit_namespace(world, target)?;
    let mut managers = Managers::default();
    let config = without_ignored(target, config);
    let (api_version, now) = (target.api_version(), world.now());
    let writer = writer(target, &manner.manager, false, &api_version, &now);
    let empty = zero_object(target);
    let schema = &target.version.schema;
    let mut new = bookkeeping::apply(&mut managers, (&empty, &config), schema, &writer, true)?;
    decode(target, &mut new, Strictness::Ignore)?;
    initialize(world, target, &mut new);
    finish(target, &mut new, None)?;
    assign(target, &mut new);
    managers.write(&mut new);
    let object = commit_new(world, target, new, manner)?;
    Ok(Outcome { object, created: true, warnings: Vec::new() })
}

/// Refuses applied fields that the schema does not have, as typed conversion does.
fn check_declared(target: &Target<'_>, config: &mut Value) -> Result<(), Failure> {
    let notes = decoding::applied(config, &target.version.schema, !target.kind.is_custom);
    let mut fields: Vec<String> =
        notes.unknown.iter().map(|path| format!(".{path}: field not declared in schema")).collect();
    if let Some(found) = &notes.mistyped {
        fields.push(format!(
            ".{}: expected {}, got &value.valueUnstructured{{Value:{}}}",
            found.path,
            if found.wanted.starts_with("int") { "numeric (int or float)" } else { found.wanted },
            found.shown
        ));
    }
    let text = match fields.as_slice() {
        [] => return Ok(()),
        [one] => one.clone(),
        many => format!("errors:\n  {}", many.join("\n  ")),
    };
    Err(Failure {
        reason: "",
        ..Failure::internal(format!(
            "failed to create typed patch object ({}/{}; {}, Kind={}): {text}",
            target.namespace,
            target.name,
            target.api_version(),
            target.kind.kind
        ))
    })
}

/// The applied configuration without the parts that this way of writing cannot reach.
fn without_ignored(target: &Target<'_>, config: &Value) -> Value {
    let mut config = config.clone();
    let Some(map) = config.as_object_mut() else { return config };
    if target.subresource == "status" {
        map.retain(|key, _| matches!(key.as_str(), "apiVersion" | "kind" | "metadata" | "status"));
        if let Some(meta) = map.get_mut("metadata").and_then(Value::as_object_mut) {
            meta.retain(|key, _| key == "name" || key == "namespace");
        }
    } else if target.version.has_status {
        map.remove("status");
    }
    config
}

fn check_precondition(target: &Target<'_>, old: &Value, new: &Value) -> Result<(), Failure> {
    let wanted = object::meta(new, "resourceVersion");
    if !wanted.is_empty() && wanted != "0" && wanted != object::meta(old, "resourceVersion") {
        return Err(Failure::modified(target.kind, target.name));
    }
    let uid = object::uid(new);
    if !uid.is_empty() && uid != object::uid(old) {
        let why = format!(
            "Precondition failed: UID in precondition: {uid}, UID in object meta: {}",
            object::uid(old)
        );
        return Err(Failure::conflict(target.kind, target.name, &why));
    }
    Ok(())
}

/// The managers as the writer left them: it may edit `managedFields`, and an empty entry resets them.
fn submitted_managers(target: &Target<'_>, old: &Value, new: &Value) -> Managers {
    let entries = object::items(&new["metadata"]["managedFields"]);
    let is_reset = entries.iter().any(|entry| entry.as_object().is_some_and(Map::is_empty));
    if is_reset && target.subresource.is_empty() {
        return Managers::default();
    }
    let managers = Managers::read(new);
    if managers.0.is_empty() || !target.subresource.is_empty() {
        Managers::read(old)
    } else {
        managers
    }
}

/// Fields of the metadata that only the server changes.
const FIXED: [&str; 8] = [
    "uid",
    "creationTimestamp",
    "generation",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "resourceVersion",
    "name",
    "namespace",
];

/// Puts back what this way of writing may not change.
fn reconcile_parts(target: &Target<'_>, old: &Value, new: &mut Value) {
    let (source, status) = if target.subresource == "status" {
        let status = new.get("status").cloned();
        let annotations = new["metadata"]["annotations"].clone();
        *new = old.clone();
        // Controllers of built-in kinds write annotations together with the status.
        if !target.kind.is_custom {
            object::set_meta(new, "annotations", annotations);
        }
        (new, status)
    } else {
        for field in FIXED {
            object::set_meta(new, field, old["metadata"][field].clone());
        }
        if !target.version.has_status {
            return;
        }
        (new, old.get("status").cloned())
    };
    let Some(map) = source.as_object_mut() else { return };
    match status {
        Some(status) => map.insert("status".into(), status),
        None => map.remove("status"),
    };
}

/// Counts a new generation when something other than metadata and status changed.
fn count_generation(target: &Target<'_>, old: &Value, new: &mut Value) {
    if !target.kind.has_generation || target.subresource == "status" {
        return;
    }
    let body = |object: &Value| {
        let mut object = object.clone();
        if let Some(map) = object.as_object_mut() {
            map.remove("metadata");
            map.remove("apiVersion");
            if target.version.has_status {
                map.remove("status");
            }
        }
        object
    };
    if body(old) != body(new) {
        object::set_meta(new, "generation", json!(object::generation(old) + 1));
    }
}

/// Stores the new state unless it says the same as the old one.
fn commit(
    world: &World,
    target: &Target<'_>,
    live: &Stored,
    (old, new): (&Value, Value),
    manner: &Manner,
) -> Result<Value, Failure> {
    if is_same(old, &new) {
        return Ok(old.clone());
    }
    if manner.dry_run {
        return Ok(new);
    }
    let key = target.key();
    let new = to_storage(target.kind, new);
    let is_terminating = object::is_terminating(&new);
    let raced = |_| Failure::modified(target.kind, target.name);
    let stored = world.store.commit(&key, live.revision, Some(new)).map_err(raced)?;
    if is_terminating {
        super::remove_if_finished(world, &key);
    }
    if target.kind.resource == crds() {
        world.refresh_kinds();
    }
    Ok(in_version(target.kind, target.version, &stored.value))
}

/// Whether two states differ at most in the times of their managers.
fn is_same(old: &Value, new: &Value) -> bool {
    let without = |object: &Value| {
        let mut object = object.clone();
        object::set_meta(&mut object, "managedFields", Value::Null);
        object
    };
    let sets = |object: &Value| {
        let managers = Managers::read(object).0;
        managers.into_iter().map(|(who, held)| (who, held.set)).collect::<Vec<_>>()
    };
    without(old) == without(new) && sets(old) == sets(new)
}
