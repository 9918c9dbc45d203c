//! Who owns whom, by uid.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::Key;
use crate::object;

/// Dependents by their owners' uids, and all uids that exist.
#[derive(Debug, Default)]
pub(crate) struct Owners {
    dependents: BTreeMap<String, BTreeSet<Key>>,
    uids: BTreeMap<String, Key>,
}

impl Owners {
    /// Replaces what is known of one object.
    pub(crate) fn update(&mut self, key: &Key, old: Option<&Value>, new: Option<&Value>) {
        for owner in old.into_iter().flat_map(owner_uids) {
            if let Some(keys) = self.dependents.get_mut(owner) {
                keys.remove(key);
                if keys.is_empty() {
                    self.dependents.remove(owner);
                }
            }
        }
        if let Some(old) = old {
            self.uids.remove(object::uid(old));
        }
        if let Some(new) = new {
            self.uids.insert(object::uid(new).to_owned(), key.clone());
            for owner in owner_uids(new) {
                self.dependents.entry(owner.to_owned()).or_default().insert(key.clone());
            }
        }
    }

    pub(crate) fn of(&self, uid: &str) -> Vec<Key> {
        self.dependents.get(uid).into_iter().flatten().cloned().collect()
    }

    pub(crate) fn exists(&self, uid: &str) -> bool {
        self.uids.contains_key(uid)
    }

    /// Where the owners of an object are.
    pub(crate) fn owners(&self, object: &Value) -> Vec<Key> {
        owner_uids(object).filter_map(|uid| self.uids.get(uid).cloned()).collect()
    }
}

fn owner_uids(object: &Value) -> impl Iterator<Item = &str> {
    object::items(&object["metadata"]["ownerReferences"]).iter().filter_map(|r| r["uid"].as_str())
}
