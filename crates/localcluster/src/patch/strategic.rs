//! Strategic merge patches with their directives.
//!
//! # Source
//!
//! `k8s.io/apimachinery/pkg/util/strategicpatch`: `$patch`, `$retainKeys`, `$setElementOrder/…`,
//! `$deleteFromPrimitiveList/…`.

use serde_json::{Map, Value};

use crate::object::items;
use crate::schema::{PatchMerge, Schema, Shape};
use crate::status::Failure;

const DELETE_FROM: &str = "$deleteFromPrimitiveList/";
const ORDER_OF: &str = "$setElementOrder/";

/// Merges `patch` into `target`.
pub(crate) fn merge(
    target: &mut Map<String, Value>,
    patch: &Map<String, Value>,
    schema: &Schema,
) -> Result<(), Failure> {
    match patch.get("$patch").and_then(Value::as_str) {
        Some("replace") => {
            target.clear();
            target.extend(patch.iter().filter(|(k, _)| *k != "$patch").map(pair));
            return Ok(());
        }
        Some("delete") => {
            target.clear();
            return Ok(());
        }
        Some("merge") | None => {}
        Some(other) => {
            return Err(Failure::bad_request(format!("unknown $patch directive {other:?}")));
        }
    }
    if let Some(keys) = patch.get("$retainKeys") {
        target.retain(|key, _| items(keys).iter().any(|k| k == key));
    }
    for (key, value) in patch {
        if let Some(field) = key.strip_prefix(DELETE_FROM) {
            if let Some(list) = target.get_mut(field).and_then(Value::as_array_mut) {
                list.retain(|item| !items(value).contains(item));
            }
        } else if !key.starts_with('$') {
            merge_field(target, key, value, schema)?;
        }
    }
    for (key, order) in patch {
        if let Some(field) = key.strip_prefix(ORDER_OF)
            && let Some(list) = target.get_mut(field).and_then(Value::as_array_mut)
        {
            let merge_key = schema.field(field).and_then(|f| f.patch.clone()).and_then(|p| p.key);
            let patched = patch.get(field).map_or(&[][..], items);
            reorder(list, items(order), patched, merge_key.as_deref());
        }
    }
    Ok(())
}

fn pair((key, value): (&String, &Value)) -> (String, Value) {
    (key.clone(), value.clone())
}

fn merge_field(
    target: &mut Map<String, Value>,
    key: &str,
    value: &Value,
    schema: &Schema,
) -> Result<(), Failure> {
    let field = schema.field(key);
    match value {
        Value::Null => {
            target.remove(key);
        }
        Value::Object(patch) => {
            let entry = target.entry(key).or_insert_with(|| Value::Object(Map::new()));
            if !entry.is_object() {
                *entry = Value::Object(Map::new());
            }
            let below = entry.as_object_mut().expect("it was just made an object");
            let anything = Schema::of(Shape::Anything { atomic: false });
            merge(below, patch, field.map_or(&anything, |f| f))?;
        }
        Value::Array(patch) => {
            let rule = field.and_then(|f| f.patch.as_ref()).filter(|p| p.merge);
            match (rule, target.get_mut(key).and_then(Value::as_array_mut)) {
                (Some(rule), Some(list)) => merge_list(list, patch, rule, field)?,
                (Some(rule), None) => {
                    let mut list = Vec::new();
                    merge_list(&mut list, patch, rule, field)?;
                    target.insert(key.into(), Value::Array(list));
                }
                (None, _) => {
                    target.insert(key.into(), value.clone());
                }
            }
        }
        plain => {
            target.insert(key.into(), plain.clone());
        }
    }
    Ok(())
}

fn merge_list(
    list: &mut Vec<Value>,
    patch: &[Value],
    rule: &PatchMerge,
    field: Option<&std::sync::Arc<Schema>>,
) -> Result<(), Failure> {
    if patch.iter().any(|item| item["$patch"] == "replace") {
        list.clear();
        list.extend(patch.iter().filter(|item| item.get("$patch").is_none()).cloned());
        return Ok(());
    }
    let Some(key) = &rule.key else {
        for item in patch {
            if !list.contains(item) {
                list.push(item.clone());
            }
        }
        return Ok(());
    };
    let anything = Schema::of(Shape::Anything { atomic: false });
    let inner = match field.map(|f| &f.shape) {
        Some(Shape::List(list)) => &list.items,
        _ => &std::sync::Arc::new(anything),
    };
    for item in patch {
        let Some(changes) = item.as_object() else {
            return Err(Failure::bad_request("a list merged by key holds objects"));
        };
        let Some(wanted) = changes.get(key) else {
            return Err(Failure::bad_request(format!(
                "map: {item} does not contain declared merge key: {key}"
            )));
        };
        let found = list.iter().position(|have| have.get(key) == Some(wanted));
        if item["$patch"] == "delete" {
            list.retain(|have| have.get(key) != Some(wanted));
        } else if let Some(have) = found.and_then(|at| list[at].as_object_mut()) {
            merge(have, changes, inner)?;
        } else {
            let mut fresh = Map::new();
            merge(&mut fresh, changes, inner)?;
            list.push(Value::Object(fresh));
        }
    }
    Ok(())
}

/// Puts the items that `order` names in that order; items only the server has keep their places
/// relative to the ones before them.
fn reorder(list: &mut Vec<Value>, order: &[Value], patched: &[Value], key: Option<&str>) {
    let identity = |item: &Value| key.map_or_else(|| item.clone(), |key| item[key].clone());
    let position = |item: &Value| order.iter().position(|o| identity(o) == identity(item));
    let is_known = |item: &Value| {
        position(item).is_some() || patched.iter().any(|p| identity(p) == identity(item))
    };
    let mut ordered: Vec<Value> = list.iter().filter(|item| is_known(item)).cloned().collect();
    ordered.sort_by_key(|item| position(item).unwrap_or(usize::MAX));
    let mut known = ordered.into_iter();
    let mut result = Vec::with_capacity(list.len());
    for item in list.iter() {
        if is_known(item) {
            result.extend(known.next());
        } else {
            result.push(item.clone());
        }
    }
    *list = result;
}
