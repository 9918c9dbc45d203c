//! The types and values that Go's decoders give to a tree.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::problem::Problem;
use crate::yaml::json::scalar::{key_text, scalar};
use crate::yaml::node::{Kind, Node, Tag};
use crate::yaml::resolve::Schema;

/// Decodes a document.
pub(super) fn to_json(root: &Node, schema: Schema) -> Result<Value, Problem> {
    let mut decoder = Decoder {
        schema,
        anchors: BTreeMap::new(),
        aliases: Vec::new(),
        decoded: 0,
        by_alias: 0,
        copied: 0,
    };
    decoder.decode(root, true)
}

struct Decoder<'a> {
    schema: Schema,
    /// What the names mean at the place that is being decoded.
    anchors: BTreeMap<&'a str, &'a Node>,
    /// The anchored nodes that are being decoded because of an alias.
    aliases: Vec<&'a Node>,
    decoded: usize,
    by_alias: usize,
    /// Bytes of scalars that were copied because of aliases.
    copied: usize,
}

impl<'a> Decoder<'a> {
    fn decode(&mut self, node: &'a Node, is_root: bool) -> Result<Value, Problem> {
        self.count(node)?;
        if let Some(name) = &node.anchor {
            self.anchors.insert(name, node);
        }
        match node.kind {
            Kind::Scalar => scalar(node, self.schema),
            Kind::Sequence => node.content.iter().map(|item| self.decode(item, false)).collect(),
            Kind::Mapping => self.mapping(node, is_root).map(Value::Object),
            Kind::Alias => {
                let target = self.enter(node)?;
                let value = self.decode(target, is_root);
                self.aliases.pop();
                value
            }
        }
    }

    /// Refuses documents that grow out of proportion through aliases: by go-yaml's formula, and by
    /// bytes, which Go shares but JSON does not.
    fn count(&mut self, node: &Node) -> Result<(), Problem> {
        const LOW: usize = 400_000;
        const HIGH: usize = 4_000_000;
        const MOST_BYTES: usize = 64 << 20;
        self.decoded += 1;
        if self.aliases.is_empty() {
            return Ok(());
        }
        self.by_alias += 1;
        self.copied += node.value.len();
        if self.copied > MOST_BYTES {
            return Err(node.problem("document contains excessive aliasing"));
        }
        if self.by_alias <= 100 || self.decoded <= 1000 {
            return Ok(());
        }
        // In thousandths; both counts stay far below what would overflow.
        let above = self.decoded.clamp(LOW, HIGH) - LOW;
        let allowed = 990 - 890 * above / (HIGH - LOW);
        if self.by_alias * 1000 > allowed * self.decoded {
            return Err(node.problem("document contains excessive aliasing"));
        }
        Ok(())
    }

    fn target(&self, alias: &Node) -> Result<&'a Node, Problem> {
        let name = alias.value.as_str();
        let unknown = || alias.problem(&format!("unknown anchor '{name}' referenced"));
        self.anchors.get(name).copied().ok_or_else(unknown)
    }

    fn enter(&mut self, alias: &'a Node) -> Result<&'a Node, Problem> {
        let target = self.target(alias)?;
        if self.aliases.iter().any(|open| std::ptr::eq(*open, target)) || self.is_inside(target) {
            let message = format!("anchor '{}' value contains itself", alias.value);
            return Err(alias.problem(&message));
        }
        self.aliases.push(target);
        Ok(target)
    }

    /// Whether the nesting is too deep, which only an anchor within itself can cause.
    fn is_inside(&self, _target: &Node) -> bool {
        self.aliases.len() > crate::yaml::MAX_DEPTH
    }

    fn mapping(&mut self, node: &'a Node, is_root: bool) -> Result<Map<String, Value>, Problem> {
        check_unique(node)?;
        let mut map = Map::new();
        let mut merges = Vec::new();
        for (key, value) in node.entries() {
            if is_merge(key) {
                // go-yaml v2 merges on the way, so that only later keys win; v3 at the end.
                match self.schema {
                    Schema::Kustomize => merges.push(value),
                    Schema::Kubernetes => self.merge(value, is_root, &mut map)?,
                }
                continue;
            }
            let Some(name) = self.key(key, is_root)? else {
                self.note_anchors(value);
                continue;
            };
            let value = self.decode(value, false)?;
            map.insert(name, value);
        }
        for merge in merges {
            self.merge(merge, is_root, &mut map)?;
        }
        Ok(map)
    }

    fn merge(
        &mut self,
        node: &'a Node,
        is_root: bool,
        into: &mut Map<String, Value>,
    ) -> Result<(), Problem> {
        let mut merged = Map::new();
        let no_map = || node.problem("map merge requires map or sequence of maps as the value");
        let sources =
            if node.is_sequence() { node.content.as_slice() } else { std::slice::from_ref(node) };
        if let (true, Some(name)) = (node.is_sequence(), &node.anchor) {
            self.anchors.insert(name, node);
        }
        for source in sources {
            let is_mapping = match source.kind {
                Kind::Mapping => true,
                Kind::Alias => self.target(source)?.is_mapping(),
                _ => false,
            };
            if !is_mapping {
                return Err(no_map());
            }
            let Value::Object(map) = self.decode(source, is_root)? else { return Err(no_map()) };
            for (key, value) in map {
                merged.entry(key).or_insert(value);
            }
        }
        for (key, value) in merged {
            match self.schema {
                Schema::Kustomize => {
                    into.entry(key).or_insert(value);
                }
                Schema::Kubernetes => {
                    into.insert(key, value);
                }
            }
        }
        Ok(())
    }

    /// Learns the anchors of a value that is not decoded.
    fn note_anchors(&mut self, node: &'a Node) {
        if let Some(name) = &node.anchor {
            self.anchors.insert(name, node);
        }
        node.content.iter().for_each(|child| self.note_anchors(child));
    }

    /// The name of an entry; `None` for one that Go leaves out.
    fn key(&mut self, node: &'a Node, is_root: bool) -> Result<Option<String>, Problem> {
        self.count(node)?;
        let mut node = node;
        if let Some(name) = &node.anchor {
            self.anchors.insert(name, node);
        }
        if node.kind == Kind::Alias {
            node = self.target(node)?;
        }
        key_text(node, self.schema, is_root).map(|name| name.map(Cow::into_owned))
    }
}

/// Whether a key asks for the entries of another mapping.
pub(crate) fn is_merge(key: &Node) -> bool {
    key.is_scalar() && key.value == "<<" && matches!(key.tag, Tag::None | Tag::Merge)
}

/// Refuses a mapping with two keys of the same kind and text.
pub(crate) fn check_unique(node: &Node) -> Result<(), Problem> {
    const FEW: usize = 12;
    let twice = |key: &Node, first: &Node| {
        let message =
            format!("mapping key {:?} already defined at line {}", key.value.as_str(), first.line);
        key.problem(&message)
    };
    if node.content.len() <= 2 * FEW {
        for (at, (key, _)) in node.entries().enumerate() {
            let same = |first: &&Node| first.kind == key.kind && first.value == key.value;
            if let Some(first) = node.entries().take(at).map(|(first, _)| first).find(same) {
                return Err(twice(key, first));
            }
        }
        return Ok(());
    }
    let mut seen = BTreeMap::new();
    for (key, _) in node.entries() {
        if let Some(first) = seen.insert((key.kind, key.value.as_str()), key) {
            return Err(twice(key, first));
        }
    }
    Ok(())
}
