//! Writes objects as sigs.k8s.io/yaml prints them.

use serde_json::Value;

use crate::object::Object;
use crate::yaml::{self, Node};

/// Writes objects as YAML documents separated by `---` lines, keys sorted.
pub fn write(objects: &[Object]) -> String {
    let texts: Vec<_> =
        objects.iter().map(|object| to_yaml(&Value::Object(object.value.clone()))).collect();
    texts.join("---\n")
}

/// Writes one JSON value as sigs.k8s.io/yaml's `Marshal` does: keys sorted, ending in a newline.
pub fn to_yaml(value: &Value) -> String {
    yaml::emit(&Node::from_json(value))
}
