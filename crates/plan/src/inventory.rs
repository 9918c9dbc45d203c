//! What a Kustomization has applied, as its status remembers it.

use std::collections::BTreeMap;

use manifest::{Object, ObjectId};

use crate::error::Error;
use crate::order::delete_order;

/// The objects of one delivery: id to API version (`v1`, without the group).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inventory {
    entries: BTreeMap<ObjectId, String>,
}

impl Inventory {
    /// Collects the inventory of these objects.
    pub fn of<'a>(objects: impl IntoIterator<Item = &'a Object>) -> Self {
        objects.into_iter().map(|object| (object.id(), object.version().to_owned())).collect()
    }

    /// Reads `status.inventory.entries` given as `(id, v)` pairs.
    ///
    /// # Errors
    ///
    /// [`Error::InventoryId`] for the first id that cannot be read.
    pub fn parse<'a>(entries: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, Error> {
        entries
            .into_iter()
            .map(|(id, version)| Ok((parse_inventory_id(id)?, version.to_owned())))
            .collect()
    }

    /// Returns `(id, v)` pairs as `status.inventory.entries` holds them, sorted by id text.
    pub fn to_entries(&self) -> Vec<(String, String)> {
        let mut entries: Vec<_> =
            self.entries.iter().map(|(id, version)| (inventory_id(id), version.clone())).collect();
        entries.sort();
        entries
    }

    /// Iterates over ids and API versions.
    pub fn iter(&self) -> impl Iterator<Item = (&ObjectId, &str)> {
        self.entries.iter().map(|(id, version)| (id, version.as_str()))
    }

    /// Adds an object, or updates its version.
    pub fn insert(&mut self, id: ObjectId, version: impl Into<String>) {
        self.entries.insert(id, version.into());
    }

    /// Tells whether the object is listed, whatever its version.
    pub fn contains(&self, id: &ObjectId) -> bool {
        self.entries.contains_key(id)
    }

    /// Counts the objects.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Tells whether nothing is listed.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Returns what this inventory has and `newer` has not, in the order to delete it.
    ///
    /// An object that only changed its API version is the same object and not stale.
    pub fn stale(&self, newer: &Self) -> Vec<(ObjectId, String)> {
        let mut gone: Vec<ObjectId> =
            self.entries.keys().filter(|id| !newer.contains(id)).cloned().collect();
        delete_order(&mut gone);
        gone.into_iter().map(|id| (id.clone(), self.entries[&id].clone())).collect()
    }
}

impl FromIterator<(ObjectId, String)> for Inventory {
    fn from_iter<I: IntoIterator<Item = (ObjectId, String)>>(entries: I) -> Self {
        Self { entries: entries.into_iter().collect() }
    }
}

/// Writes an object's inventory id, `<namespace>_<name>_<group>_<kind>`.
///
/// Namespace and group may be empty; `:` in a name (RBAC) becomes `__`.
///
/// # Source
///
/// facts/flux.md §4.7.
pub fn inventory_id(id: &ObjectId) -> String {
    format!("{}_{}_{}_{}", id.namespace, id.name.replace(':', "__"), id.group, id.kind)
}

/// Reads an inventory id.
///
/// # Errors
///
/// [`Error::InventoryId`] when it has not four parts or the name holds a lone `_`.
pub fn parse_inventory_id(text: &str) -> Result<ObjectId, Error> {
    let parts = || {
        let (namespace, rest) = text.split_once('_')?;
        let (rest, kind) = rest.rsplit_once('_')?;
        let (name, group) = rest.rsplit_once('_')?;
        Some((namespace, name.replace("__", ":"), group, kind))
    };
    match parts() {
        Some((namespace, name, group, kind))
            if !name.is_empty() && !kind.is_empty() && !name.contains('_') =>
        {
            Ok(ObjectId {
                group: group.to_owned(),
                kind: kind.to_owned(),
                namespace: namespace.to_owned(),
                name,
            })
        }
        _ => Err(Error::InventoryId { id: text.to_owned() }),
    }
}

#[cfg(test)]
mod tests;
