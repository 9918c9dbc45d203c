//! Looking into an object's JSON without panicking and without copying.

use manifest::ObjectId;
use serde_json::{Map, Value};

/// One Kubernetes object, or a part of one, as JSON fields.
///
/// A live object is the body that the API server answered; a desired one is
/// [`manifest::Object`]'s `value`.
pub type Fields = Map<String, Value>;

/// Returns the id of an object given as JSON; absent parts are empty strings.
pub fn id_of(object: &Fields) -> ObjectId {
    let (group, _) = group_and_version(text(object, &["apiVersion"]));
    ObjectId {
        group: group.to_owned(),
        kind: text(object, &["kind"]).to_owned(),
        namespace: text(object, &["metadata", "namespace"]).to_owned(),
        name: text(object, &["metadata", "name"]).to_owned(),
    }
}

/// Splits an `apiVersion` into group (empty for core) and version.
pub(crate) fn group_and_version(api_version: &str) -> (&str, &str) {
    api_version.split_once('/').unwrap_or(("", api_version))
}

/// Follows `path` through nested objects.
pub(crate) fn dig<'a>(object: &'a Fields, path: &[&str]) -> Option<&'a Value> {
    let (first, rest) = path.split_first()?;
    let value = object.get(*first)?;
    if rest.is_empty() { Some(value) } else { dig(value.as_object()?, rest) }
}

/// The text at `path`, or the empty string.
pub(crate) fn text<'a>(object: &'a Fields, path: &[&str]) -> &'a str {
    dig(object, path).and_then(Value::as_str).unwrap_or_default()
}

/// The whole number at `path`; a float without fraction counts, as in Kubernetes' JSON.
pub(crate) fn number(object: &Fields, path: &[&str]) -> Option<i64> {
    let value = dig(object, path)?;
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}

/// The fields at `path`, if there is an object.
pub(crate) fn map<'a>(object: &'a Fields, path: &[&str]) -> Option<&'a Fields> {
    dig(object, path)?.as_object()
}

/// The objects listed at `path`; everything else in the list is passed over.
pub(crate) fn list<'a>(
    object: &'a Fields,
    path: &[&str],
) -> impl Iterator<Item = &'a Fields> + use<'a> {
    dig(object, path).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object)
}

/// The value of one label or annotation (`which` is the metadata field's name).
pub(crate) fn metadata<'a>(object: &'a Fields, which: &str, key: &str) -> Option<&'a str> {
    map(object, &["metadata", which])?.get(key)?.as_str()
}

/// The object at `name` inside `object`, created when absent or of another type.
pub(crate) fn child<'a>(object: &'a mut Fields, name: &str) -> &'a mut Fields {
    let slot = object.entry(name).or_insert(Value::Null);
    if !slot.is_object() {
        *slot = Value::Object(Map::new());
    }
    slot.as_object_mut().expect("the slot was made an object")
}
