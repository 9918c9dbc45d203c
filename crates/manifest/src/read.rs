//! Reads objects from YAML and JSON files.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::object::{Object, Origin};
use crate::problem::Problem;
use crate::tree::Tree;
use crate::yaml::{self, Node, Schema};

/// Reads every object of one file: all documents, lists taken apart.
///
/// Documents without content are left out. What cannot be read is a problem; the rest is still
/// returned. `file` is only the name to report.
pub fn read(file: &str, bytes: &[u8]) -> (Vec<Object>, Vec<Problem>) {
    let file: Arc<str> = file.into();
    let (mut objects, mut problems) = (Vec::new(), Vec::new());
    match yaml::parse(bytes) {
        Ok(roots) => {
            for root in roots.iter().filter(|root| !root.is_null()) {
                document(&file, root, &mut objects, &mut problems);
            }
        }
        Err(problem) => problems.push(Problem { file, ..problem }),
    }
    (objects, problems)
}

/// Reads every object of the `*.yaml`, `*.yml` and `*.json` files of a tree, in order of path.
pub fn read_tree(tree: &Tree) -> (Vec<Object>, Vec<Problem>) {
    let (mut objects, mut problems) = (Vec::new(), Vec::new());
    for (path, file) in tree.iter().filter(|(path, _)| is_manifest(path)) {
        let (mut read_objects, mut read_problems) = read(path, &file.bytes);
        objects.append(&mut read_objects);
        problems.append(&mut read_problems);
    }
    (objects, problems)
}

fn is_manifest(path: &str) -> bool {
    matches!(path.rsplit_once('.'), Some((_, "yaml" | "yml" | "json")))
}

fn document(file: &Arc<str>, root: &Node, objects: &mut Vec<Object>, problems: &mut Vec<Problem>) {
    let problem = |message: &str| Problem {
        file: file.clone(),
        line: root.line,
        column: root.column,
        message: message.to_owned(),
    };
    let value = match root.to_json_as(Schema::Kubernetes) {
        Ok(Value::Object(value)) => value,
        Ok(_) => return problems.push(problem("a Kubernetes object is a mapping")),
        Err(found) => return problems.push(Problem { file: file.clone(), ..found }),
    };
    if is_list(&value) {
        for item in root.get("items").map(Node::items).unwrap_or_default() {
            document(file, item, objects, problems);
        }
        return;
    }
    for field in ["apiVersion", "kind"] {
        if value.get(field).and_then(Value::as_str).unwrap_or_default().is_empty() {
            problems.push(problem(&format!("the object has no `{field}`")));
            return;
        }
    }
    objects.push(Object { value, origin: Origin { file: file.clone(), line: root.line } });
}

fn is_list(value: &Map<String, Value>) -> bool {
    let kind = value.get("kind").and_then(Value::as_str).unwrap_or_default();
    kind.ends_with("List") && value.get("items").is_some_and(Value::is_array)
}
