//! JSON as Go's `encoding/json` writes it, for hashes and for JSON inside of strings.

use manifest::yaml::{Node, Style, Tag};
use serde_json::Value;

use crate::node::{quoted_where_needed, untagged};

/// Writes a value compactly, keys in byte order.
pub(crate) fn write(value: &Value) -> String {
    let mut out = String::new();
    write_to(&mut out, value, None);
    out
}

/// Writes a value over several lines, indented by two spaces.
pub(crate) fn write_indented(value: &Value) -> String {
    let mut out = String::new();
    write_to(&mut out, value, Some(0));
    out
}

fn write_to(out: &mut String, value: &Value, indent: Option<usize>) {
    let inner = indent.map(|indent| indent + 1);
    match value {
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_by_key(|entry| entry.0);
            out.push('{');
            for (index, (key, value)) in entries.into_iter().enumerate() {
                start_item(out, index, inner);
                out.push_str(&quote(key));
                out.push_str(if indent.is_some() { ": " } else { ":" });
                write_to(out, value, inner);
            }
            end_items(out, map.len(), indent);
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                start_item(out, index, inner);
                write_to(out, item, inner);
            }
            end_items(out, items.len(), indent);
            out.push(']');
        }
        Value::String(text) => out.push_str(&quote(text)),
        Value::Number(number) => match number.as_f64() {
            Some(float) if number.is_f64() => out.push_str(&json_number(float)),
            _ => out.push_str(&number.to_string()),
        },
        Value::Null => out.push_str("null"),
        Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
    }
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

/// Makes the nodes that kyaml makes of decoded JSON, where every number is a float.
pub(crate) fn to_node(value: &Value) -> Node {
    match value {
        Value::Number(number) => {
            let text = shortest(number.as_f64().unwrap_or_default());
            let is_whole = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
            Node::scalar(if is_whole { Tag::Int } else { Tag::Float }, text)
        }
        Value::Array(items) => Node::sequence(items.iter().map(to_node).collect()),
        Value::Object(map) => Node::mapping(
            map.iter().map(|(key, value)| (Node::string(key.as_str()), to_node(value))),
        ),
        Value::String(text) if text.contains('\n') => {
            Node { style: Style::Literal, ..Node::string(text.as_str()) }
        }
        Value::String(text) => {
            // Quotes, once there, stay with whatever is put in this place later.
            let quoted = quoted_where_needed(untagged(text.as_str()));
            Node { tag: Tag::Str, ..quoted }
        }
        other => Node::from_json(other),
    }
}

/// Writes a float as Go's `strconv.FormatFloat(value, 'g', -1, 64)`.
pub(crate) fn shortest(value: f64) -> String {
    if value == 0.0 {
        return if value.is_sign_negative() { "-0".to_owned() } else { "0".to_owned() };
    }
    let (mantissa, exponent) = split(value);
    if (-4..6).contains(&exponent) {
        return format!("{value}");
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
}

/// Writes a float as Go's `encoding/json`.
pub(crate) fn json_number(value: f64) -> String {
    let size = value.abs();
    if size != 0.0 && !(1e-6..1e21).contains(&size) {
        let (mantissa, exponent) = split(value);
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{mantissa}e{sign}{}", exponent.abs());
    }
    if value == 0.0 && value.is_sign_negative() {
        return "-0".to_owned();
    }
    format!("{value}")
}

/// The shortest digits, as `d.ddd`, and the exponent of ten.
fn split(value: f64) -> (String, i32) {
    let text = format!("{value:e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    (mantissa.to_owned(), exponent.parse().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_print_as_go_prints_them() {
        assert_eq!(shortest(1_234_567.5), "1.2345675e+06");
        assert_eq!(shortest(0.1), "0.1");
        assert_eq!(shortest(1e-7), "1e-07");
        assert_eq!(json_number(1e21), "1e+21");
        assert_eq!(json_number(1_000_000.0), "1000000");
        assert_eq!(json_number(1e-7), "1e-7");
    }

    #[test]
    fn markup_is_escaped() {
        assert_eq!(quote("<a>&\u{1}\n"), r#""\u003ca\u003e\u0026\u0001\n""#);
    }
}
