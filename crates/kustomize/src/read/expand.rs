//! Aliases and merge keys, replaced by what they stand for.

use std::collections::BTreeMap;

use manifest::yaml::{Kind, Node, Tag};

/// How many nodes aliases may add to one document.
const MOST_COPIES: usize = 2_000_000;

/// Replaces aliases and merge keys; anchors are dropped.
///
/// # Errors
///
/// A sentence: an unknown alias, a merge of something that is no mapping, or too many copies.
pub(super) fn expand(node: Node) -> Result<Node, String> {
    if !has_anchor_or_merge(&node) {
        return Ok(node);
    }
    let mut expansion = Expansion { anchors: BTreeMap::new(), copies_left: MOST_COPIES };
    expansion.node(node)
}

fn has_anchor_or_merge(node: &Node) -> bool {
    node.kind == Kind::Alias
        || node.tag == Tag::Merge
        || node.anchor.is_some()
        || node.content.iter().any(has_anchor_or_merge)
}

struct Expansion {
    anchors: BTreeMap<Box<str>, Node>,
    copies_left: usize,
}

impl Expansion {
    fn node(&mut self, mut node: Node) -> Result<Node, String> {
        if node.kind == Kind::Alias {
            return self.copy(&node.value);
        }
        let anchor = node.anchor.take();
        let content = std::mem::take(&mut node.content);
        node.content = match node.kind {
            Kind::Mapping => self.mapping(content)?,
            _ => content.into_iter().map(|item| self.node(item)).collect::<Result<_, _>>()?,
        };
        if let Some(anchor) = anchor {
            self.anchors.insert(anchor, node.clone());
        }
        Ok(node)
    }

    fn copy(&mut self, name: &str) -> Result<Node, String> {
        let Some(node) = self.anchors.get(name) else {
            return Err(format!("unknown anchor `{name}` referenced"));
        };
        let size = count(node);
        self.copies_left = self
            .copies_left
            .checked_sub(size)
            .ok_or_else(|| "aliases expand to too many nodes".to_owned())?;
        Ok(node.clone())
    }

    fn mapping(&mut self, content: Vec<Node>) -> Result<Vec<Node>, String> {
        let mut result = Vec::with_capacity(content.len());
        let mut merged: Option<Vec<Node>> = None;
        let mut entries = content.into_iter();
        while let (Some(key), Some(value)) = (entries.next(), entries.next()) {
            let is_merge = key.tag == Tag::Merge;
            let value = self.node(value)?;
            if is_merge {
                if merged.is_some() {
                    return Err("duplicate merge key".to_owned());
                }
                merged = Some(sources(value)?);
            } else {
                result.push(self.node(key)?);
                result.push(value);
            }
        }
        for source in merged.unwrap_or_default() {
            add_missing(&mut result, source);
        }
        Ok(result)
    }
}

fn count(node: &Node) -> usize {
    1 + node.content.iter().map(count).sum::<usize>()
}

/// The mappings that a merge key names; earlier ones win.
fn sources(value: Node) -> Result<Vec<Node>, String> {
    match value.kind {
        Kind::Mapping => Ok(vec![value]),
        Kind::Sequence if value.content.iter().all(Node::is_mapping) => Ok(value.content),
        _ => Err("map merge requires map or sequence of maps as the value".to_owned()),
    }
}

fn add_missing(result: &mut Vec<Node>, source: Node) {
    let mut entries = source.content.into_iter();
    while let (Some(key), Some(value)) = (entries.next(), entries.next()) {
        if !result.chunks_exact(2).any(|entry| entry[0].value == key.value) {
            result.push(key);
            result.push(value);
        }
    }
}
