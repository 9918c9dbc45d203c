//! The steps that creations and updates share.

use serde_json::{Value, json};

use super::Target;
use crate::apply::fields::{Set, Step};
use crate::apply::managers::Who;
use crate::apply::update::Writer;
use crate::apply::{Managers, update};
use crate::kinds::{Kind, Version, type_of};
use crate::object;
use crate::schema::decode::{self, Notes};
use crate::schema::validate;
use crate::status::Failure;
use crate::{check, defaults};

/// What happens to fields that the schema does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Strictness {
    Ignore,
    Warn,
    Strict,
}

/// Gives an object of a built-in kind its type when it has none, as typed decoding does.
pub(crate) fn fill_type(target: &Target<'_>, object: &mut Value) {
    if target.kind.is_custom || !object.is_object() {
        return;
    }
    for (field, value) in [("apiVersion", target.api_version()), ("kind", target.kind.kind.clone())]
    {
        if object[field].as_str().unwrap_or_default().is_empty() {
            object[field] = json!(value);
        }
    }
}

/// Refuses an object of another kind than the path names.
pub(crate) fn check_type(target: &Target<'_>, object: &Value) -> Result<(), Failure> {
    if !object.is_object() {
        return Err(Failure::bad_request("the request's body is not a JSON object"));
    }
    let (group, version, kind) = type_of(object);
    if kind.is_empty() {
        return Err(Failure::bad_request("Object 'Kind' is missing in the request's body"));
    }
    let fits =
        group == target.kind.group && version == target.version.name && kind == target.kind.kind;
    if fits {
        return Ok(());
    }
    if !target.kind.is_custom && kind != target.kind.kind {
        let expected = &target.kind.kind;
        return Err(Failure::bad_request(format!(
            "{kind} in version {version:?} cannot be handled as a {expected}: converting ({version}.{kind}) to ({}.{expected}): unknown conversion",
            if target.kind.group.is_empty() { "core" } else { &target.kind.group },
        )));
    }
    Err(Failure::bad_request(format!(
        "the API version in the data ({}, Kind={kind}) does not match the expected API version ({}, Kind={})",
        object["apiVersion"].as_str().unwrap_or_default(),
        target.api_version(),
        target.kind.kind,
    )))
}

/// Refuses names that do not fit the path.
pub(crate) fn check_place(target: &Target<'_>, object: &mut Value) -> Result<(), Failure> {
    let name = object::name(object).to_owned();
    if !name.is_empty() && !target.name.is_empty() && name != target.name {
        return Err(Failure::bad_request(format!(
            "the name of the object ({name}) does not match the name on the URL ({})",
            target.name
        )));
    }
    let namespace = object::namespace(object).to_owned();
    if !namespace.is_empty() && namespace != target.namespace {
        return Err(Failure::bad_request(
            "the namespace of the provided object does not match the namespace sent on the request",
        ));
    }
    if name.is_empty() && !target.name.is_empty() {
        object::set_meta(object, "name", json!(target.name));
    }
    let namespace = if target.namespace.is_empty() { Value::Null } else { json!(target.namespace) };
    object::set_meta(object, "namespace", namespace);
    Ok(())
}

/// Decodes `object` in place; returns the warnings.
pub(crate) fn decode(
    target: &Target<'_>,
    object: &mut Value,
    strictness: Strictness,
) -> Result<Vec<String>, Failure> {
    let schema = &target.version.schema;
    let notes = if target.kind.is_custom {
        decode::custom(object, schema)
    } else {
        decode::builtin(object, schema)
    };
    refuse_mistyped(target, &notes)?;
    let unknown: Vec<String> =
        notes.unknown.iter().map(|path| format!("unknown field {path:?}")).collect();
    match strictness {
        Strictness::Ignore => Ok(Vec::new()),
        Strictness::Warn => Ok(unknown),
        Strictness::Strict if unknown.is_empty() => Ok(Vec::new()),
        Strictness::Strict => Err(Failure::bad_request(format!(
            "{} in version {:?} cannot be handled as a {}: strict decoding error: {}",
            target.kind.kind,
            target.version.name,
            target.kind.kind,
            unknown.join(", ")
        ))),
    }
}

