//! Looking up and setting fields of nodes the way kyaml does.

use manifest::yaml::resolve::tag_of;
use manifest::yaml::{Kind, Node, Schema, Style, Tag, Text};

/// A node of another kind than the operation needs; a sentence.
pub(crate) type Wrong = String;

/// Says what a node is, for messages.
pub(crate) fn kind_name(node: &Node) -> &'static str {
    match node.kind {
        Kind::Scalar if node.tag == Tag::Null => "null",
        Kind::Scalar => "scalar",
        Kind::Sequence => "list",
        Kind::Mapping => "mapping",
        Kind::Alias => "alias",
    }
}

fn wrong(node: &Node, expected: &str) -> Wrong {
    let shown = match manifest::node_to_yaml(node) {
        Ok(text) if text.len() <= 200 => format!(": {}", text.trim_end()),
        _ => String::new(),
    };
    format!("wrong node kind: expected a {expected} but got a {}{shown}", kind_name(node))
}

/// Whether the node is tagged null, whatever its kind.
pub(crate) fn is_null(node: &Node) -> bool {
    node.tag == Tag::Null
}

/// Whether it is null, `{}` or `[]`.
pub(crate) fn is_empty(node: &Node) -> bool {
    is_null(node) || (node.kind != Kind::Scalar && node.content.is_empty())
}

/// Whether it is a scalar that kyaml takes for a string.
pub(crate) fn is_string(node: &Node) -> bool {
    node.kind == Kind::Scalar && matches!(node.tag, Tag::Str | Tag::None)
}

/// Errs unless the node is null or a mapping.
pub(crate) fn expect_mapping(node: &Node) -> Result<(), Wrong> {
    let good = is_null(node) || node.kind == Kind::Mapping;
    if good { Ok(()) } else { Err(wrong(node, "mapping")) }
}

/// Errs unless the node is null or a sequence.
pub(crate) fn expect_sequence(node: &Node) -> Result<(), Wrong> {
    let good = is_null(node) || node.kind == Kind::Sequence;
    if good { Ok(()) } else { Err(wrong(node, "list")) }
}

/// Errs unless the node is null or a scalar.
pub(crate) fn expect_scalar(node: &Node) -> Result<(), Wrong> {
    let good = is_null(node) || node.kind == Kind::Scalar;
    if good { Ok(()) } else { Err(wrong(node, "scalar")) }
}

/// A scalar without a tag: its text and style decide what it is.
pub(crate) fn untagged(text: impl Into<Text>) -> Node {
    Node::scalar(Tag::None, text)
}

/// The value of a field; errs unless the node is a mapping or null.
pub(crate) fn field<'a>(node: &'a Node, name: &str) -> Result<Option<&'a Node>, Wrong> {
    expect_mapping(node)?;
    Ok(if is_null(node) { None } else { node.get(name) })
}

/// The value of a field, to change.
pub(crate) fn field_mut<'a>(node: &'a mut Node, name: &str) -> Result<Option<&'a mut Node>, Wrong> {
    expect_mapping(node)?;
    Ok(if is_null(node) { None } else { node.get_mut(name) })
}

/// The value of a field, made as an empty node of `kind` when absent; `None` when `node` is null.
pub(crate) fn field_or_insert<'a>(
    node: &'a mut Node,
    name: &str,
    kind: Kind,
) -> Result<Option<&'a mut Node>, Wrong> {
    expect_mapping(node)?;
    if is_null(node) {
        return Ok(None);
    }
    if node.position(name).is_none() {
        node.content.push(key_node(name));
        node.content.push(Node { kind, ..Node::default() });
    }
    Ok(node.get_mut(name))
}

/// Sets a field of a mapping; a value that is there lends its style.
///
/// # Errors
///
/// When the node is neither a mapping nor null.
pub(crate) fn set_field(node: &mut Node, name: &str, value: Node) -> Result<(), Wrong> {
    let value = quoted_where_needed(value);
    if value.tag == Tag::Null {
        expect_mapping(node)?;
        node.remove(name);
        return Ok(());
    }
    if let Some(old) = field_mut(node, name)? {
        replace(old, value);
    } else {
        node.content.push(key_node(name));
        node.content.push(value);
    }
    Ok(())
}

