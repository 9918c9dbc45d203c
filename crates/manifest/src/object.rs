//! One Kubernetes object and its names.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// One Kubernetes object as JSON, with the place it was read from.
#[derive(Clone, Debug, PartialEq)]
pub struct Object {
    /// The object; keys are sorted.
    pub value: Map<String, Value>,
    /// Where it begins.
    pub origin: Origin,
}

/// The place an object was read from; prints as `file:line`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Origin {
    /// The file, as the caller named it.
    pub file: Arc<str>,
    /// 1-based; 0 when the object was not read from a file.
    pub line: u32,
}

/// What tells one object from all others in a cluster, whatever its version.
///
/// Prints as Flux prints it: `Deployment/shop/web`, `Namespace/shop`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ObjectId {
    /// `apps`; empty for the core group.
    pub group: String,
    /// `Deployment`.
    pub kind: String,
    /// Empty when the object names none.
    pub namespace: String,
    /// `web`.
    pub name: String,
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.namespace.is_empty() {
            write!(f, "{}/{}", self.kind, self.name)
        } else {
            write!(f, "{}/{}/{}", self.kind, self.namespace, self.name)
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

impl Origin {
    /// Names a place.
    pub fn new(file: &str, line: u32) -> Self {
        Self { file: file.into(), line }
    }
}

impl Object {
    /// Wraps a value that was made, not read; its origin is line 0 of `file`.
    ///
    /// Returns `None` when the value is not a mapping.
    pub fn from_value(value: Value, file: &str) -> Option<Self> {
        match value {
            Value::Object(value) => Some(Self { value, origin: Origin::new(file, 0) }),
            _ => None,
        }
    }

    /// The whole object as one JSON value.
    pub fn to_value(&self) -> Value {
        Value::Object(self.value.clone())
    }

    /// `apps/v1`; empty when absent.
    pub fn api_version(&self) -> &str {
        self.text(&["apiVersion"]).unwrap_or_default()
    }

    /// `Deployment`; empty when absent.
    pub fn kind(&self) -> &str {
        self.text(&["kind"]).unwrap_or_default()
    }

    /// `metadata.name`; empty when absent.
    pub fn name(&self) -> &str {
        self.text(&["metadata", "name"]).unwrap_or_default()
    }

    /// `metadata.namespace`; `None` when absent or empty.
    pub fn namespace(&self) -> Option<&str> {
        self.text(&["metadata", "namespace"]).filter(|namespace| !namespace.is_empty())
    }

    /// The part of the API version before the slash; empty for the core group.
    pub fn group(&self) -> &str {
        self.api_version().split_once('/').map_or("", |(group, _)| group)
    }

    /// The part of the API version after the slash.
    pub fn version(&self) -> &str {
        let api_version = self.api_version();
        api_version.split_once('/').map_or(api_version, |(_, version)| version)
    }

    /// The names that tell it from others.
    pub fn id(&self) -> ObjectId {
        ObjectId {
            group: self.group().to_owned(),
            kind: self.kind().to_owned(),
            namespace: self.namespace().unwrap_or_default().to_owned(),
            name: self.name().to_owned(),
        }
    }

    /// The value of one label.
    pub fn label(&self, key: &str) -> Option<&str> {
        self.text(&["metadata", "labels", key])
    }

    /// The value of one annotation.
    pub fn annotation(&self, key: &str) -> Option<&str> {
        self.text(&["metadata", "annotations", key])
    }

    /// All labels whose value is a string, sorted by key.
    pub fn labels(&self) -> impl Iterator<Item = (&str, &str)> {
        self.texts("labels")
    }

    /// All annotations whose value is a string, sorted by key.
    pub fn annotations(&self) -> impl Iterator<Item = (&str, &str)> {
        self.texts("annotations")
    }

    /// The value at a path of mapping keys.
    pub fn at(&self, path: &[&str]) -> Option<&Value> {
        let (first, rest) = path.split_first()?;
        rest.iter().try_fold(self.value.get(*first)?, |value, key| value.get(key))
    }

    /// The string at a path of mapping keys.
    pub fn text(&self, path: &[&str]) -> Option<&str> {
        self.at(path)?.as_str()
    }

    fn texts(&self, field: &str) -> impl Iterator<Item = (&str, &str)> {
        let entries = self.at(&["metadata", field]).and_then(Value::as_object);
        entries
            .into_iter()
            .flatten()
            .filter_map(|(key, value)| Some((key.as_str(), value.as_str()?)))
    }
}
