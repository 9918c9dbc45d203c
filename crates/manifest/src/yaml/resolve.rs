//! The type and value of scalars.

use crate::yaml::node::Tag;
use crate::yaml::number;
use crate::yaml::timestamp::{self, Timestamp};

/// Which rules give plain scalars their types.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Schema {
    /// go-yaml v3, as kustomize reads resources: `yes` and `on` are strings, dates are timestamps
    /// and reach JSON in their canonical form.
    #[default]
    Kustomize,
    /// sigs.k8s.io/yaml, as kubectl, the controllers and kustomize's own files are read: `yes` and
    /// `on` are booleans, dates are strings.
    Kubernetes,
}

/// A plain scalar, understood.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Resolved {
    Null,
    Bool(bool),
    Int(i64),
    /// Larger than an `i64`.
    Uint(u64),
    Float(f64),
    Timestamp(Timestamp),
    Str,
}

impl Resolved {
    pub(crate) fn tag(self) -> Tag {
        match self {
            Self::Null => Tag::Null,
            Self::Bool(_) => Tag::Bool,
            Self::Int(_) | Self::Uint(_) => Tag::Int,
            Self::Float(_) => Tag::Float,
            Self::Timestamp(_) => Tag::Timestamp,
            Self::Str => Tag::Str,
        }
    }
}

/// The type that go-yaml v3 gives to a plain scalar.
pub fn tag_of(text: &str) -> Tag {
    resolve(text, Schema::Kustomize, true).tag()
}

/// Finds the type of a plain scalar.
///
/// `may_be_time` is false when a tag asks for another type than a timestamp.
///
/// # Source
///
/// go.yaml.in/yaml v3.0.3 and v2.4.2, `resolve.go`: YAML 1.1 without base 60, with `0o` octals.
pub(crate) fn resolve(text: &str, schema: Schema, may_be_time: bool) -> Resolved {
    let Some(first) = text.bytes().next() else { return Resolved::Null };
    match first {
        b'+' | b'-' | b'0'..=b'9' => {
            if let Some(float) = named_float(text) {
                return Resolved::Float(float);
            }
            if may_be_time && let Some(time) = timestamp::parse(text) {
                return Resolved::Timestamp(time);
            }
            number::parse(text)
        }
        b'.' => named_float(text)
            .or_else(|| number::parse_point(text))
            .map_or(Resolved::Str, Resolved::Float),
        b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' | b'~' => {
            word(text, schema)
        }
        _ => Resolved::Str,
    }
}

fn named_float(text: &str) -> Option<f64> {
    match text {
        ".nan" | ".NaN" | ".NAN" => Some(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Some(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => Some(f64::NEG_INFINITY),
        _ => None,
    }
}

fn word(text: &str, schema: Schema) -> Resolved {
    match text {
        "~" | "null" | "Null" | "NULL" => Resolved::Null,
        "true" | "True" | "TRUE" => Resolved::Bool(true),
        "false" | "False" | "FALSE" => Resolved::Bool(false),
        _ if schema == Schema::Kubernetes => {
            old_boolean(text).map_or(Resolved::Str, Resolved::Bool)
        }
        _ => Resolved::Str,
    }
}

/// The further booleans of YAML 1.1.
pub(crate) fn old_boolean(text: &str) -> Option<bool> {
    match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => Some(true),
        "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => Some(false),
        _ => None,
    }
}
