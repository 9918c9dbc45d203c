//! Nodes to JSON values and back.

use serde_json::{Map, Value};

use crate::yaml::node::{Kind, Node, Tag, Text};

impl Node {
    /// The JSON value that go-yaml v3 and `encoding/json` make of it.
    pub fn to_json(&self) -> Value {
        match self.kind {
            Kind::Sequence => self.content.iter().map(Self::to_json).collect(),
            Kind::Mapping => {
                let entries =
                    self.entries().map(|(key, value)| (key.value.to_string(), value.to_json()));
                Value::Object(entries.collect::<Map<_, _>>())
            }
            Kind::Alias => Value::Null,
            Kind::Scalar => scalar(&self.tag, &self.value),
        }
    }

    /// Makes nodes of a JSON value; keys keep the order of the map.
    pub fn from_json(value: &Value) -> Self {
        match value {
            Value::Null => Self::null(),
            Value::Bool(value) => Self::boolean(*value),
            Value::Number(number) if number.is_f64() => {
                Self::scalar(Tag::Float, Text::from(number.to_string()))
            }
            Value::Number(number) => Self::scalar(Tag::Int, Text::from(number.to_string())),
            Value::String(text) => Self::string(text.as_str()),
            Value::Array(items) => Self::sequence(items.iter().map(Self::from_json).collect()),
            Value::Object(entries) => Self::mapping(
                entries
                    .iter()
                    .map(|(key, value)| (Self::string(key.as_str()), Self::from_json(value))),
            ),
        }
    }
}

fn scalar(tag: &Tag, text: &str) -> Value {
    match tag {
        Tag::Null => Value::Null,
        Tag::Bool => Value::Bool(matches!(text, "true" | "True" | "TRUE")),
        Tag::Int | Tag::Float => serde_json::from_str(text).unwrap_or_else(|_| text.into()),
        _ => text.into(),
    }
}
