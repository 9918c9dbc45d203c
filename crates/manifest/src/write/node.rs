//! Writes nodes as `kustomize build` prints resources, without a detour through JSON values.

use crate::problem::Problem;
use crate::write::{Marshal, Place, map_to_yaml, to_yaml};
use crate::yaml::emit::writer::{Dialect, Writer};
use crate::yaml::json::{changes, check_unique, is_merge, key_to_json, scalar_to_json};
use crate::yaml::{Kind, Node, Style, Tag};

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
    let start = out.len();
    let mut marshal = Marshal(Writer::new(Dialect::Two));
    std::mem::swap(&mut marshal.0.out, out);
    let has_last_comment = root.comments.as_ref().is_some_and(|it| !it.below.is_empty());
    let around = Around { in_flow: false, has_last_comment };
    let written = marshal.node(root, Place::Root, around);
    marshal.0.put_indent();
    std::mem::swap(&mut marshal.0.out, out);
    match written {
        Ok(()) => Ok(()),
        Err(Stop::Problem(problem)) => Err(problem),
        Err(Stop::Detour) => {
            out.truncate(start);
            match root.to_json()? {
                serde_json::Value::Object(map) => out.push_str(&map_to_yaml(&map)),
                other => out.push_str(&to_yaml(&other)),
            }
            Ok(())
        }
    }
}

/// Why a resource cannot be written directly.
enum Stop {
    /// It holds something that only the way through JSON gets right.
    Detour,
    Problem(Problem),
}

impl From<Problem> for Stop {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

/// What decides, besides a node itself, whether printing would change it.
#[derive(Clone, Copy)]
struct Around {
    in_flow: bool,
    has_last_comment: bool,
}

impl Marshal {
    fn node(&mut self, node: &Node, place: Place, around: Around) -> Result<(), Stop> {
        if node.kind == Kind::Alias || changes(node, around.in_flow, false, around.has_last_comment)
        {
            return Err(Stop::Detour);
        }
        let around = Around { in_flow: around.in_flow || node.style == Style::Flow, ..around };
        match node.kind {
            Kind::Scalar if node.tag == Tag::Str => {
                self.string(&node.value, place);
                Ok(())
            }
            Kind::Scalar | Kind::Alias => {
                self.value(&scalar_to_json(node)?, place);
                Ok(())
            }
            Kind::Sequence => self.items(&node.content, place, |marshal, item| {
                marshal.node(item, Place::Item, around)
            }),
            Kind::Mapping => {
                check_unique(node)?;
                let mut names = Vec::with_capacity(node.content.len() / 2);
                for (key, value) in node.entries() {
                    let changes = changes(key, around.in_flow, true, around.has_last_comment);
                    if key.kind != Kind::Scalar || changes || is_merge(key) {
                        return Err(Stop::Detour);
                    }
                    if let Some(name) = key_to_json(key, place == Place::Root)? {
                        names.push((name, value));
                    }
                }
                let entries = names.iter().map(|(name, value)| (name.as_ref(), *value)).collect();
                self.entries(entries, |marshal, value| marshal.node(value, Place::Value, around))
            }
        }
    }
}
