//! Nodes to JSON values and back.

use std::borrow::Cow;

use serde_json::{Number, Value};

use crate::problem::Problem;
use crate::yaml::emit::emit;
use crate::yaml::node::{Kind, Node, Style, Tag, Text};
use crate::yaml::parse::{Options, parse_with};
use crate::yaml::resolve::Schema;

pub(crate) use crate::yaml::json::decode::{check_unique, is_merge};

mod decode;
mod scalar;

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
        if !changes_in_print(self) {
            return decode::to_json(self, Schema::Kustomize);
        }
        let text = emit(self);
        let options = Options { comments: false, first_only: true, ..Options::default() };
        let printed = parse_with(text.as_bytes(), options)?;
        decode::to_json(printed.first().unwrap_or(self), Schema::Kustomize)
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

/// The JSON value of a scalar of a resource.
pub(crate) fn scalar_to_json(node: &Node) -> Result<Value, Problem> {
    scalar::scalar(node, Schema::Kustomize)
}

/// The name of an entry of a resource; `None` for one that kustomize leaves out.
pub(crate) fn key_to_json(key: &Node, is_root: bool) -> Result<Option<Cow<'_, str>>, Problem> {
    scalar::key_text(key, Schema::Kustomize, is_root)
}

/// Whether go-yaml v3 reads something else than it was given from what it prints.
fn changes_in_print(root: &Node) -> bool {
    let has_last_comment = root.comments.as_ref().is_some_and(|it| !it.below.is_empty());
    any_changes(root, false, false, has_last_comment)
}

fn any_changes(node: &Node, in_flow: bool, is_key: bool, has_last_comment: bool) -> bool {
    if changes(node, in_flow, is_key, has_last_comment) {
        return true;
    }
    let in_flow = in_flow || node.style == Style::Flow;
    let is_mapping = node.kind == Kind::Mapping;
    node.content.iter().enumerate().any(|(index, child)| {
        any_changes(child, in_flow, is_mapping && index.is_multiple_of(2), has_last_comment)
    })
}

/// Whether go-yaml v3 changes this node, not those below it, by printing and reading it.
///
/// kustomize prints and reads each resource before it becomes JSON. A folded scalar gains a line
/// break where its first line is indented, empty values and times of day become strings within
/// braces, trailing empty lines grow in front of a last comment, and of two comments behind `|` the
/// second one becomes text.
pub(crate) fn changes(node: &Node, in_flow: bool, is_key: bool, has_last_comment: bool) -> bool {
    if node.comments.as_ref().is_some_and(|it| it.line.contains('\n')) {
        return true;
    }
    match (node.kind, node.style) {
        (Kind::Scalar, Style::Folded) => true,
        (Kind::Scalar, Style::Plain) if node.value.is_empty() => in_flow || is_key,
        (Kind::Scalar, Style::Plain) => in_flow && node.tag == Tag::Timestamp,
        (Kind::Scalar, Style::Literal) => {
            has_last_comment && (node.value.ends_with("\n\n") || node.value == "\n")
        }
        _ => false,
    }
}

/// A float as Go's JSON holds it: an integer when it has no fraction and fits.
pub(crate) fn number(value: f64) -> Option<Number> {
    if value.fract() == 0.0 && value.abs() < 1e21 {
        let digits = value.to_string();
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
