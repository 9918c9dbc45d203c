//! Configuration files to Rust values, as Go's JSON reads them: names in any case, nothing unknown.

use std::collections::BTreeMap;

use manifest::yaml::{Kind, Node, Schema};
use serde_json::Value;

use crate::error::Error;
use crate::go_json::shortest;

/// A node of a configuration file and where it stands.
#[derive(Clone, Copy)]
pub(crate) struct At<'a> {
    pub(crate) node: &'a Node,
    pub(crate) file: &'a str,
    pub(crate) path: Path<'a>,
    pub(crate) rules: Rules,
}

/// How strictly a file is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rules {
    /// A kustomization: unknown fields are errors, numbers are no strings.
    Exact,
    /// A transformer configuration: unknown fields are errors, numbers may stand for strings.
    Known,
    /// The configuration of a plugin: other fields are left to others.
    Loose,
}

/// A path of fields, linked from the inside out, so that it costs nothing until it is printed.
#[derive(Clone, Copy)]
pub(crate) enum Path<'a> {
    Root,
    Field(&'a Self, &'a str),
    Item(&'a Self, usize),
}

impl Path<'_> {
    fn print(&self) -> String {
        match self {
            Self::Root => String::new(),
            Self::Field(Self::Root, name) => (*name).to_owned(),
            Self::Field(parent, name) => format!("{}.{name}", parent.print()),
            Self::Item(parent, index) => format!("{}[{index}]", parent.print()),
        }
    }
}

/// A value that a node can be read as; null leaves the default.
pub(crate) trait Decode: Sized + Default {
    fn decode(at: At<'_>) -> Result<Self, Error>;
}

impl<'a> At<'a> {
    pub(crate) fn root(node: &'a Node, file: &'a str, rules: Rules) -> Self {
        Self { node, file, path: Path::Root, rules }
    }

    pub(crate) fn error(&self, reason: impl Into<String>) -> Error {
        Error::Field {
            file: self.file.to_owned(),
            line: self.node.line,
            field: self.path.print(),
            reason: reason.into(),
        }
    }

    fn wrong(&self, expected: &str) -> Error {
        let found = match (self.node.kind, scalar(self.node)) {
            (Kind::Mapping, _) => "an object",
            (Kind::Sequence, _) => "an array",
            (_, Value::Bool(_)) => "a bool",
            (_, Value::Number(_)) => "a number",
            _ => "a string",
        };
        let hint = if found == "a number" || found == "a bool" { "; put it in quotes" } else { "" };
        let hint = if expected == "a string" { hint } else { "" };
        self.error(format!("expected {expected} but got {found}{hint}"))
    }

