//! JSON patches (RFC 6902) on nodes, as lenient as the library that kustomize uses.

use manifest::yaml::{Kind, Node, Schema, Tag};

use crate::go_json::to_node;
use crate::node::{Wrong, check_growth};

/// One operation.
#[derive(Clone, Debug)]
pub(crate) struct Operation {
    kind: String,
    path: Option<String>,
    from: Option<String>,
    value: Option<Node>,
}

/// Reads a patch: JSON when it starts with `[`, otherwise the first YAML document.
///
/// # Errors
///
/// A sentence, when it is no list of objects.
pub(crate) fn read(text: &str) -> Result<Vec<Operation>, String> {
    if text.is_empty() {
        return Err("empty json patch operations".to_owned());
    }
    if text.starts_with('[') {
        let value: serde_json::Value =
            serde_json::from_str(text).map_err(|error| error.to_string())?;
        return operations(to_node(&value));
    }
    let documents = crate::read::documents(&"".into(), text.as_bytes())
        .map_err(|problem| format!("line {}: {}", problem.line, problem.message))?;
    match documents.into_iter().next() {
        Some(document) => {
            let value =
                document.to_json_as(Schema::Kubernetes).map_err(|problem| problem.message)?;
            operations(to_node(&value))
        }
        None => Ok(Vec::new()),
    }
}

fn operations(list: Node) -> Result<Vec<Operation>, String> {
    if list.kind == Kind::Scalar && list.tag == Tag::Null {
        return Ok(Vec::new());
    }
    if list.kind != Kind::Sequence {
        return Err("a JSON patch is a list of operations".to_owned());
    }
    list.content.into_iter().map(operation).collect()
}

fn operation(mut node: Node) -> Result<Operation, String> {
    if node.kind != Kind::Mapping {
        return Err("an operation of a JSON patch is an object".to_owned());
    }
    let text = |node: &Node, name: &str| {
        let value = node.get(name).filter(|value| value.kind == Kind::Scalar);
        value.filter(|value| value.tag == Tag::Str).map(|value| value.value.to_string())
    };
    Ok(Operation {
        kind: text(&node, "op").unwrap_or_else(|| "unknown".to_owned()),
        path: text(&node, "path"),
        from: text(&node, "from"),
        value: node.remove("value"),
    })
}

/// Turns an object into what is left of it after a trip through JSON, where numbers are floats.
///
/// # Errors
///
/// A sentence, when it has no JSON form.
pub(crate) fn through_json(node: &mut Node) -> Result<(), String> {
    let value = node.to_json().map_err(|problem| problem.message)?;
    let line = node.line;
    *node = Node { line, ..to_node(&value) };
    Ok(())
}

/// Applies all operations in order.
///
/// # Errors
///
/// A sentence about the first operation that does not fit; the node is then half changed.
pub(crate) fn apply(root: &mut Node, patch: &[Operation]) -> Result<(), Wrong> {
    for operation in patch {
        apply_one(root, operation)?;
        if operation.kind == "copy" {
            // Copies of copies double with each operation.
            check_growth(0, root)?;
        }
    }
    Ok(())
}

fn apply_one(root: &mut Node, operation: &Operation) -> Result<(), Wrong> {
    let kind = operation.kind.as_str();
    if !matches!(kind, "add" | "remove" | "replace" | "move" | "test" | "copy") {
        return Err(format!("unexpected kind: {kind}"));
    }
    let Some(path) = operation.path.as_deref() else {
        return Err(format!("{kind} operation failed to decode path"));
    };
    let value = || operation.value.clone().unwrap_or_else(Node::null);
    match kind {
        "replace" if path.is_empty() => {
            *root = value();
            Ok(())
        }
        "add" => {
            let (parent, key) = parent(root, path, kind)?;
            add(parent, (path, &key), value()).map_err(|reason| within(kind, path, &reason))
        }
        "remove" => {
            let (parent, key) = parent(root, path, kind)?;
            remove(parent, &key).map(drop).map_err(|reason| within(kind, path, &reason))
        }
        "replace" => {
            let (parent, key) = parent(root, path, kind)?;
            replace(parent, (path, &key), value()).map_err(|reason| within(kind, path, &reason))
        }
        "test" => test(root, path, &value()),
        _ => {
            let Some(from) = operation.from.as_deref() else {
                return Err(format!("{kind} operation failed to decode from"));
            };
            let (source, key) = parent(root, from, kind)?;
            let moved = if kind == "move" { remove(source, &key) } else { copy(source, &key) };
            let moved = moved.map_err(|reason| within(kind, from, &reason))?;
            let (target, key) = parent(root, path, kind)?;
            add(target, (path, &key), moved).map_err(|reason| within(kind, path, &reason))
        }
    }
}

