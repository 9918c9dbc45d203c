//! The columns of built-in kinds.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Heading, since};
use crate::kinds::Kind;
use crate::object;

pub(crate) fn headings(_kind: &Kind) -> Vec<Heading> {
    vec![Heading::new("Age", "string", 0)]
}

pub(crate) fn cells(_kind: &Kind, object: &Value, now: Timestamp) -> Vec<Value> {
    vec![json!(since(object::meta(object, "creationTimestamp"), now))]
}
