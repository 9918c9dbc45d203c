//! Nodes to text.

use crate::yaml::node::Node;

/// Writes one document, ending in a newline.
pub fn emit(root: &Node) -> String {
    let mut text = root.to_json().to_string();
    text.push('\n');
    text
}
