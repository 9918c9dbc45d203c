//! Reads objects from YAML and JSON files.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::object::{Object, Origin};
use crate::problem::Problem;
use crate::tree::Tree;
use crate::yaml::{self, Node, Options, Schema};

const WITHOUT_COMMENTS: Options = Options { comments: false, first_only: false, first_line: 1 };

/// Reads every object of one file: all documents, lists taken apart.
///
/// Documents without content are left out. What cannot be read is a problem; the rest is still
/// returned. `file` is only the name to report.
///
/// ```
/// let (objects, problems) = manifest::read("shop.yaml", b"apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n");
/// assert_eq!(objects[0].id().to_string(), "Namespace/shop");
/// assert!(problems.is_empty());
/// ```
pub fn read(file: &str, bytes: &[u8]) -> (Vec<Object>, Vec<Problem>) {
    let mut reader = Reader { file: file.into(), objects: Vec::new(), problems: Vec::new() };
    match yaml::parse_with(bytes, WITHOUT_COMMENTS) {
        Ok(roots) => roots.iter().for_each(|root| reader.document(root)),
        Err(problem) => reader.parts(bytes, problem),
    }
    (reader.objects, reader.problems)
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

struct Reader {
    file: Arc<str>,
    objects: Vec<Object>,
    problems: Vec<Problem>,
}

impl Reader {
    /// Reads each document by itself, after the whole could not be read because of `problem`.
    fn parts(&mut self, bytes: &[u8], problem: Problem) {
        let mut has_problem = false;
        for (first_line, part) in split(bytes) {
            match yaml::parse_with(part, Options { first_line, ..WITHOUT_COMMENTS }) {
                Ok(roots) => roots.iter().for_each(|root| self.document(root)),
                Err(problem) => {
                    has_problem = true;
                    self.refuse(problem);
                }
            }
        }
        if !has_problem {
            self.refuse(problem);
        }
    }

    fn refuse(&mut self, problem: Problem) {
        self.problems.push(Problem { file: self.file.clone(), ..problem });
    }

    fn document(&mut self, root: &Node) {
        if root.is_null() {
            return;
        }
        match root.to_json_as(Schema::Kubernetes) {
            Ok(Value::Object(value)) => self.object(root, value),
            Ok(_) => self.refuse(root.problem("a Kubernetes object is a mapping")),
            Err(problem) => self.refuse(problem),
        }
    }

    fn object(&mut self, node: &Node, mut value: Map<String, Value>) {
        if is_list(&value) {
            let Some(Value::Array(items)) = value.remove("items") else { return };
            let nodes = node.get("items").map(Node::items).unwrap_or_default();
            for (index, item) in items.into_iter().enumerate() {
                // Aliases and merge keys leave no node of their own; the list is the next best.
                let node = nodes.get(index).unwrap_or(node);
                match item {
                    Value::Object(item) => self.object(node, item),
                    _ => self.refuse(node.problem("a Kubernetes object is a mapping")),
                }
            }
            return;
        }
        for field in ["apiVersion", "kind"] {
            if value.get(field).and_then(Value::as_str).unwrap_or_default().is_empty() {
                return self.refuse(node.problem(&format!("the object has no `{field}`")));
            }
        }
        let origin = Origin { file: self.file.clone(), line: node.line };
        self.objects.push(Object { value, origin });
    }
}

fn is_list(value: &Map<String, Value>) -> bool {
    let kind = value.get("kind").and_then(Value::as_str).unwrap_or_default();
    kind.ends_with("List") && value.get("items").is_some_and(Value::is_array)
}

/// Cuts a stream at its `---` lines; with each part, the number of its first line.
fn split(bytes: &[u8]) -> Vec<(u32, &[u8])> {
    let (mut parts, mut start, mut start_line) = (Vec::new(), 0, 1);
    let (mut at, mut line) = (0, 1);
    for text in bytes.split_inclusive(|byte| *byte == b'\n') {
        if text.starts_with(b"---") && at > start {
            parts.push((start_line, &bytes[start..at]));
            (start, start_line) = (at, line);
        }
        at += text.len();
        line += 1;
    }
    parts.push((start_line, &bytes[start..]));
    parts
}
