//! Looking into an object's JSON without panicking.

use cluster::{Fields, ObjectId};
use jiff::Timestamp;
use serde_json::Value;

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

/// The text at `path` when there is one and it is not empty.
pub(crate) fn some_text(object: &Fields, path: &[&str]) -> Option<String> {
    Some(text(object, path)).filter(|text| !text.is_empty()).map(str::to_owned)
}

/// The whole number at `path`.
pub(crate) fn number(object: &Fields, path: &[&str]) -> Option<i64> {
    dig(object, path)?.as_i64()
}

/// Whether the value at `path` is `true`.
pub(crate) fn is_set(object: &Fields, path: &[&str]) -> bool {
    dig(object, path).and_then(Value::as_bool).unwrap_or_default()
}

/// The point in time written at `path`.
pub(crate) fn time(object: &Fields, path: &[&str]) -> Option<Timestamp> {
    text(object, path).parse().ok()
}

/// The objects listed at `path`.
pub(crate) fn list<'a>(
    object: &'a Fields,
    path: &[&str],
) -> impl Iterator<Item = &'a Fields> + use<'a> {
    dig(object, path).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object)
}

/// The object's id.
pub(crate) fn id_of(object: &Fields) -> ObjectId {
    let api_version = text(object, &["apiVersion"]);
    ObjectId {
        group: api_version.split_once('/').map_or("", |(group, _)| group).to_owned(),
        kind: text(object, &["kind"]).to_owned(),
        namespace: text(object, &["metadata", "namespace"]).to_owned(),
        name: text(object, &["metadata", "name"]).to_owned(),
    }
}

/// One entry of `status.conditions`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Condition<'a> {
    pub(crate) kind: &'a str,
    pub(crate) status: &'a str,
    pub(crate) reason: &'a str,
    pub(crate) message: &'a str,
    pub(crate) since: Option<Timestamp>,
    pub(crate) generation: Option<i64>,
}

/// The conditions of an object, in the order written.
pub(crate) fn conditions(object: &Fields) -> impl Iterator<Item = Condition<'_>> {
    list(object, &["status", "conditions"]).map(|condition| Condition {
        kind: text(condition, &["type"]),
        status: text(condition, &["status"]),
        reason: text(condition, &["reason"]),
        message: text(condition, &["message"]),
        since: time(condition, &["lastTransitionTime"]),
        generation: number(condition, &["observedGeneration"]),
    })
}

/// The condition of one type.
pub(crate) fn condition<'a>(object: &'a Fields, kind: &str) -> Option<Condition<'a>> {
    conditions(object).find(|condition| condition.kind == kind)
}

/// Whether a condition is present and `True`.
pub(crate) fn is_true(object: &Fields, kind: &str) -> bool {
    condition(object, kind).is_some_and(|condition| condition.status == "True")
}
