//! Strategic merge patches, with the semantics of kyaml's `merge2`.
//!
//! A patch is walked together with what it changes. Mappings merge field by field, `null` deletes,
//! lists are replaced unless the schema knows merge keys. Where a patch adds or replaces a whole
//! mapping, kyaml walks it against itself, which drops its nulls and directives; here that is
//! [`Patch::Same`].

use manifest::yaml::{Kind, Node, Tag};

use crate::node::{self, Wrong, is_null};
use crate::schema::{Schema, Schemas};

mod directive;
mod list;

use directive::{Directive, of_mapping};

/// How deep documents may nest.
const MOST_LEVELS: usize = 1000;

/// What is merged into a node.
enum Patch {
    /// Nothing, but the walk still drops what kyaml drops on the way.
    None,
    /// The node itself.
    Same,
    Node(Node),
}

/// Applies a patch to an object; says whether anything is left of it.
///
/// # Errors
///
/// A sentence, when kinds of nodes do not fit, or a directive is unknown.
pub(crate) fn merge(object: &mut Node, patch: Node, schemas: &Schemas) -> Result<bool, Wrong> {
    let walker = Walker { schemas };
    if patch.get("$patch").is_some_and(|directive| directive.value == "replace") {
        // kyaml replaces its own copy and forgets it, so that the object stays what it is.
        return Ok(true);
    }
    let schema = schemas.of(object).or_else(|| schemas.of(&patch));
    let found = std::mem::take(object);
    match walker.walk(Some(found), Patch::Node(patch), schema, 0)? {
        Some(result) => {
            *object = result;
            Ok(true)
        }
        None => Ok(false),
    }
}

/// Merges two documents of which no schema is known; lists are replaced.
///
/// # Errors
///
/// As [`merge`].
pub(crate) fn merge_plainly(under: Node, over: Node) -> Result<Node, Wrong> {
    let walker = Walker { schemas: &Schemas::default() };
    let result = walker.walk(Some(under), Patch::Node(over), None, 0)?;
    Ok(result.unwrap_or_else(|| Node::mapping([])))
}

struct Walker<'a> {
    schemas: &'a Schemas,
}

