//! Compares two JSON values and names every place where they differ.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value;

/// One field before and after.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FieldChange {
    /// As `spec.template.spec.containers[app].image`; list items that have names go by them.
    pub path: String,
    /// The value before; absent when the field is new.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Value>,
    /// The value after; absent when the field goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Value>,
}

/// Every difference of two values, in the order of the keys.
pub(super) fn changes(before: &Value, after: &Value) -> Vec<FieldChange> {
    let mut found = Vec::new();
    compare("", Some(before), Some(after), &mut found);
    found
}

fn compare(
    path: &str,
    before: Option<&Value>,
    after: Option<&Value>,
    found: &mut Vec<FieldChange>,
) {
    match (before, after) {
        (Some(before), Some(after)) if before == after => {}
        (Some(Value::Object(before)), Some(Value::Object(after))) => {
            let keys: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
            for key in keys {
                compare(&join(path, key), before.get(key), after.get(key), found);
            }
        }
        (Some(Value::Array(before)), Some(Value::Array(after))) => {
            match (Named::new(before), Named::new(after)) {
                (Some(before), Some(after)) => named(path, &before, &after, found),
                _ => indexed(path, before, after, found),
            }
        }
        (before, after) => found.push(FieldChange {
            path: path.to_owned(),
            before: before.cloned(),
            after: after.cloned(),
        }),
    }
}

/// A list whose items all have their own `name`.
struct Named<'a> {
    order: Vec<&'a str>,
    items: BTreeMap<&'a str, &'a Value>,
}

impl<'a> Named<'a> {
    fn new(list: &'a [Value]) -> Option<Self> {
        let mut named = Self { order: Vec::new(), items: BTreeMap::new() };
        for item in list {
            let name = item.get("name")?.as_str()?;
            named.order.push(name);
            if named.items.insert(name, item).is_some() {
                return None;
            }
        }
        Some(named)
    }

    fn order(&self) -> Value {
        self.order.iter().copied().collect()
    }
}

fn named(path: &str, before: &Named<'_>, after: &Named<'_>, found: &mut Vec<FieldChange>) {
    let count = found.len();
    let gone = before.order.iter().filter(|name| !after.items.contains_key(*name));
    for name in after.order.iter().chain(gone) {
        let (old, new) = (before.items.get(name), after.items.get(name));
        compare(&format!("{path}[{name}]"), old.copied(), new.copied(), found);
    }
    if found.len() == count {
        // The same items in another order: the order is the change.
        let (before, after) = (Some(before.order()), Some(after.order()));
        found.push(FieldChange { path: path.to_owned(), before, after });
    }
}

fn indexed(path: &str, before: &[Value], after: &[Value], found: &mut Vec<FieldChange>) {
    for index in 0..before.len().max(after.len()) {
        compare(&format!("{path}[{index}]"), before.get(index), after.get(index), found);
    }
}

fn join(path: &str, key: &str) -> String {
    if key.contains(['.', '/', '[', ']', ' ']) || key.is_empty() {
        format!("{path}[{key:?}]")
    } else if path.is_empty() {
        key.to_owned()
    } else {
        format!("{path}.{key}")
    }
}
