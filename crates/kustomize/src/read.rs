//! Bytes to objects, as kyaml reads them.

use std::collections::VecDeque;
use std::sync::Arc;

use manifest::Problem;
use manifest::yaml::{Kind, Node, Options, parse_with};

use crate::identity;
use crate::node;
use crate::resource::Resource;

mod expand;

/// Reads all objects of a file: several documents, lists taken apart.
///
/// # Errors
///
/// The first thing that is no YAML or no object with kind and name.
pub(crate) fn objects(file: &Arc<str>, bytes: &[u8]) -> Result<Vec<Resource>, Problem> {
    let documents = documents(file, bytes)?;
    let mut queue: VecDeque<Node> = VecDeque::with_capacity(documents.len());
    let is_single = documents.len() == 1;
    for document in documents {
        if is_single && matches!(identity::kind(&document), "List" | "ResourceList") {
            match document.get("items") {
                Some(_) => queue.extend(take_items(document)),
                None if document.get("functionConfig").is_some() => {}
                None => queue.push_back(document),
            }
        } else {
            queue.push_back(document);
        }
    }
    let mut good = VecDeque::with_capacity(queue.len());
    for node in queue {
        push_valid(&mut good, node, file)?;
    }
    take_lists_apart(file, good)
}

fn take_lists_apart(file: &Arc<str>, mut queue: VecDeque<Node>) -> Result<Vec<Resource>, Problem> {
    let mut result = Vec::with_capacity(queue.len());
    while let Some(node) = queue.pop_front() {
        if !identity::kind(&node).ends_with("List") {
            result.push(Resource::new(node, file.clone()));
            continue;
        }
        match node.get("items") {
            None => result.push(Resource::new(node, file.clone())),
            Some(items) if items.is_null() => {}
            Some(items) if items.is_sequence() => {
                for item in take_items(node) {
                    push_valid(&mut queue, item, file)?;
                }
            }
            Some(items) => {
                let kind = identity::kind(&node);
                let found = node::kind_name(items);
                return Err(problem(
                    file,
                    items.line,
                    format!("expected array in {kind}/items, but found {found}"),
                ));
            }
        }
    }
    Ok(result)
}

fn take_items(mut list: Node) -> Vec<Node> {
    list.remove("items").map(|items| items.content).unwrap_or_default()
}

fn push_valid(queue: &mut VecDeque<Node>, node: Node, file: &Arc<str>) -> Result<(), Problem> {
    if node::is_empty(&node) {
        return Ok(());
    }
    match check(&node) {
        Ok(()) => {
            queue.push_back(node);
            Ok(())
        }
        Err(reason) => Err(problem(file, node.line, reason)),
    }
}

/// Whether it has what every object has.
///
/// # Errors
///
/// A sentence that says what is missing.
pub(crate) fn check(node: &Node) -> Result<(), String> {
    if node.kind != Kind::Mapping {
        return Err(format!("missing Resource metadata: this is a {}", node::kind_name(node)));
    }
    let kind = identity::kind(node);
    let described = || {
        let api_version = identity::api_version(node);
        let api_version = if api_version.is_empty() { "none" } else { api_version };
        format!("object with apiVersion {api_version}")
    };
    if kind.is_empty() {
        return Err(format!("missing kind in {}", described()));
    }
    if !kind.ends_with("List") && identity::name(node).is_empty() {
        return Err(format!("missing metadata.name in {kind} {}", described()));
    }
    Ok(())
}

fn problem(file: &Arc<str>, line: u32, message: String) -> Problem {
    Problem { file: file.clone(), line, column: 0, message }
}

/// Reads all documents of a file; those without content are left out.
///
/// # Errors
///
/// The first thing that is no YAML.
pub(crate) fn documents(file: &Arc<str>, bytes: &[u8]) -> Result<Vec<Node>, Problem> {
    let text = std::str::from_utf8(bytes)
        .map_err(|error| problem(file, 1, format!("not UTF-8: {error}")))?;
    let unix;
    let text = if text.contains("\r\n") {
        unix = text.replace("\r\n", "\n");
        &unix
    } else {
        text
    };
    let mut result = Vec::new();
    for (offset, part) in split(file, text)? {
        if let Some(mut node) = first_document(file, part, offset)? {
            node.line += offset;
            if !node::is_null(&node) {
                result.push(node);
            }
        }
    }
    Ok(result)
}

fn first_document(file: &Arc<str>, text: &str, offset: u32) -> Result<Option<Node>, Problem> {
    let place = |found: Problem| Problem {
        file: file.clone(),
        line: found.line + offset,
        message: format!("malformed YAML: {}", found.message),
        ..found
    };
    // Comments count: some of them change what kustomize prints.
    let options = Options { comments: text.contains('#'), first_only: true, ..Options::default() };
    let documents = parse_with(text.as_bytes(), options).map_err(place)?;
    let Some(node) = documents.into_iter().next() else { return Ok(None) };
    let line = node.line;
    expand::expand(node).map(Some).map_err(|reason| problem(file, line + offset, reason))
}

/// Cuts a stream at its `---` lines; answers with each part how many lines stand before it.
fn split<'a>(file: &Arc<str>, text: &'a str) -> Result<Vec<(u32, &'a str)>, Problem> {
    let mut parts = Vec::new();
    let (mut start, mut start_line, mut line) = (0, 0, 0_u32);
    let mut at = 0;
    while let Some(length) = text[at..].find('\n') {
        // `at` is where a line starts; a separator is a whole line other than the first.
        let end = at + length + 1;
        line += 1;
        let is_separator = at > start && text[at..].starts_with("---");
        if is_separator {
            let rest = text[at + 3..end].trim();
            if !rest.is_empty() && !rest.starts_with('#') {
                let message = format!("invalid document separator: {}", text[at..end].trim());
                return Err(problem(file, line, message));
            }
            parts.push((start_line, &text[start..at]));
            (start, start_line) = (end, line);
        }
        at = end;
    }
    parts.push((start_line, &text[start..]));
    Ok(parts)
}

#[cfg(test)]
mod tests;
