//! JSON as Go's `encoding/json` writes it, for hashes and for JSON inside of strings.

use manifest::yaml::{Kind, Node};

use crate::scalar::{self, Typed, json_number};

/// Writes a node compactly, keys in byte order.
///
/// # Errors
///
/// A sentence, when it has no JSON form.
pub(crate) fn write(node: &Node, is_root: bool) -> Result<String, String> {
    let mut out = String::new();
    write_to(&mut out, node, None, is_root)?;
    Ok(out)
}

/// Writes a node over several lines, indented by two spaces.
///
/// # Errors
///
/// As [`write`].
pub(crate) fn write_indented(node: &Node) -> Result<String, String> {
    let mut out = String::new();
    write_to(&mut out, node, Some(0), false)?;
    Ok(out)
}

fn write_to(
    out: &mut String,
    node: &Node,
    indent: Option<usize>,
    is_root: bool,
) -> Result<(), String> {
    let inner = indent.map(|indent| indent + 1);
    match node.kind {
        Kind::Mapping => {
            let mut entries = crate::print::sorted_entries(node, is_root)?;
            entries.sort_by_key(|entry| entry.0);
            let count = entries.len();
            out.push('{');
            for (index, (key, value)) in entries.into_iter().enumerate() {
                start_item(out, index, inner);
                out.push_str(&quote(key));
                out.push_str(if indent.is_some() { ": " } else { ":" });
                write_to(out, value, inner, false)?;
            }
            end_items(out, count, indent);
            out.push('}');
        }
        Kind::Sequence => {
            out.push('[');
            for (index, item) in node.content.iter().enumerate() {
                start_item(out, index, inner);
                write_to(out, item, inner, false)?;
            }
            end_items(out, node.content.len(), indent);
            out.push(']');
        }
        _ => match scalar::typed(node)? {
            Typed::Null => out.push_str("null"),
            Typed::Bool(value) => out.push_str(if value { "true" } else { "false" }),
            Typed::Int(value) => out.push_str(&value.to_string()),
            Typed::Float(value) if value.is_finite() => out.push_str(&json_number(value)),
            Typed::Float(value) => return Err(format!("{value} has no JSON form")),
            Typed::Text(text) => out.push_str(&quote(&text)),
        },
    }
    Ok(())
}

fn start_item(out: &mut String, index: usize, indent: Option<usize>) {
    if index > 0 {
        out.push(',');
    }
    new_line(out, indent);
}

fn end_items(out: &mut String, count: usize, indent: Option<usize>) {
    if count > 0 {
        new_line(out, indent);
    }
}

fn new_line(out: &mut String, indent: Option<usize>) {
    if let Some(indent) = indent {
        out.push('\n');
        out.extend(std::iter::repeat_n("  ", indent));
    }
}

/// Writes a string; `<`, `>` and `&` are escaped.
pub(crate) fn quote(text: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\0'..='\u{1f}' | '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                let written = write!(out, "\\u{:04x}", u32::from(c));
                debug_assert!(written.is_ok(), "writing to a string cannot fail");
            }
            _ => out.push(c),
        }
    }
    out.push('"');
    out
}
