//! The types and values that Go's decoders give to a tree.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::problem::Problem;
use crate::yaml::json::number;
use crate::yaml::node::{Kind, Node, Style, Tag};
use crate::yaml::number::print_float;
use crate::yaml::resolve::{Resolved, Schema, resolve};

/// Decodes a document.
pub(super) fn to_json(root: &Node, schema: Schema) -> Result<Value, Problem> {
    let mut decoder =
        Decoder { schema, anchors: BTreeMap::new(), aliases: Vec::new(), decoded: 0, by_alias: 0 };
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
}

impl<'a> Decoder<'a> {
    fn decode(&mut self, node: &'a Node, is_root: bool) -> Result<Value, Problem> {
        self.count(node)?;
        if let Some(name) = &node.anchor {
            self.anchors.insert(name, node);
        }
        match node.kind {
            Kind::Scalar => self.scalar(node),
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

    /// Refuses documents that grow out of proportion through aliases, by go-yaml's formula.
    fn count(&mut self, node: &Node) -> Result<(), Problem> {
        const LOW: usize = 400_000;
        const HIGH: usize = 4_000_000;
        self.decoded += 1;
        if self.aliases.is_empty() {
            return Ok(());
        }
        self.by_alias += 1;
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
                self.decode(value, false)?;
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
        if node.kind != Kind::Scalar {
            return Err(node.problem("invalid map key: only scalars can be keys"));
        }
        let resolved = self.resolved(node)?;
        if resolved == Resolved::Str {
            return text_of(node).map(Some);
        }
        match (self.schema, resolved) {
            (Schema::Kustomize, Resolved::Null) if is_root => Ok(None),
            (Schema::Kustomize, _) if is_root => Ok(Some(node.value.to_string())),
            (Schema::Kustomize, _) => Err(node.problem("a key must be a string in JSON")),
            (Schema::Kubernetes, Resolved::Int(value)) => Ok(Some(value.to_string())),
            (Schema::Kubernetes, Resolved::Float(value)) => Ok(Some(print_float(value))),
            (Schema::Kubernetes, Resolved::Bool(value)) => Ok(Some(value.to_string())),
            (Schema::Kubernetes, Resolved::Timestamp(_)) => Ok(Some(node.value.to_string())),
            (Schema::Kubernetes, _) => Err(node.problem("a key must be a string in JSON")),
        }
    }

    fn scalar(&self, node: &Node) -> Result<Value, Problem> {
        let not_json = || node.problem(&format!("`{}` cannot be written as JSON", node.value));
        match self.resolved(node)? {
            Resolved::Null => Ok(Value::Null),
            Resolved::Bool(value) => Ok(Value::Bool(value)),
            Resolved::Int(value) => Ok(value.into()),
            Resolved::Uint(value) => Ok(value.into()),
            Resolved::Float(value) => number(value).map(Value::Number).ok_or_else(not_json),
            Resolved::Timestamp(_) if self.schema == Schema::Kubernetes => {
                Ok(Value::String(node.value.to_string()))
            }
            Resolved::Timestamp(time) => time.to_json().map(Value::String).ok_or_else(not_json),
            Resolved::Str => text_of(node).map(Value::String),
        }
    }

    /// The type and value of a scalar, tag and style considered.
    fn resolved(&self, node: &Node) -> Result<Resolved, Problem> {
        let is_open = node.tag == Tag::None || !node.tagged && node.style == Style::Plain;
        let resolved = match &node.tag {
            Tag::Str | Tag::Binary | Tag::Seq | Tag::Map | Tag::Merge | Tag::Other(_)
                if node.tagged || node.tag != Tag::Str || self.schema == Schema::Kustomize =>
            {
                return Ok(Resolved::Str);
            }
            Tag::None if node.style != Style::Plain => return Ok(Resolved::Str),
            tag => resolve(&node.value, self.schema, is_open || *tag == Tag::Timestamp),
        };
        if self.schema == Schema::Kubernetes && !node.tagged {
            // A node made by hand has no line; its tag is what its maker meant.
            let is_quoted = node.style != Style::Plain || node.line == 0 && node.tag == Tag::Str;
            return Ok(if is_quoted { Resolved::Str } else { resolved });
        }
        let found = resolved.tag();
        match (&node.tag, resolved) {
            (Tag::None, _) => Ok(resolved),
            (tag, _) if *tag == found => Ok(resolved),
            (Tag::Float, Resolved::Int(value)) =>
            {
                #[expect(clippy::cast_precision_loss, reason = "as Go's float64(int64)")]
                Ok(Resolved::Float(value as f64))
            }
            (tag, _) => Err(node.problem(&format!(
                "cannot decode {} `{}` as a {}",
                found.as_str(),
                node.value,
                tag.as_str()
            ))),
        }
    }
}

/// The string that a scalar of type string or binary holds.
fn text_of(node: &Node) -> Result<String, Problem> {
    if node.tag != Tag::Binary {
        return Ok(node.value.to_string());
    }
    let invalid = || node.problem("!!binary value contains invalid base64 data");
    let bytes = base64(&node.value).ok_or_else(invalid)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Decodes padded standard base64; line breaks are ignored, as Go does.
fn base64(text: &str) -> Option<Vec<u8>> {
    let letters: Vec<u8> = text.bytes().filter(|byte| !matches!(byte, b'\n' | b'\r')).collect();
    let (groups, []) = letters.as_chunks::<4>() else { return None };
    let mut bytes = Vec::with_capacity(groups.len() * 3);
    for (index, group) in groups.iter().enumerate() {
        let padding = group.iter().rev().take_while(|byte| **byte == b'=').count();
        if padding > 2 || padding > 0 && index + 1 != groups.len() {
            return None;
        }
        let mut bits = 0u32;
        for letter in &group[..4 - padding] {
            bits = bits << 6 | sextet(*letter)?;
        }
        bits <<= 6 * padding;
        bytes.extend(&bits.to_be_bytes()[1..4 - padding]);
    }
    Some(bytes)
}

fn sextet(letter: u8) -> Option<u32> {
    Some(match letter {
        b'A'..=b'Z' => u32::from(letter - b'A'),
        b'a'..=b'z' => u32::from(letter - b'a') + 26,
        b'0'..=b'9' => u32::from(letter - b'0') + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    })
}

fn is_merge(key: &Node) -> bool {
    key.is_scalar() && key.value == "<<" && matches!(key.tag, Tag::None | Tag::Merge)
}

/// Refuses a mapping with two keys of the same kind and text.
fn check_unique(node: &Node) -> Result<(), Problem> {
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
