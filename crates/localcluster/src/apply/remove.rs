//! Fields taken out of an object.

use serde_json::{Map, Value};

use super::fields::{Set, Step, View, field_schema, step_of, view};
use crate::schema::Schema;

/// `value` without the fields and items in `set`; containers that become empty stay.
pub(crate) fn remove(value: &Value, set: &Set, schema: &Schema) -> Value {
    match view(value, schema) {
        View::Map(map) => {
            let mut kept = Map::new();
            for (key, below) in map {
                let step = Step::Field(key.clone());
                if set.members.contains(&step) {
                    continue;
                }
                let below = match set.children.get(&step) {
                    Some(inner) => remove(below, inner, field_schema(schema, key)),
                    None => below.clone(),
                };
                kept.insert(key.clone(), below);
            }
            Value::Object(kept)
        }
        View::List(items, list) => {
            let kept = items.iter().filter_map(|item| {
                let step = step_of(item, list);
                if set.members.contains(&step) {
                    return None;
                }
                Some(match set.children.get(&step) {
                    Some(inner) => remove(item, inner, &list.items),
                    None => item.clone(),
                })
            });
            Value::Array(kept.collect())
        }
        View::Leaf | View::Absent => value.clone(),
    }
}
