//! Labels that are one node in several places.
//!
//! Where kustomize adds a label to metadata, selector and template of an object, all three places
//! hold the same node: who changes one of them later, changes all. Users see that, so the places
//! are marked here (in the anchor, which means nothing once aliases are resolved) and brought back
//! together after each step that may have changed one.

use std::borrow::Cow;
use std::collections::BTreeMap;

use manifest::yaml::{Node, Text};

use crate::resource::History;
use crate::resources::Resources;

/// Marks the entries that one step adds to one object.
pub(crate) struct Marks<'a> {
    history: &'a mut History,
    first: usize,
    /// How many places each entry was added to.
    counts: Vec<usize>,
}

impl<'a> Marks<'a> {
    pub(crate) fn new(history: &'a mut History, entries: &BTreeMap<String, String>) -> Self {
        let first = history.shared.len();
        history.shared.extend(entries.values().map(Text::from));
        Self { history, first, counts: vec![0; entries.len()] }
    }

    /// Marks the value of an entry if it is about to be added, rather than to replace another one.
    pub(crate) fn mark(&mut self, index: usize, map: &Node, key: &str, value: Node) -> Node {
        if map.get(key).is_some() {
            return value;
        }
        self.counts[index] += 1;
        let mark = (self.first + index).to_string();
        Node { anchor: Some(mark.into()), ..value }
    }

    pub(crate) fn finish(self) {
        self.history.has_shared |= self.counts.iter().any(|count| *count > 1);
    }
}

/// Gives all places of a shared node the value that was set last.
pub(crate) fn settle_all(resources: &mut Resources) {
    if !resources.as_slice().iter().any(|resource| resource.history.has_shared) {
        return;
    }
    for resource in resources.as_mut_slice() {
        if resource.history.has_shared {
            settle(&mut resource.node, &mut resource.history.shared);
        }
    }
}

fn settle(object: &mut Node, values: &mut [Text]) {
    let mut changes = BTreeMap::new();
    find_changes(object, values, &mut changes);
    if changes.is_empty() {
        return;
    }
    spread(object, &changes);
    for (mark, changed) in changes {
        if let Some(value) = values.get_mut(mark) {
            *value = changed.value;
        }
    }
}

fn mark_of(node: &Node) -> Option<usize> {
    node.anchor.as_deref()?.parse().ok()
}

/// Finds marked nodes with another value than before; keys are visited in the order of kyaml.
fn find_changes(here: &Node, values: &[Text], changes: &mut BTreeMap<usize, Node>) {
    if let Some(mark) = mark_of(here)
        && values.get(mark).is_some_and(|value| *value != here.value)
    {
        changes.insert(mark, here.clone());
    }
    if here.is_mapping() {
        let mut entries: Vec<_> = here.entries().collect();
        entries.sort_by(|a, b| a.0.value.cmp(&b.0.value));
        for (_, value) in entries {
            if value.anchor.is_some() || !value.content.is_empty() {
                find_changes(value, values, changes);
            }
        }
    } else {
        here.content.iter().for_each(|item| find_changes(item, values, changes));
    }
}

fn spread(here: &mut Node, changes: &BTreeMap<usize, Node>) {
    if let Some(changed) = mark_of(here).and_then(|mark| changes.get(&mark)) {
        *here = changed.clone();
        return;
    }
    here.content.iter_mut().for_each(|child| spread(child, changes));
}

/// A node without marks, to be put somewhere else or to be printed.
pub(crate) fn unmarked(node: &Node) -> Cow<'_, Node> {
    fn has_mark(node: &Node) -> bool {
        node.anchor.is_some() || node.content.iter().any(has_mark)
    }
    fn clear(node: &mut Node) {
        node.anchor = None;
        node.content.iter_mut().for_each(clear);
    }
    if !has_mark(node) {
        return Cow::Borrowed(node);
    }
    let mut node = node.clone();
    clear(&mut node);
    Cow::Owned(node)
}