    /// Whether it is null, or not there.
    pub(crate) fn is_null(&self) -> bool {
        self.node.kind == Kind::Scalar && scalar(self.node).is_null()
    }
}

/// A scalar as go-yaml v2 reads it.
fn scalar(node: &Node) -> Value {
    let as_text = || Value::String(node.value.to_string());
    if node.kind != Kind::Scalar {
        return as_text();
    }
    node.to_json_as(Schema::Kubernetes).unwrap_or_else(|_| as_text())
}

/// Reads a node, or the default when it is null.
pub(crate) fn decode<T: Decode>(at: At<'_>) -> Result<T, Error> {
    if at.is_null() { Ok(T::default()) } else { T::decode(at) }
}

impl Decode for String {
    fn decode(at: At<'_>) -> Result<Self, Error> {
        if at.node.kind != Kind::Scalar {
            return Err(at.wrong("a string"));
        }
        match scalar(at.node) {
            Value::String(text) => Ok(text),
            _ if at.rules == Rules::Exact => Err(at.wrong("a string")),
            Value::Number(number) if number.is_f64() => {
                Ok(shortest(number.as_f64().unwrap_or_default()))
            }
            Value::Null => Ok(Self::new()),
            other => Ok(other.to_string()),
        }
    }
}

impl Decode for bool {
    fn decode(at: At<'_>) -> Result<Self, Error> {
        match scalar(at.node) {
            Value::Bool(value) if at.node.kind == Kind::Scalar => Ok(value),
            _ => Err(at.wrong("a bool")),
        }
    }
}

impl Decode for i64 {
    fn decode(at: At<'_>) -> Result<Self, Error> {
        match scalar(at.node) {
            Value::Number(number) if at.node.kind == Kind::Scalar => {
                number.as_i64().ok_or_else(|| at.wrong("a whole number"))
            }
            _ => Err(at.wrong("a whole number")),
        }
    }
}

impl<T: Decode> Decode for Option<T> {
    fn decode(at: At<'_>) -> Result<Self, Error> {
        T::decode(at).map(Some)
    }
}

impl<T: Decode> Decode for Vec<T> {
    fn decode(at: At<'_>) -> Result<Self, Error> {
        if at.node.kind != Kind::Sequence {
            return Err(at.wrong("an array"));
        }
        let items = at
            .node
            .content
            .iter()
            .enumerate()
            .map(|(index, node)| decode(At { node, path: Path::Item(&at.path, index), ..at }));
        items.collect()
    }
}

impl<T: Decode> Decode for BTreeMap<String, T> {
    fn decode(at: At<'_>) -> Result<Self, Error> {
        if at.node.kind != Kind::Mapping {
            return Err(at.wrong("an object"));
        }
        let entries = at.node.entries().map(|(key, node)| {
            let value = decode(At { node, path: Path::Field(&at.path, &key.value), ..at })?;
            Ok((key.value.to_string(), value))
        });
        entries.collect()
    }
}

impl Decode for Node {
    fn decode(at: At<'_>) -> Result<Self, Error> {
        Ok(at.node.clone())
    }
}

/// Calls `set` with each field of an object, the name as it is spelled in `names`.
///
/// # Errors
///
/// [`Error::Field`] for a node that is no object and, unless the rules are loose, for a field that
/// is not among `names`; what `set` answers.
pub(crate) fn fields(
    at: At<'_>,
    names: &[&'static str],
    mut set: impl FnMut(&'static str, At<'_>) -> Result<(), Error>,
) -> Result<(), Error> {
    if at.node.kind != Kind::Mapping {
        return Err(at.wrong("an object"));
    }
    for (key, node) in at.node.entries() {
        let inner = At { node, path: Path::Field(&at.path, &key.value), ..at };
        let exact = names.iter().find(|name| key.value == **name);
        let name =
            exact.or_else(|| names.iter().find(|name| name.eq_ignore_ascii_case(&key.value)));
        match name {
            Some(name) => set(name, inner)?,
            None if at.rules == Rules::Loose => {}
            None => {
                let line = key.line;
                return Err(match inner.error("unknown field") {
                    Error::Field { file, field, reason, .. } => {
                        Error::Field { file, line, field, reason }
                    }
                    other => other,
                });
            }
        }
    }
    Ok(())
}

/// Declares a struct together with how it is read: each field with its name in YAML.
macro_rules! record {
    (
        $(#[$meta:meta])*
        $visibility:vis struct $name:ident {
            $($(#[$field_meta:meta])* $field:ident: $type:ty = $key:literal,)*
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, Default, PartialEq)]
        $visibility struct $name {
            $($(#[$field_meta])* pub(crate) $field: $type,)*
        }

        impl $crate::decode::Decode for $name {
            fn decode(at: $crate::decode::At<'_>) -> Result<Self, $crate::error::Error> {
                let mut record = Self::default();
                $crate::decode::fields(at, &[$($key),*], |name, at| {
                    match name {
                        $($key => record.$field = $crate::decode::decode(at)?,)*
                        _ => {}
                    }
                    Ok(())
                })?;
                Ok(record)
            }
        }
    };
}
pub(crate) use record;
