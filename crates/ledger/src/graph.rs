//! Entries in the order of their parents. Pure.

use std::collections::{BTreeMap, BTreeSet};

use ulid::Ulid;

use crate::Entry;

/// Entries newest first, with what the links say about them.
#[derive(Debug, Default)]
pub(crate) struct Ordered {
    /// Every child before its parents; where the links leave it open, the newer first.
    pub(crate) entries: Vec<Entry>,
    /// The records that no other record names as its parent, newest first.
    pub(crate) heads: Vec<String>,
    /// Parents that are named and not there.
    pub(crate) missing: BTreeSet<String>,
}

/// Orders entries by their links.
pub(crate) fn order(entries: Vec<Entry>) -> Ordered {
    let mut children: BTreeMap<String, usize> = BTreeMap::new();
    for parent in entries.iter().flat_map(|entry| &entry.parents) {
        *children.entry(parent.to_string()).or_default() += 1;
    }
    let mut waiting: BTreeMap<String, Entry> =
        entries.into_iter().map(|entry| (entry.record.to_string(), entry)).collect();
    let missing = children.keys().filter(|key| !waiting.contains_key(*key)).cloned().collect();
    let ids: BTreeMap<String, Ulid> =
        waiting.iter().map(|(record, entry)| (record.clone(), entry.id)).collect();
    let mut ready: BTreeSet<(Ulid, String)> = ids
        .iter()
        .filter(|(record, _)| !children.contains_key(*record))
        .map(|(record, id)| (*id, record.clone()))
        .collect();
    let heads = ready.iter().rev().map(|(_, record)| record.clone()).collect();
    let mut ordered = Ordered { entries: Vec::new(), heads, missing };
    while let Some((_, record)) = ready.pop_last() {
        let Some(entry) = waiting.remove(&record) else { continue };
        for parent in entry.parents.iter().map(ToString::to_string) {
            let left = children.get_mut(&parent).map(|count| {
                *count -= 1;
                *count
            });
            if left == Some(0)
                && let Some(id) = ids.get(&parent)
            {
                ready.insert((*id, parent));
            }
        }
        ordered.entries.push(entry);
    }
    ordered
}

#[cfg(test)]
mod tests;
