//! The `managedFields` of an object: each manager with its set of fields.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::fields::Set;
use crate::object;

/// How many managers may hold `Update` entries before the oldest are joined into one.
const MAX_UPDATE_MANAGERS: usize = 10;

/// One manager, as the entries of `managedFields` tell them apart.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Who {
    /// `false` sorts first: `Apply` entries come before `Update` entries.
    pub(crate) is_update: bool,
    pub(crate) manager: String,
    /// Appliers are one manager whatever version they apply.
    pub(crate) api_version: String,
    pub(crate) subresource: String,
}

impl Who {
    pub(crate) fn new(
        manager: &str,
        is_update: bool,
        api_version: &str,
        subresource: &str,
    ) -> Self {
        Self {
            is_update,
            manager: manager.into(),
            api_version: if is_update { api_version.into() } else { String::new() },
            subresource: subresource.into(),
        }
    }
}

/// What one manager holds, since when, and in which version it said so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) set: Set,
    pub(crate) time: String,
    pub(crate) api_version: String,
}

/// All managers of an object.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Managers(pub(crate) BTreeMap<Who, Held>);

impl Managers {
    /// Reads the `managedFields` of an object.
    pub(crate) fn read(value: &Value) -> Self {
        let mut managers = BTreeMap::new();
        for entry in object::items(&value["metadata"]["managedFields"]) {
            let text = |field: &str| entry[field].as_str().unwrap_or_default();
            if text("operation").is_empty() {
                continue;
            }
            let who = Who::new(
                text("manager"),
                text("operation") == "Update",
                text("apiVersion"),
                text("subresource"),
            );
            let set = Set::from_json(&entry["fieldsV1"]);
            let held =
                Held { set, time: text("time").into(), api_version: text("apiVersion").into() };
            managers
                .entry(who)
                .and_modify(|known: &mut Held| known.set = known.set.union(&held.set))
                .or_insert(held);
        }
        Self(managers)
    }

    /// Writes the `managedFields` of an object.
    pub(crate) fn write(&self, value: &mut Value) {
        let mut entries: Vec<(&Who, &Held)> = self.0.iter().collect();
        entries.sort_by(|(a, x), (b, y)| {
            (a.is_update, &x.time, &a.manager, &x.api_version, &a.subresource).cmp(&(
                b.is_update,
                &y.time,
                &b.manager,
                &y.api_version,
                &b.subresource,
            ))
        });
        let list: Vec<Value> = entries.into_iter().map(|(who, held)| entry(who, held)).collect();
        let list = if list.is_empty() { Value::Null } else { Value::Array(list) };
        object::set_meta(value, "managedFields", list);
    }

    /// All fields that anybody holds.
    pub(crate) fn union(&self) -> Set {
        self.0.values().fold(Set::default(), |all, held| all.union(&held.set))
    }

    pub(crate) fn drop_empty(&mut self) {
        self.0.retain(|_, held| !held.set.is_empty());
    }

    /// Joins the oldest `Update` entries when there are too many.
    pub(crate) fn cap(&mut self) {
        let mut updates: Vec<(String, Who)> = self
            .0
            .iter()
            .filter(|(who, _)| who.is_update && who.subresource.is_empty())
            .map(|(who, held)| (held.time.clone(), who.clone()))
            .collect();
        if updates.len() <= MAX_UPDATE_MANAGERS {
            return;
        }
        updates.sort();
        let excess = updates.len() - MAX_UPDATE_MANAGERS;
        for (_, who) in updates.into_iter().take(excess + 1) {
            let Some(held) = self.0.remove(&who) else { continue };
            let ancient = Who::new("ancient-changes", true, &held.api_version, "");
            self.0
                .entry(ancient)
                .and_modify(|known| {
                    known.set = known.set.union(&held.set);
                    known.time.clone_from(&held.time);
                })
                .or_insert(held);
        }
    }
}

fn entry(who: &Who, held: &Held) -> Value {
    let mut entry = json!({
        "manager": who.manager,
        "operation": if who.is_update { "Update" } else { "Apply" },
        "apiVersion": held.api_version,
        "fieldsType": "FieldsV1",
        "fieldsV1": held.set.to_json(),
    });
    if !held.time.is_empty() {
        entry["time"] = json!(held.time);
    }
    if !who.subresource.is_empty() {
        entry["subresource"] = json!(who.subresource);
    }
    entry
}
