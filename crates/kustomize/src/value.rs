//! Nodes to the JSON values that other crates work on.

use manifest::yaml::{Kind, Node};
use serde_json::{Map, Number, Value};

use crate::scalar::{self, Typed};

/// The members of an object; what has no JSON form becomes null.
pub(crate) fn object(node: &Node) -> Map<String, Value> {
    node.entries().map(|(key, item)| (key.value.to_string(), value(item))).collect()
}

fn value(node: &Node) -> Value {
    match node.kind {
        Kind::Mapping => Value::Object(object(node)),
        Kind::Sequence => node.content.iter().map(value).collect(),
        _ => match scalar::typed(node) {
            Ok(Typed::Bool(value)) => Value::Bool(value),
            Ok(Typed::Int(value)) => integer(value),
            Ok(Typed::Float(value)) => float(value),
            Ok(Typed::Text(text)) => Value::String(text.into_owned()),
            Ok(Typed::Null) | Err(_) => Value::Null,
        },
    }
}

fn integer(value: i128) -> Value {
    match i64::try_from(value) {
        Ok(value) => Value::from(value),
        Err(_) => u64::try_from(value).map_or(Value::Null, Value::from),
    }
}

/// Whole numbers lose their point, as in the text.
fn float(value: f64) -> Value {
    match scalar::integer(&scalar::json_number(value)) {
        Some(whole) => integer(whole),
        None => Number::from_f64(value).map_or(Value::Null, Value::Number),
    }
}
