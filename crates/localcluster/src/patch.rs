//! The three kinds of patch that are not server-side apply.

mod strategic;

use serde_json::{Map, Value};

use crate::schema::Schema;
use crate::status::Failure;

/// How a PATCH body changes an object.
#[derive(Debug, Clone)]
pub(crate) enum Patch {
    /// RFC 6902.
    Json(json_patch::Patch),
    /// RFC 7386.
    Merge(Value),
    /// Kubernetes' strategic merge patch; lists merge by key where the schema says so.
    Strategic(Value),
}

/// The object that `patch` makes of `object`.
pub(crate) fn patched(object: &Value, patch: &Patch, schema: &Schema) -> Result<Value, Failure> {
    let mut object = object.clone();
    match patch {
        Patch::Json(operations) => {
            json_patch::patch(&mut object, operations).map_err(|_| {
                Failure::new(
                    http::StatusCode::UNPROCESSABLE_ENTITY,
                    "Invalid",
                    "the server rejected our request due to an error in our request",
                )
            })?;
        }
        Patch::Merge(patch) => merge(&mut object, patch),
        Patch::Strategic(patch) => {
            let (Some(target), Some(patch)) = (object.as_object_mut(), patch.as_object()) else {
                return Err(Failure::bad_request("a strategic merge patch must be an object"));
            };
            strategic::merge(target, patch, schema)?;
        }
    }
    Ok(object)
}

/// Merges as RFC 7386 says: null removes, objects merge, everything else replaces.
fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Value::Object(map) = target else { return };
    for (key, value) in patch {
        if value.is_null() {
            map.remove(key);
        } else {
            merge(map.entry(key.clone()).or_insert(Value::Null), value);
        }
    }
}
