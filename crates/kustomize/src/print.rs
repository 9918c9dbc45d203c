//! Nodes to the text that `kustomize build` prints: JSON in meaning, sorted, as go-yaml v2 writes.

use manifest::yaml::{Kind, Node};

use crate::key_order;
use crate::print::text::{Place, write_scalar};
use crate::scalar::{self, Typed};

mod analysis;
mod text;

/// Appends one document; it ends in a newline.
///
/// # Errors
///
/// A sentence, when the node has no JSON form: a key that is no string or is there twice, a number
/// that is not finite, a scalar that contradicts its tag.
pub(crate) fn write_document(out: &mut String, root: &Node) -> Result<(), String> {
    write_node(out, root, Around { indent: None, position: Position::Root })
}

#[derive(Clone, Copy)]
struct Around {
    /// The column at which the enclosing collection writes its entries.
    indent: Option<usize>,
    position: Position,
}

/// What stands before the node on its line.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Position {
    Root,
    /// After `key:`.
    Value,
    /// After `- `, `? ` or `: `: block collections start on the same line.
    Item,
}

fn write_node(out: &mut String, node: &Node, around: Around) -> Result<(), String> {
    match node.kind {
        Kind::Mapping if !node.content.is_empty() => write_mapping(out, node, around),
        Kind::Sequence if !node.content.is_empty() => write_sequence(out, node, around),
        Kind::Mapping => empty(out, "{}", around),
        Kind::Sequence => empty(out, "[]", around),
        Kind::Alias => Err(format!("alias `{}` was not resolved", node.value)),
        Kind::Scalar => {
            let value = scalar::typed(node)?;
            if around.position != Position::Root {
                out.push(' ');
            }
            write_typed(out, &value, around.indent)?;
            out.push('\n');
            Ok(())
        }
    }
}

fn empty(out: &mut String, text: &str, around: Around) -> Result<(), String> {
    if around.position != Position::Root {
        out.push(' ');
    }
    out.push_str(text);
    out.push('\n');
    Ok(())
}

fn write_typed(out: &mut String, value: &Typed<'_>, indent: Option<usize>) -> Result<(), String> {
    use std::fmt::Write as _;
    match value {
        Typed::Null => out.push_str("null"),
        Typed::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Typed::Int(value) => write!(out, "{value}").map_err(|error| error.to_string())?,
        Typed::Float(value) if value.is_finite() => out.push_str(&float(*value)),
        Typed::Float(value) => return Err(format!("{value} has no JSON form")),
        Typed::Text(text) => write_scalar(out, text, Place::Value { parent: indent }),
    }
    Ok(())
}

/// A float goes through JSON, where whole numbers lose their point.
fn float(value: f64) -> String {
    let json = scalar::json_number(value);
    if scalar::integer(&json).is_some() { json } else { scalar::shortest(value) }
}

fn write_mapping(out: &mut String, node: &Node, around: Around) -> Result<(), String> {
    let indent = around.indent.map_or(0, |indent| indent + 2);
    let mut first = start_block(out, around);
    for (key, value) in sorted_entries(node, around.position == Position::Root)? {
        if !first {
            pad(out, indent);
        }
        first = false;
        let inner = Around { indent: Some(indent), position: Position::Value };
        if is_simple(key) {
            write_scalar(out, key, Place::Key);
            out.push(':');
            write_node(out, value, inner)?;
        } else {
            out.push_str("? ");
            write_scalar(out, key, Place::Value { parent: Some(indent) });
            out.push('\n');
            pad(out, indent);
            out.push(':');
            write_node(out, value, Around { position: Position::Item, ..inner })?;
        }
    }
    Ok(())
}

fn write_sequence(out: &mut String, node: &Node, around: Around) -> Result<(), String> {
    let indent = match around {
        Around { indent: Some(indent), position: Position::Value } => indent,
        Around { indent: Some(indent), .. } => indent + 2,
        Around { indent: None, .. } => 0,
    };
    let mut first = start_block(out, around);
    for item in &node.content {
        if !first {
            pad(out, indent);
        }
        first = false;
        out.push('-');
        write_node(out, item, Around { indent: Some(indent), position: Position::Item })?;
    }
    Ok(())
}

/// Moves to where a block collection starts; says whether its first entry needs no indentation.
fn start_block(out: &mut String, around: Around) -> bool {
    match around.position {
        Position::Root => true,
        Position::Item => {
            out.push(' ');
            true
        }
        Position::Value => {
            out.push('\n');
            false
        }
    }
}

fn pad(out: &mut String, indent: usize) {
    const SPACES: &str = "                                                                ";
    let mut left = indent;
    while left > 0 {
        let step = left.min(SPACES.len());
        out.push_str(&SPACES[..step]);
        left -= step;
    }
}

/// Whether a key stands on the line of its value (`key: value`).
fn is_simple(key: &str) -> bool {
    key.len() <= 128 && !key.contains(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}'])
}

/// The entries of a mapping as JSON has them, in the order of go-yaml v2.
pub(crate) fn sorted_entries(node: &Node, is_root: bool) -> Result<Vec<(&str, &Node)>, String> {
    let mut entries = Vec::with_capacity(node.content.len() / 2);
    for (key, value) in node.entries() {
        entries.push((key_text(key, is_root)?, value));
    }
    if !entries.is_sorted_by(|a, b| key_order::compare(a.0, b.0).is_lt()) {
        entries.sort_by(|a, b| key_order::compare(a.0, b.0));
    }
    match entries.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        Some(twice) => Err(format!("mapping key `{}` already defined", twice[0].0)),
        None => Ok(entries),
    }
}

fn key_text(key: &Node, is_root: bool) -> Result<&str, String> {
    if key.kind != Kind::Scalar {
        return Err("a mapping has a key that is no scalar".to_owned());
    }
    match scalar::typed(key)? {
        Typed::Text(std::borrow::Cow::Borrowed(_)) => Ok(key.value.as_str()),
        _ if is_root => Ok(key.value.as_str()),
        _ => Err(format!("mapping key `{}` is not a string; put it in quotes", key.value)),
    }
}

#[cfg(test)]
mod tests;
