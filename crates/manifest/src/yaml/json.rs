//! Nodes to JSON values and back.

use serde_json::{Number, Value};

use crate::problem::Problem;
use crate::yaml::emit::emit;
use crate::yaml::node::{Kind, Node, Style, Tag, Text};
use crate::yaml::parse::{Options, parse_with};
use crate::yaml::resolve::Schema;

mod decode;

impl Node {
    /// The JSON value that kustomize makes of it: go-yaml v3's typing, then Go's `encoding/json`.
    ///
    /// Merge keys and aliases are resolved. Floats without fraction are integers, as in Go's JSON.
    ///
    /// # Errors
    ///
    /// A duplicate key, a key that is not a string below the top level, a tag that the content does
    /// not fit, NaN or infinity, an alias to itself, or too many aliases.
    ///
    /// # Source
    ///
    /// go.yaml.in/yaml/v3 v3.0.3 `decode.go`; kyaml v0.21.1 `RNode.MarshalJSON`.
    pub fn to_json(&self) -> Result<Value, Problem> {
        if !changes_in_print(self, false, false) {
            return decode::to_json(self, Schema::Kustomize);
        }
        let text = emit(self);
        let options = Options { comments: false, first_only: true };
        let printed = parse_with(text.as_bytes(), options)?;
        let root = printed.first().map_or(self, |document| &document.root);
        decode::to_json(root, Schema::Kustomize)
    }

    /// The JSON value by the rules of `schema`.
    ///
    /// By [`Schema::Kubernetes`], keys of other types become strings; duplicates are refused, as
    /// `kubectl` in its strict mode does.
    ///
    /// # Errors
    ///
    /// As [`Node::to_json`].
    ///
    /// # Source
    ///
    /// sigs.k8s.io/yaml v1.6.0 `YAMLToJSONStrict`; go.yaml.in/yaml/v2 v2.4.2 `decode.go`.
    pub fn to_json_as(&self, schema: Schema) -> Result<Value, Problem> {
        decode::to_json(self, schema)
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

/// Whether go-yaml v3 reads something else than it was given from what it prints.
///
/// kustomize prints and reads each resource before it becomes JSON. A folded scalar gains a line
/// break where its first line is indented, and an empty value in braces becomes a string.
fn changes_in_print(node: &Node, in_flow: bool, is_key: bool) -> bool {
    match node.kind {
        Kind::Alias => false,
        Kind::Scalar => match node.style {
            Style::Folded => true,
            Style::Plain => node.value.is_empty() && (in_flow || is_key),
            _ => false,
        },
        Kind::Sequence => {
            let in_flow = in_flow || node.style == Style::Flow;
            node.content.iter().any(|item| changes_in_print(item, in_flow, false))
        }
        Kind::Mapping => {
            let in_flow = in_flow || node.style == Style::Flow;
            node.entries().any(|(key, value)| {
                changes_in_print(key, in_flow, true) || changes_in_print(value, in_flow, false)
            })
        }
    }
}

/// A float as Go's JSON holds it: an integer when it has no fraction and fits.
pub(crate) fn number(value: f64) -> Option<Number> {
    if value.fract() == 0.0 && value.abs() < 1e21 {
        let digits = format!("{value:.0}");
        let digits = if digits == "-0" { "0" } else { digits.as_str() };
        if let Ok(integer) = digits.parse::<i64>() {
            return Some(integer.into());
        }
        if let Ok(integer) = digits.parse::<u64>() {
            return Some(integer.into());
        }
    }
    Number::from_f64(value)
}
