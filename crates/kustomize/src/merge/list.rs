//! Lists whose items are merged by key.
//!
//! kyaml works on shared nodes; here items live in one vector and lists are lists of indexes, so
//! that an item that was changed in one list is changed in all. The odd rules for items without
//! their key follow kyaml's `ElementSetter`.

use std::collections::BTreeSet;

use manifest::yaml::{Kind, Node, Tag, Text};

use crate::merge::directive::{Directive, of_list};
use crate::merge::{Patch, Walker};
use crate::node::{self, Wrong, is_null};
use crate::schema::Schema;

/// The values of the merge keys of one item; empty where it has none.
type Values = Vec<Text>;

impl Walker<'_> {
    pub(super) fn list(
        &self,
        found: Option<Node>,
        patch: Patch,
        (schema, keys): (Option<Schema<'_>>, &[Box<str>]),
        level: usize,
    ) -> Result<Option<Node>, Wrong> {
        let (node, patch) = match (found, patch) {
            (found, Patch::Node(patch)) if found.as_ref().is_none_or(is_null) => {
                (patch, Patch::Same)
            }
            (Some(_), Patch::Node(patch)) if is_null(&patch) => return Ok(None),
            (Some(node), Patch::Node(mut patch)) => match of_list(&mut patch)? {
                Directive::Delete => return Ok(None),
                Directive::Replace => (patch, Patch::Same),
                Directive::Merge => (node, Patch::Node(patch)),
            },
            (Some(mut node), Patch::Same) => {
                if of_list(&mut node)? == Directive::Delete {
                    return Ok(None);
                }
                (node, Patch::Same)
            }
            (Some(node), Patch::None) => (node, Patch::None),
            (None, _) => return Ok(None),
        };
        let items = schema.map(Schema::items);
        if !matches!(patch, Patch::Node(_)) && is_orderly(&node, keys) {
            return self.items_alone(node, &patch, items, level).map(Some);
        }
        let mut merge = Merge::new(node, patch, keys);
        merge.run(self, items, level)?;
        Ok(Some(merge.finish()))
    }

    /// Walks items that cannot meet each other.
    fn items_alone(
        &self,
        mut node: Node,
        patch: &Patch,
        schema: Option<Schema<'_>>,
        level: usize,
    ) -> Result<Node, Wrong> {
        let items = std::mem::take(&mut node.content);
        node.content.reserve(items.len());
        for item in items {
            let inner = if matches!(patch, Patch::Same) { Patch::Same } else { Patch::None };
            let walked = self.walk(Some(item), inner, schema, level + 1)?;
            node.content.extend(walked.filter(|item| !node::is_empty(item)));
        }
        Ok(node)
    }
}

/// Whether all items are mappings with all keys, no two with the same.
fn is_orderly(node: &Node, keys: &[Box<str>]) -> bool {
    let used: Vec<&str> = keys
        .iter()
        .map(AsRef::as_ref)
        .filter(|key| node.content.iter().any(|item| !value_of(item, key).is_empty()))
        .collect();
    if used.is_empty() {
        return node.content.is_empty();
    }
    let mut seen = BTreeSet::new();
    node.content.iter().all(|item| {
        let values: Vec<&str> = used.iter().map(|key| value_of(item, key)).collect();
        values.iter().all(|value| !value.is_empty()) && seen.insert(values)
    })
}

fn value_of<'a>(item: &'a Node, key: &str) -> &'a str {
    match item.get(key) {
        Some(value) if !node::is_empty(value) => &value.value,
        _ => "",
    }
}

struct Merge {
    /// Items of both lists; an item is taken out while it is walked.
    arena: Vec<Node>,
    list: Node,
    found: Vec<usize>,
    /// The items of the patch: those of the list itself where they are walked alone.
    patch: Option<Vec<usize>>,
    /// One empty key for lists of scalars.
    keys: Vec<String>,
}

impl Merge {
    fn new(mut list: Node, patch: Patch, keys: &[Box<str>]) -> Self {
        let mut arena = std::mem::take(&mut list.content);
        let found: Vec<usize> = (0..arena.len()).collect();
        let patch = match patch {
            Patch::Node(patch) => {
                let start = arena.len();
                arena.extend(patch.content);
                Some((start..arena.len()).collect())
            }
            Patch::Same => Some(found.clone()),
            Patch::None => None,
        };
        let keys = if keys.is_empty() {
            vec![String::new()]
        } else {
            keys.iter().map(ToString::to_string).collect()
        };
        Self { arena, list, found, patch, keys }
    }

