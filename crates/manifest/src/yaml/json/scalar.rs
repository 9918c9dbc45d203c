//! The type and value that a scalar has in JSON.

use std::borrow::Cow;

use serde_json::Value;

use crate::problem::Problem;
use crate::yaml::json::number;
use crate::yaml::node::{Kind, Node, Style, Tag};
use crate::yaml::number::print_short_float;
use crate::yaml::resolve::{Resolved, Schema, resolve};

/// The name of an entry; `None` for one that Go leaves out.
pub(crate) fn key_text(
    node: &Node,
    schema: Schema,
    is_root: bool,
) -> Result<Option<Cow<'_, str>>, Problem> {
    if node.kind != Kind::Scalar {
        return Err(node.problem("invalid map key: only scalars can be keys"));
    }
    let as_written = || Ok(Some(Cow::Borrowed(node.value.as_str())));
    let no_string = || Err(node.problem("a key must be a string in JSON"));
    let is_other = matches!(node.tag, Tag::Binary | Tag::Seq | Tag::Map | Tag::Other(_));
    match (schema, resolved(node, schema)?) {
        (Schema::Kustomize, _) if is_other && !is_root => no_string(),
        (_, Resolved::Str) if node.tag == Tag::Binary => Ok(Some(Cow::Owned(text_of(node)?))),
        (_, Resolved::Str) => as_written(),
        (Schema::Kustomize, Resolved::Null) if is_root => Ok(None),
        (Schema::Kustomize, _) if is_root => as_written(),
        (Schema::Kustomize, _) | (_, Resolved::Null | Resolved::Uint(_)) => no_string(),
        (_, Resolved::Int(value)) => Ok(Some(Cow::Owned(value.to_string()))),
        (_, Resolved::Float(value)) => Ok(Some(Cow::Owned(print_short_float(value)))),
        (_, Resolved::Bool(value)) => Ok(Some(Cow::Owned(value.to_string()))),
        (_, Resolved::Timestamp(_)) => as_written(),
    }
}

/// The JSON value of a scalar.
pub(crate) fn scalar(node: &Node, schema: Schema) -> Result<Value, Problem> {
    let not_json = || node.problem(&format!("`{}` cannot be written as JSON", node.value));
    match resolved(node, schema)? {
        Resolved::Null => Ok(Value::Null),
        Resolved::Bool(value) => Ok(Value::Bool(value)),
        Resolved::Int(value) => Ok(value.into()),
        Resolved::Uint(value) => Ok(value.into()),
        Resolved::Float(value) => number(value).map(Value::Number).ok_or_else(not_json),
        Resolved::Timestamp(_) if schema == Schema::Kubernetes => {
            Ok(Value::String(node.value.to_string()))
        }
        Resolved::Timestamp(time) => time.to_json().map(Value::String).ok_or_else(not_json),
        Resolved::Str => text_of(node).map(Value::String),
    }
}

/// The type and value of a scalar, tag and style considered.
fn resolved(node: &Node, schema: Schema) -> Result<Resolved, Problem> {
    let is_open = node.tag == Tag::None || !node.tagged && node.style == Style::Plain;
    let resolved = match &node.tag {
        Tag::Str | Tag::Binary | Tag::Seq | Tag::Map | Tag::Merge | Tag::Other(_)
            if node.tagged || node.tag != Tag::Str || schema == Schema::Kustomize =>
        {
            return Ok(Resolved::Str);
        }
        Tag::None if node.style != Style::Plain => return Ok(Resolved::Str),
        tag => resolve(&node.value, schema, is_open || *tag == Tag::Timestamp),
    };
    if schema == Schema::Kubernetes && !node.tagged {
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
