//! The applied configuration laid over the live object.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::fields::{Step, View, field_schema, step_of, view};
use crate::schema::{List, Schema};

/// Merges `config` into `live`: what `config` sets wins, all else stays.
pub(crate) fn merge(live: &Value, config: &Value, schema: &Schema) -> Value {
    match (view(live, schema), view(config, schema)) {
        (View::Map(old), View::Map(new)) => {
            let mut merged = old.clone();
            for (key, value) in new {
                let field = field_schema(schema, key);
                let value = match old.get(key) {
                    Some(before) => merge(before, value, field),
                    None => clean(value, field),
                };
                merged.insert(key.clone(), value);
            }
            Value::Object(merged)
        }
        (View::List(old, list), View::List(new, _)) => Value::Array(merge_lists(old, new, list)),
        _ => clean(config, schema),
    }
}

/// A value as it is added: nothing to merge with.
fn clean(value: &Value, schema: &Schema) -> Value {
    match view(value, schema) {
        View::Map(map) => Value::Object(
            map.iter()
                .map(|(key, value)| (key.clone(), clean(value, field_schema(schema, key))))
                .collect::<Map<_, _>>(),
        ),
        _ => value.clone(),
    }
}

/// Keeps the order of the applied list and puts items that only the live one has where they were
/// relative to their neighbors.
fn merge_lists(old: &[Value], new: &[Value], list: &List) -> Vec<Value> {
    let old_steps: Vec<Step> = old.iter().map(|item| step_of(item, list)).collect();
    let new_steps: Vec<Step> = new.iter().map(|item| step_of(item, list)).collect();
    let by_step: BTreeMap<&Step, &Value> = old_steps.iter().zip(old).collect();
    let mut merged = Vec::with_capacity(old.len().max(new.len()));
    let (mut left, mut right) = (0, 0);
    while left < old.len() || right < new.len() {
        if left < old.len() {
            let is_same = new_steps.get(right) == Some(&old_steps[left]);
            let later = new_steps.iter().position(|step| *step == old_steps[left]);
            match later {
                None => {
                    merged.push(old[left].clone());
                    left += 1;
                    continue;
                }
                Some(position) if position < right => {
                    left += 1;
                    continue;
                }
                Some(_) if is_same => left += 1,
                Some(_) => {}
            }
        }
        if right < new.len() {
            let item = match by_step.get(&new_steps[right]) {
                Some(before) => merge(before, &new[right], &list.items),
                None => new[right].clone(),
            };
            merged.push(item);
            right += 1;
        }
    }
    merged
}