    fn finish(mut self) -> Node {
        let mut items: Vec<Option<Node>> = self.arena.into_iter().map(Some).collect();
        for at in self.found {
            let Some(slot) = items.get_mut(at) else { continue };
            self.list.content.extend(slot.take());
        }
        self.list
    }

    fn run(
        &mut self,
        walker: &Walker<'_>,
        schema: Option<Schema<'_>>,
        level: usize,
    ) -> Result<(), Wrong> {
        let mut all = self.all_values();
        if self.keys.len() > 1 {
            complete(&mut all);
        }
        let mut added: Vec<usize> = Vec::new();
        let mut used_keys = Vec::new();
        for at in 0..all.len() {
            let (keys, values) = valid(&all, &all[at], &self.keys);
            let merged = self.merge_item(walker, schema, (&keys, &values), level)?;
            match merged {
                None => {
                    let mut found = std::mem::take(&mut self.found);
                    self.set(&mut found, None, &keys, &values);
                    self.found = found;
                }
                Some(item) => self.set(&mut added, Some(item), &keys, &values),
            }
            used_keys = keys;
        }
        if !all.is_empty() {
            let found = std::mem::take(&mut self.found);
            for item in found {
                self.append(&mut added, item, &used_keys);
            }
            self.found = added;
        }
        Ok(())
    }

    /// The distinct key values: those of the patch first.
    fn all_values(&self) -> Vec<Values> {
        let mut seen = BTreeSet::new();
        let mut all = Vec::new();
        let patch = self.patch.as_deref().unwrap_or_default();
        for &at in patch.iter().chain(&self.found) {
            let item = &self.arena[at];
            let values: Values = if self.is_of_scalars() {
                vec![item.value.clone()]
            } else {
                self.keys.iter().map(|key| Text::from(value_of(item, key))).collect()
            };
            if seen.insert(values.clone()) {
                all.push(values);
            }
        }
        all
    }

    fn is_of_scalars(&self) -> bool {
        self.keys[0].is_empty()
    }

    /// Merges the items with these key values; `None` when nothing is left.
    fn merge_item(
        &mut self,
        walker: &Walker<'_>,
        schema: Option<Schema<'_>>,
        (keys, values): (&[String], &[Text]),
        level: usize,
    ) -> Result<Option<usize>, Wrong> {
        let (exact_keys, exact_values) = {
            let own = vec![values.to_vec()];
            valid(&own, values, keys)
        };
        let old = self.find(&self.found, &exact_keys, &exact_values);
        let new = match &self.patch {
            Some(patch) => self.find(patch, &exact_keys, &exact_values),
            None => None,
        };
        let patch = match (old, new) {
            (Some(old), Some(new)) if old == new => Patch::Same,
            (_, Some(new)) => Patch::Node(self.arena[new].clone()),
            (_, None) => Patch::None,
        };
        let directive = directive_of(&patch, old.map(|at| &self.arena[at]));
        let found = old.map(|at| std::mem::take(&mut self.arena[at]));
        let before = if directive == Directive::Merge { None } else { found.clone() };
        let walked = walker.walk(found, patch, schema, level + 1)?;
        if let (Some(old), Some(mut before)) = (old, before) {
            // An item that goes, or is replaced, stays what it was in its own list.
            before.remove("$patch");
            self.arena[old] = before;
        }
        let slot = match (old, new) {
            (Some(_), Some(new)) if directive == Directive::Replace => Some(new),
            (Some(old), _) => Some(old),
            (None, new) => new,
        };
        let (Some(mut item), Some(slot)) = (walked, slot) else { return Ok(None) };
        if node::is_empty(&item) {
            self.arena[slot] = item;
            return Ok(None);
        }
        for (key, value) in keys.iter().zip(values) {
            if key.is_empty() {
                node::set_scalar(&mut item, Tag::None, value.clone())?;
            } else if item.get(key).is_none() && !value.is_empty() {
                node::set_field(&mut item, key, node::untagged(value.clone()))?;
            }
        }
        self.arena[slot] = item;
        Ok(Some(slot))
    }

