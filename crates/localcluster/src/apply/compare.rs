//! What differs between two objects, as sets of paths.

use std::collections::BTreeSet;

use serde_json::Value;

use super::fields::{Set, Step, View, field_schema, step_of, view};
use crate::schema::Schema;

/// The paths that were added, changed and removed.
#[derive(Debug, Default)]
pub(crate) struct Comparison {
    pub(crate) added: Set,
    pub(crate) modified: Set,
    pub(crate) removed: Set,
}

impl Comparison {
    pub(crate) fn is_same(&self) -> bool {
        self.added.is_empty() && self.modified.is_empty() && self.removed.is_empty()
    }

    /// Leaves out `fields` and all below them.
    pub(crate) fn without(&self, fields: &Set) -> Self {
        Self {
            added: self.added.recursive_difference(fields),
            modified: self.modified.recursive_difference(fields),
            removed: self.removed.recursive_difference(fields),
        }
    }
}

/// Compares `old` with `new`.
pub(crate) fn compare(old: &Value, new: &Value, schema: &Schema) -> Comparison {
    let mut comparison = Comparison::default();
    both(old, new, schema, &mut Vec::new(), &mut comparison);
    comparison
}

fn both(old: &Value, new: &Value, schema: &Schema, path: &mut Vec<Step>, out: &mut Comparison) {
    match (view(old, schema), view(new, schema)) {
        (View::Map(before), View::Map(after)) => {
            let keys: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
            for key in keys {
                path.push(Step::Field(key.clone()));
                either(before.get(key), after.get(key), field_schema(schema, key), path, out);
                path.pop();
            }
        }
        (View::List(before, list), View::List(after, _)) => {
            let find = |items: &[Value], step: &Step| -> Option<Value> {
                items.iter().find(|item| step_of(item, list) == *step).cloned()
            };
            let steps: BTreeSet<Step> =
                before.iter().chain(after).map(|item| step_of(item, list)).collect();
            for step in steps {
                let (old, new) = (find(before, &step), find(after, &step));
                path.push(step);
                either(old.as_ref(), new.as_ref(), &list.items, path, out);
                path.pop();
            }
        }
        (View::Absent, View::Absent) => {}
        (View::Absent, _) => below(new, schema, path, &mut out.added),
        (_, View::Absent) => below(old, schema, path, &mut out.removed),
        _ if old != new => out.modified.insert(path),
        _ => {}
    }
}

fn either(
    old: Option<&Value>,
    new: Option<&Value>,
    schema: &Schema,
    path: &mut Vec<Step>,
    out: &mut Comparison,
) {
    match (old, new) {
        (Some(old), Some(new)) => both(old, new, schema, path, out),
        (None, Some(new)) => whole(new, schema, path, &mut out.added),
        (Some(old), None) => whole(old, schema, path, &mut out.removed),
        (None, None) => {}
    }
}

/// The path itself and all below it.
fn whole(value: &Value, schema: &Schema, path: &mut Vec<Step>, set: &mut Set) {
    set.insert(path);
    below(value, schema, path, set);
}

fn below(value: &Value, schema: &Schema, path: &mut Vec<Step>, set: &mut Set) {
    match view(value, schema) {
        View::Map(map) => {
            for (key, value) in map {
                path.push(Step::Field(key.clone()));
                whole(value, field_schema(schema, key), path, set);
                path.pop();
            }
        }
        View::List(items, list) => {
            for item in items {
                path.push(step_of(item, list));
                whole(item, &list.items, path, set);
                path.pop();
            }
        }
        View::Leaf => set.insert(path),
        View::Absent => {}
    }
}