impl Walker<'_> {
    /// Merges one node; `None` means that the field goes.
    fn walk(
        &self,
        found: Option<Node>,
        patch: Patch,
        schema: Option<Schema<'_>>,
        level: usize,
    ) -> Result<Option<Node>, Wrong> {
        if level > MOST_LEVELS {
            return Err("the document is nested too deeply".to_owned());
        }
        let first = found.as_ref().filter(|node| !is_null(node));
        let second = match &patch {
            Patch::Node(node) => Some(node).filter(|node| !is_null(node)),
            _ => None,
        };
        let schema = schema.or_else(|| {
            first
                .and_then(|node| self.own_schema(node))
                .or_else(|| second.and_then(|node| self.own_schema(node)))
        });
        let Some(kind) = first.or(second).map(|node| node.kind) else {
            return Ok(nothing_but_null(found, patch));
        };
        let fits = |node: Option<&Node>| node.is_none_or(|node| node.kind == kind);
        if !fits(first) || !fits(second) {
            let names = [first, second].map(|node| node.map_or("nothing", node::kind_name));
            return Err(format!(
                "wrong node kind: a {} cannot be merged into a {}",
                names[1], names[0]
            ));
        }
        match kind {
            Kind::Mapping => self.mapping(found, patch, schema, level),
            Kind::Sequence => match schema.and_then(Schema::merge_keys) {
                Some(keys) => self.list(found, patch, (schema, keys), level),
                None => Ok(leaf(found, patch)),
            },
            Kind::Scalar | Kind::Alias => Ok(leaf(found, patch)),
        }
    }

    fn own_schema(&self, node: &Node) -> Option<Schema<'_>> {
        if node.kind == Kind::Mapping { self.schemas.of(node) } else { None }
    }

    fn mapping(
        &self,
        found: Option<Node>,
        patch: Patch,
        schema: Option<Schema<'_>>,
        level: usize,
    ) -> Result<Option<Node>, Wrong> {
        let (node, patch) = match (found, patch) {
            (found, Patch::Node(mut patch)) if found.as_ref().is_none_or(is_null) => {
                if of_mapping(&mut patch).unwrap_or(Directive::Merge) == Directive::Delete {
                    return Ok(None);
                }
                (patch, Patch::Same)
            }
            (Some(_), Patch::Node(patch)) if is_null(&patch) => return Ok(None),
            (Some(node), Patch::Node(mut patch)) => match of_mapping(&mut patch)? {
                Directive::Delete => return Ok(None),
                Directive::Replace => (patch, Patch::Same),
                Directive::Merge => (node, Patch::Node(patch)),
            },
            (Some(mut node), Patch::Same) => {
                if of_mapping(&mut node)? == Directive::Delete {
                    return Ok(None);
                }
                (node, Patch::Same)
            }
            (Some(node), Patch::None) => (node, Patch::None),
            (None, _) => return Ok(None),
        };
        self.fields(node, patch, schema, level).map(Some)
    }

    fn fields(
        &self,
        mut node: Node,
        patch: Patch,
        schema: Option<Schema<'_>>,
        level: usize,
    ) -> Result<Node, Wrong> {
        let (mut patch, is_same) = match patch {
            Patch::Node(patch) => (Some(patch), false),
            Patch::Same => (None, true),
            Patch::None => (None, false),
        };
        let mut index = 0;
        while index + 1 < node.content.len() {
            let name = node.content[index].value.clone();
            let inner = match &mut patch {
                Some(patch) => patch.remove(&name).map_or(Patch::None, Patch::Node),
                None if is_same => Patch::Same,
                None => Patch::None,
            };
            let style = node.content[index + 1].style;
            let mark = node.content[index + 1].anchor.clone();
            let value = std::mem::take(&mut node.content[index + 1]);
            let is_scalar_change = matches!(inner, Patch::Node(_));
            let field = schema.map(|schema| schema.field(&name));
            match self.walk(Some(value), inner, field, level + 1)? {
                Some(mut value) if !is_dropped(&value) => {
                    if is_scalar_change {
                        node::take_style(&mut value, style);
                        value.anchor = mark;
                    } else if node::is_string(&value) {
                        value = node::quoted_where_needed(value);
                    }
                    node.content[index + 1] = value;
                    index += 2;
                }
                _ => {
                    node.content.drain(index..index + 2);
                }
            }
        }
        let Some(patch) = patch else { return Ok(node) };
        let mut rest = patch.content.into_iter();
        while let (Some(mut key), Some(value)) = (rest.next(), rest.next()) {
            let field = schema.map(|schema| schema.field(&key.value));
            let added = self.walk(None, Patch::Node(value), field, level + 1)?;
            if let Some(value) = added.filter(|value| !is_dropped(value)) {
                key.tag = Tag::None;
                node.content.push(key);
                node.content.push(value);
            }
        }
        Ok(node)
    }
}

/// A null that was written as `null` or `~` stays when no patch names it; others go.
fn nothing_but_null(found: Option<Node>, patch: Patch) -> Option<Node> {
    match (found, patch) {
        (Some(node), Patch::None) if !node.value.is_empty() => Some(node),
        _ => None,
    }
}

/// Whether setting a field to this value clears it.
fn is_dropped(value: &Node) -> bool {
    is_null(value) && value.value.is_empty()
}

/// Takes the patch for the result where there is one; a null deletes.
fn leaf(found: Option<Node>, patch: Patch) -> Option<Node> {
    match patch {
        Patch::Node(node) => Some(node).filter(|node| !is_null(node)),
        Patch::Same | Patch::None => found.filter(|node| !is_null(node)),
    }
}

#[cfg(test)]
mod tests;
