//! Reading and writing the metadata of objects that are plain JSON.

use serde_json::{Map, Value, json};

/// The text at `metadata.<field>`, or `""`.
pub(crate) fn meta<'a>(object: &'a Value, field: &str) -> &'a str {
    object["metadata"][field].as_str().unwrap_or_default()
}

pub(crate) fn name(object: &Value) -> &str {
    meta(object, "name")
}

pub(crate) fn namespace(object: &Value) -> &str {
    meta(object, "namespace")
}

pub(crate) fn uid(object: &Value) -> &str {
    meta(object, "uid")
}

pub(crate) fn generation(object: &Value) -> i64 {
    object["metadata"]["generation"].as_i64().unwrap_or(0)
}

pub(crate) fn is_terminating(object: &Value) -> bool {
    !meta(object, "deletionTimestamp").is_empty()
}

pub(crate) fn finalizers(object: &Value) -> Vec<&str> {
    items(&object["metadata"]["finalizers"]).iter().filter_map(Value::as_str).collect()
}

/// The items of a list, or none when it is not a list.
pub(crate) fn items(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

pub(crate) fn annotation<'a>(object: &'a Value, key: &str) -> Option<&'a str> {
    object["metadata"]["annotations"][key].as_str()
}

/// The metadata, created when missing.
pub(crate) fn meta_mut(object: &mut Value) -> &mut Map<String, Value> {
    child(object, "metadata")
}

/// The object at `field`, created (or replaced, when it is not an object) when missing.
pub(crate) fn child<'a>(object: &'a mut Value, field: &str) -> &'a mut Map<String, Value> {
    if !object.is_object() {
        *object = json!({});
    }
    let map = object.as_object_mut().expect("it was just made an object");
    let entry = map.entry(field).or_insert_with(|| json!({}));
    if !entry.is_object() {
        *entry = json!({});
    }
    entry.as_object_mut().expect("it was just made an object")
}

/// Sets `metadata.<field>`, or removes it when `value` is null.
pub(crate) fn set_meta(object: &mut Value, field: &str, value: Value) {
    let map = meta_mut(object);
    if value.is_null() {
        map.remove(field);
    } else {
        map.insert(field.into(), value);
    }
}

/// Sets `field` of `object` unless it is there already.
pub(crate) fn default(object: &mut Map<String, Value>, field: &str, value: Value) {
    match object.get(field) {
        None | Some(Value::Null) => {
            object.insert(field.into(), value);
        }
        Some(_) => {}
    }
}

/// The owner reference with `controller: true`.
pub(crate) fn controller_of(object: &Value) -> Option<&Value> {
    items(&object["metadata"]["ownerReferences"]).iter().find(|r| r["controller"] == true)
}

/// The value at a dotted path of plain field names.
pub(crate) fn at<'a>(object: &'a Value, path: &str) -> &'a Value {
    path.split('.').filter(|s| !s.is_empty()).fold(object, |value, field| &value[field])
}

/// Whether two lists of names hold the pair as label key and value.
pub(crate) fn label<'a>(object: &'a Value, key: &str) -> Option<&'a str> {
    object["metadata"]["labels"][key].as_str()
}