fn within(kind: &str, path: &str, reason: &str) -> Wrong {
    format!("error in {kind} for path: '{path}': {reason}")
}

/// The collection that holds what a path means, and the key in it.
fn parent<'a>(root: &'a mut Node, path: &str, kind: &str) -> Result<(&'a mut Node, String), Wrong> {
    let missing = || format!("{kind} operation does not apply: doc is missing path: \"{path}\"");
    let parts: Vec<&str> = path.split('/').collect();
    // Whatever stands before the first slash is not looked at.
    let Some((last, way)) = parts.get(1..).and_then(<[&str]>::split_last) else {
        return Err(missing());
    };
    let mut here = root;
    for part in way {
        let key = decode(part);
        here = match here.kind {
            Kind::Mapping => here.get_mut(&key).ok_or_else(missing)?,
            Kind::Sequence => {
                let at = position(here, &key).map_err(|_| missing())?;
                &mut here.content[at]
            }
            _ => return Err(missing()),
        };
    }
    if matches!(here.kind, Kind::Mapping | Kind::Sequence) {
        Ok((here, decode(last)))
    } else {
        Err(missing())
    }
}

fn decode(part: &str) -> String {
    if part.contains('~') { part.replace("~1", "/").replace("~0", "~") } else { part.to_owned() }
}

fn index(key: &str) -> Result<i64, Wrong> {
    key.parse().map_err(|_| format!("value was not a proper array index: '{key}'"))
}

/// The place of an existing item; negative indexes count from the end.
fn position(list: &Node, key: &str) -> Result<usize, Wrong> {
    bounded(index(key)?, list.content.len())
}

fn bounded(index: i64, length: usize) -> Result<usize, Wrong> {
    let signed = i64::try_from(length).unwrap_or(i64::MAX);
    let at = if index < 0 { index + signed } else { index };
    match usize::try_from(at) {
        Ok(at) if at < length => Ok(at),
        _ => Err(format!("unable to access invalid index: {index}")),
    }
}

fn add(parent: &mut Node, (path, key): (&str, &str), value: Node) -> Result<(), Wrong> {
    check_growth(path.matches('/').count(), &value)?;
    if parent.kind == Kind::Mapping {
        parent.set(key, value);
        return Ok(());
    }
    if key == "-" {
        parent.content.push(value);
        return Ok(());
    }
    let at = bounded(index(key)?, parent.content.len() + 1)?;
    parent.content.insert(at, value);
    Ok(())
}

fn remove(parent: &mut Node, key: &str) -> Result<Node, Wrong> {
    if parent.kind == Kind::Mapping {
        return parent
            .remove(key)
            .ok_or_else(|| format!("unable to remove nonexistent key: {key}"));
    }
    let at = position(parent, key)?;
    Ok(parent.content.remove(at))
}

fn copy(parent: &mut Node, key: &str) -> Result<Node, Wrong> {
    if parent.kind == Kind::Mapping {
        return Ok(parent.get(key).cloned().unwrap_or_else(Node::null));
    }
    let at = position(parent, key)?;
    Ok(parent.content[at].clone())
}

fn replace(parent: &mut Node, (path, key): (&str, &str), value: Node) -> Result<(), Wrong> {
    check_growth(path.matches('/').count(), &value)?;
    if parent.kind == Kind::Mapping {
        parent.set(key, value);
        return Ok(());
    }
    let at = position(parent, key)?;
    parent.content[at] = value;
    Ok(())
}

fn test(root: &mut Node, path: &str, value: &Node) -> Result<(), Wrong> {
    let failed = || format!("testing value {path} failed");
    if path.is_empty() {
        return if is_equal(root, value) { Ok(()) } else { Err(failed()) };
    }
    let (parent, key) = parent(root, path, "test")?;
    let found = copy(parent, &key).map_err(|reason| within("test", path, &reason))?;
    if is_equal(&found, value) { Ok(()) } else { Err(failed()) }
}

fn is_equal(a: &Node, b: &Node) -> bool {
    match (a.kind, b.kind) {
        (Kind::Mapping, Kind::Mapping) => {
            a.content.len() == b.content.len()
                && a.entries().all(|(key, value)| {
                    b.get(&key.value).is_some_and(|other| is_equal(value, other))
                })
        }
        (Kind::Sequence, Kind::Sequence) => {
            a.content.len() == b.content.len()
                && a.content.iter().zip(&b.content).all(|(x, y)| is_equal(x, y))
        }
        (Kind::Scalar, Kind::Scalar) => a.to_json().ok() == b.to_json().ok(),
        _ => false,
    }
}

#[cfg(test)]
mod tests;