/// Puts a new scalar in the place of an old one, whose style it takes.
///
/// # Errors
///
/// When the node is neither a scalar nor null.
pub(crate) fn set_scalar(node: &mut Node, tag: Tag, text: impl Into<Text>) -> Result<(), Wrong> {
    expect_scalar(node)?;
    replace(node, Node::scalar(tag, text));
    Ok(())
}

/// Puts a node in the place of another one, whose style it takes.
pub(crate) fn replace(old: &mut Node, mut value: Node) {
    value.line = old.line;
    value.column = old.column;
    value.anchor = old.anchor.take();
    take_style(&mut value, old.style);
    *old = value;
}

/// Gives a node another style; a number within quotes is a string.
pub(crate) fn take_style(value: &mut Node, style: Style) {
    value.style = style;
    let is_typed =
        matches!(value.tag, Tag::Int | Tag::Float | Tag::Bool | Tag::Null | Tag::Timestamp);
    let is_quoted = !matches!(style, Style::Plain | Style::Flow);
    if is_typed && is_quoted && value.kind == Kind::Scalar && tag_of(&value.value) == value.tag {
        value.tag = Tag::Str;
    }
}

/// A key as kyaml appends it: without a tag.
fn key_node(name: &str) -> Node {
    untagged(name)
}

/// A string that YAML 1.1 would read as something else gets quotes when it is appended.
pub(crate) fn quoted_where_needed(mut value: Node) -> Node {
    if is_string(&value) && value.style == Style::Plain && is_not_text_in_yaml_1_1(&value.value) {
        value.style = Style::Double;
    }
    value
}

fn is_not_text_in_yaml_1_1(text: &str) -> bool {
    let may_be_typed =
        text.starts_with(|c: char| c.is_ascii_digit() || "+-.~nNtTfFoOyY<[{".contains(c));
    if !may_be_typed || text.contains('\n') {
        return false;
    }
    if text.starts_with(['[', '{']) || tag_of(text) != Tag::Str {
        return true;
    }
    let read = untagged(text).to_json_as(Schema::Kubernetes);
    !matches!(read, Ok(serde_json::Value::String(_)))
}

/// The text of the scalar at `path`; empty when absent, null or no scalar.
pub(crate) fn text_at<'a>(node: &'a Node, path: &[&str]) -> &'a str {
    match node.at(path) {
        Some(found) if !is_empty(found) => found.value.as_str(),
        _ => "",
    }
}

/// The entries of a mapping as texts, as kyaml reads labels and annotations: the last of a key wins.
pub(crate) fn text_map(node: Option<&Node>) -> std::collections::BTreeMap<Text, Text> {
    let mut map = std::collections::BTreeMap::new();
    if let Some(node) = node.filter(|node| node.kind == Kind::Mapping) {
        for (key, value) in node.entries() {
            map.insert(key.value.clone(), value.value.clone());
        }
    }
    map
}

/// Writes `map` into `metadata.<name>` as strings in sorted order, or drops the field when empty.
///
/// # Errors
///
/// When `metadata` is no mapping.
pub(crate) fn set_metadata_map(
    root: &mut Node,
    name: &str,
    map: &std::collections::BTreeMap<Text, Text>,
) -> Result<(), Wrong> {
    let Some(metadata) = field_or_insert(root, "metadata", Kind::Mapping)? else { return Ok(()) };
    expect_mapping(metadata)?;
    metadata.remove(name);
    if map.is_empty() {
        return Ok(());
    }
    let entries = map.iter().map(|(key, value)| (key_node(key), Node::string(value.clone())));
    let value = Node::mapping(entries);
    metadata.content.push(key_node(name));
    metadata.content.push(value);
    Ok(())
}

/// How deep objects may become while they are changed.
const MOST_LEVELS: usize = 200;

/// Errs when a value, put at the end of a path, would make an object too deep or too large.
pub(crate) fn check_growth(path_length: usize, value: &Node) -> Result<(), Wrong> {
    fn measure(node: &Node, level: usize, budget: &mut usize) -> bool {
        if level > MOST_LEVELS || *budget == 0 {
            return false;
        }
        *budget -= 1;
        node.content.iter().all(|child| measure(child, level + 1, budget))
    }
    let mut budget = 200_000;
    if measure(value, path_length, &mut budget) {
        return Ok(());
    }
    Err(format!("the object would become too large, or deeper than {MOST_LEVELS} levels"))
}