pub(crate) fn refuse_mistyped(target: &Target<'_>, notes: &Notes) -> Result<(), Failure> {
    let Some(found) = &notes.mistyped else { return Ok(()) };
    let kind = &target.kind.kind;
    let of = if found.of.is_empty() { kind } else { &found.of };
    Err(Failure::bad_request(format!(
        "{kind} in version {:?} cannot be handled as a {kind}: json: cannot unmarshal {} into Go struct field {of}.{} of type {}",
        target.version.name,
        found.was,
        without_indexes(&found.path),
        found.wanted,
    )))
}

/// A path as Go's JSON decoder names it: `spec.containers.name`.
fn without_indexes(path: &str) -> String {
    let mut depth = 0_u32;
    let keep = |c: &char| {
        match c {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            _ => return depth == 0,
        }
        false
    };
    path.chars().filter(keep).collect()
}

/// Writes defaults and judges the result.
pub(crate) fn finish(
    target: &Target<'_>,
    object: &mut Value,
    old: Option<&Value>,
) -> Result<(), Failure> {
    if target.kind.is_custom {
        validate::add_defaults(object, &target.version.schema);
    } else {
        defaults::add(target.kind, object, old);
    }
    let mut causes = check::metadata(target.kind, object, old);
    if target.kind.is_custom {
        causes.extend(validate::validate(object, &target.version.schema));
    } else {
        causes.extend(check::builtin(target.kind, object, old));
    }
    if causes.is_empty() {
        Ok(())
    } else {
        Err(Failure::invalid(target.kind, object::name(object), &causes))
    }
}

/// Writes what the server gives and nobody owns.
pub(crate) fn assign(target: &Target<'_>, object: &mut Value) {
    if !target.kind.is_custom {
        defaults::assign(target.kind, object);
    }
}

/// Who writes to `target`, and which part of the object that way of writing cannot reach.
pub(crate) fn writer<'a>(
    target: &Target<'_>,
    manager: &str,
    is_update: bool,
    api_version: &'a str,
    time: &'a str,
) -> Writer<'a> {
    let mut ignored = Set::default();
    if target.subresource == "status" {
        ignored.insert(&[Step::Field("spec".into())]);
        if target.kind.is_custom {
            ignored.insert(&[Step::Field("metadata".into())]);
        }
    } else if target.version.has_status {
        ignored.insert(&[Step::Field("status".into())]);
    }
    let who = Who::new(manager, is_update, api_version, target.subresource);
    Writer { who, api_version, time, ignored }
}

/// Records an ordinary write in the object's `managedFields`.
pub(crate) fn record_update(
    target: &Target<'_>,
    managers: &mut Managers,
    old: &Value,
    new: &mut Value,
    (manager, time): (&str, &str),
) {
    let api_version = target.api_version();
    let writer = writer(target, manager, true, &api_version, time);
    update::update(managers, old, new, &target.version.schema, &writer);
    managers.write(new);
}

/// A stored object as one of its kind's versions shows it.
pub(crate) fn in_version(kind: &Kind, version: &Version, object: &Value) -> Value {
    if kind.group == "events.k8s.io" {
        return crate::event::to_new(object);
    }
    let mut object = object.clone();
    let api_version = kind.api_version(&version.name);
    if object["apiVersion"] != api_version.as_str() {
        object["apiVersion"] = json!(api_version);
    }
    object
}

/// An object of a version as it is stored.
pub(crate) fn to_storage(kind: &Kind, mut object: Value) -> Value {
    if kind.group == "events.k8s.io" {
        return crate::event::to_core(&object);
    }
    object["apiVersion"] = json!(kind.api_version(&kind.storage_version().name));
    object
}