    fn find(&self, list: &[usize], keys: &[String], values: &[Text]) -> Option<usize> {
        list.iter().copied().find(|&at| {
            let item = &self.arena[at];
            if keys.first().is_none_or(String::is_empty) {
                return values.first().is_some_and(|value| item.value == *value);
            }
            item.kind == Kind::Mapping
                && keys.len() == values.len()
                && keys
                    .iter()
                    .zip(values)
                    .all(|(key, value)| item.get(key).is_some_and(|found| found.value == *value))
        })
    }

    /// kyaml's `ElementSetter`: puts `new` in the place of what matches, or appends it.
    fn set(&self, list: &mut Vec<usize>, new: Option<usize>, keys: &[String], values: &[Text]) {
        let is_mapping_setter =
            !keys[0].is_empty() && values.first().is_some_and(|v| !v.is_empty());
        let mut result = Vec::with_capacity(list.len() + 1);
        let mut has_match = false;
        for &at in list.iter() {
            let item = &self.arena[at];
            let is_empty_map = item.kind == Kind::Mapping && item.content.is_empty();
            if is_null(item) || is_empty_map {
                continue;
            }
            if item.kind != Kind::Mapping && is_mapping_setter {
                result.push(at);
                continue;
            }
            if !matches_setter(item, keys, values) {
                if !values.is_empty() {
                    result.push(at);
                }
                continue;
            }
            has_match = true;
            result.extend(new);
        }
        if let (false, Some(new)) = (has_match, new)
            && !is_null(&self.arena[new])
        {
            result.push(new);
        }
        *list = result;
    }

    /// kyaml's `appendListNode` for one item.
    fn append(&self, list: &mut Vec<usize>, at: usize, keys: &[String]) {
        let item = &self.arena[at];
        if keys.first().is_none_or(String::is_empty) {
            return self.set(list, Some(at), &[String::new()], std::slice::from_ref(&item.value));
        }
        let mut values = Vec::with_capacity(keys.len());
        for key in keys {
            match item.get(key) {
                Some(value) => values.push(value.value.clone()),
                None => list.push(at),
            }
        }
        if keys.len() > 1 {
            self.set(list, None, keys, &values);
        }
        self.set(list, Some(at), keys, &values);
    }
}

/// What the directive of an item will do, before it is taken out.
fn directive_of(patch: &Patch, found: Option<&Node>) -> Directive {
    let node = match patch {
        Patch::Node(node) => Some(node),
        Patch::Same => found,
        Patch::None => None,
    };
    match node.and_then(|node| node.get("$patch")).map(|directive| directive.value.as_str()) {
        Some("replace") => Directive::Replace,
        Some("delete") => Directive::Delete,
        _ => Directive::Merge,
    }
}

fn matches_setter(item: &Node, keys: &[String], values: &[Text]) -> bool {
    let mut last = false;
    for (index, key) in keys.iter().enumerate() {
        if let Some(value) = values.get(index) {
            last = match key.as_str() {
                "" => item.kind == Kind::Scalar && item.value == *value,
                key => item.get(key).is_some_and(|found| value.is_empty() || found.value == *value),
            };
        }
        if !last {
            return false;
        }
    }
    true
}

/// The keys that count, and the values for them: keys that no item has do not.
fn valid(all: &[Values], values: &[Text], keys: &[String]) -> (Vec<String>, Vec<Text>) {
    let counts = |index: usize| {
        all.iter().any(|values| values.get(index).is_some_and(|value| !value.is_empty()))
    };
    if !(0..keys.len()).any(counts) {
        return (keys.to_vec(), values.to_vec());
    }
    let chosen = (0..keys.len()).filter(|&index| counts(index));
    chosen
        .map(|index| (keys[index].clone(), values.get(index).cloned().unwrap_or_default()))
        .unzip()
}

/// Gives items that lack a key the one of an item that is otherwise the same.
fn complete(all: &mut [Values]) {
    for i in 0..all.len() {
        for j in 0..all.len() {
            if let Some(values) = common(&all[i], &all[j]) {
                all[i].clone_from(&values);
                all[j] = values;
            }
        }
    }
}

fn common(a: &[Text], b: &[Text]) -> Option<Values> {
    let mut shares = false;
    let mut result = Vec::with_capacity(a.len());
    for (x, y) in a.iter().zip(b) {
        if x == y {
            shares = true;
        } else if !x.is_empty() && !y.is_empty() {
            return None;
        }
        result.push(if x.is_empty() { y.clone() } else { x.clone() });
    }
    (shares && a.len() == b.len()).then_some(result)
}
