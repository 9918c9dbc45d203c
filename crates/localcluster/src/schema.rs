//! What fields a kind has, of which type, and how lists and maps merge.
//!
//! One model serves the built-in kinds (read from the Kubernetes `OpenAPI` definitions that are compiled
//! in) and custom ones (read from the CRD's structural schema).

pub(crate) mod builtin;
pub(crate) mod decode;
mod parse;
pub(crate) mod validate;

use std::collections::BTreeMap;
use std::sync::Arc;

use regex::Regex;
use serde_json::Value;

pub(crate) use parse::{custom, parse};

/// One node of a schema.
#[derive(Debug)]
pub(crate) struct Schema {
    pub(crate) shape: Shape,
    pub(crate) nullable: bool,
    /// The default; `{}` on a built-in's field marks a Go struct that is never left out.
    pub(crate) default: Option<Value>,
    pub(crate) rules: Option<Box<Rules>>,
    pub(crate) patch: Option<PatchMerge>,
    /// Whether a built-in's JSON leaves the field out when it is zero, as Go's `omitempty` does.
    pub(crate) drops_zero: bool,
    /// Keys that only validation reads: `allOf`, `anyOf`, `oneOf`, `not`.
    pub(crate) logic: Option<Box<Logic>>,
}

#[derive(Debug)]
pub(crate) enum Shape {
    /// Anything at all; below it, maps merge by key unless it is atomic.
    Anything {
        atomic: bool,
    },
    Scalar(Scalar),
    Object(Object),
    List(List),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scalar {
    String,
    Integer,
    Number,
    Boolean,
    IntOrString,
    Quantity,
    Time,
}

#[derive(Debug, Default)]
pub(crate) struct Object {
    pub(crate) fields: BTreeMap<String, Arc<Schema>>,
    pub(crate) additional: Option<Arc<Schema>>,
    pub(crate) required: Vec<String>,
    pub(crate) atomic: bool,
    pub(crate) preserve_unknown: bool,
    pub(crate) embedded: bool,
    /// The name of the Go type, for messages; empty for custom kinds.
    pub(crate) name: String,
}

#[derive(Debug)]
pub(crate) struct List {
    pub(crate) items: Arc<Schema>,
    pub(crate) merge: ListMerge,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ListMerge {
    Atomic,
    Set,
    Map(Vec<String>),
}

/// How a strategic merge patch treats the field.
#[derive(Debug, Clone, Default)]
pub(crate) struct PatchMerge {
    pub(crate) key: Option<String>,
    pub(crate) merge: bool,
}

/// Limits on a value.
#[derive(Debug, Default)]
pub(crate) struct Rules {
    pub(crate) choices: Vec<Value>,
    pub(crate) pattern: Option<Regex>,
    pub(crate) format: Option<String>,
    pub(crate) minimum: Option<f64>,
    pub(crate) maximum: Option<f64>,
    pub(crate) exclusive_minimum: bool,
    pub(crate) exclusive_maximum: bool,
    pub(crate) multiple_of: Option<f64>,
    pub(crate) min_length: Option<u64>,
    pub(crate) max_length: Option<u64>,
    pub(crate) min_items: Option<u64>,
    pub(crate) max_items: Option<u64>,
    pub(crate) unique_items: bool,
    pub(crate) min_properties: Option<u64>,
    pub(crate) max_properties: Option<u64>,
}

/// Schemas that only judge a value, and never shape it.
#[derive(Debug, Default)]
pub(crate) struct Logic {
    pub(crate) all_of: Vec<Arc<Schema>>,
    pub(crate) any_of: Vec<Arc<Schema>>,
    pub(crate) one_of: Vec<Arc<Schema>>,
    pub(crate) not: Option<Arc<Schema>>,
}

impl Schema {
    pub(crate) fn of(shape: Shape) -> Self {
        Self {
            shape,
            nullable: false,
            default: None,
            rules: None,
            patch: None,
            drops_zero: false,
            logic: None,
        }
    }

    /// The schema below a field of an object or a key of a map.
    pub(crate) fn field(&self, name: &str) -> Option<&Arc<Self>> {
        match &self.shape {
            Shape::Object(object) => object.fields.get(name).or(object.additional.as_ref()),
            Shape::Anything { .. } | Shape::Scalar(_) | Shape::List(_) => None,
        }
    }

    pub(crate) fn object(&self) -> Option<&Object> {
        match &self.shape {
            Shape::Object(object) => Some(object),
            _ => None,
        }
    }

    /// Whether a change below is a change of the whole.
    pub(crate) fn is_atomic(&self) -> bool {
        match &self.shape {
            Shape::Anything { atomic } => *atomic,
            Shape::Scalar(_) => true,
            Shape::Object(object) => object.atomic,
            Shape::List(list) => list.merge == ListMerge::Atomic,
        }
    }
}
