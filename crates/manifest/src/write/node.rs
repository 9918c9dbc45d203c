//! Writes nodes as `kustomize build` prints resources, without a detour through JSON values.

use crate::problem::Problem;
use crate::write::{Marshal, Place, map_to_yaml, to_yaml};
use crate::yaml::emit::writer::{Dialect, Writer};
use crate::yaml::json::{changes_in_print, check_unique, is_merge, key_to_json, scalar_to_json};
use crate::yaml::{Kind, Node, Tag};

/// Writes one resource as `kustomize build` prints it: keys sorted, styles and comments dropped.
///
/// The same as [`to_yaml`] of [`Node::to_json`], at less cost.
///
/// # Errors
///
/// As [`Node::to_json`].
///
/// # Source
///
/// kustomize api v0.21.1 `Resource.AsYAML`: kyaml prints, go-yaml v3 reads, `encoding/json` prints,
/// go-yaml v2 reads and prints.
pub fn node_to_yaml(root: &Node) -> Result<String, Problem> {
    let mut out = String::new();
    append_node(&mut out, root)?;
    Ok(out)
}

/// As [`node_to_yaml`], behind what `out` holds already.
///
/// # Errors
///
/// As [`Node::to_json`]; `out` may then hold a part of the resource.
pub fn append_node(out: &mut String, root: &Node) -> Result<(), Problem> {
    if refers(root) || changes_in_print(root) {
        match root.to_json()? {
            serde_json::Value::Object(map) => out.push_str(&map_to_yaml(&map)),
            other => out.push_str(&to_yaml(&other)),
        }
        return Ok(());
    }
    let mut marshal = Marshal(Writer::new(Dialect::Two));
    std::mem::swap(&mut marshal.0.out, out);
    let written = marshal.node(root, Place::Root);
    marshal.0.put_indent();
    std::mem::swap(&mut marshal.0.out, out);
    written
}

/// Whether aliases or merge keys are left, which only the decoder resolves.
fn refers(node: &Node) -> bool {
    match node.kind {
        Kind::Alias => true,
        Kind::Scalar => false,
        Kind::Sequence => node.content.iter().any(refers),
        Kind::Mapping => {
            node.entries().any(|(key, value)| is_merge(key) || refers(key) || refers(value))
        }
    }
}

impl Marshal {
    fn node(&mut self, node: &Node, place: Place) -> Result<(), Problem> {
        match node.kind {
            Kind::Scalar if node.tag == Tag::Str => {
                self.string(&node.value, place);
                Ok(())
            }
            Kind::Scalar | Kind::Alias => {
                self.value(&scalar_to_json(node)?, place);
                Ok(())
            }
            Kind::Sequence => {
                self.items(&node.content, place, |marshal, item| marshal.node(item, Place::Item))
            }
            Kind::Mapping => {
                check_unique(node)?;
                let mut names = Vec::with_capacity(node.content.len() / 2);
                for (key, value) in node.entries() {
                    if let Some(name) = key_to_json(key, place == Place::Root)? {
                        names.push((name, value));
                    }
                }
                let entries = names.iter().map(|(name, value)| (name.as_ref(), *value)).collect();
                self.entries(entries, |marshal, value| marshal.node(value, Place::Value))
            }
        }
    }
}
