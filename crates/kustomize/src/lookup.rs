//! Field paths of replacements and variables: `spec.containers.[name=web].image`.

use manifest::yaml::{Kind, Node};

use crate::node::{self, Wrong};

/// Splits at a delimiter; a backslash before it keeps it, a leading delimiter is dropped.
pub(crate) fn split(path: &str, delimiter: char) -> Vec<String> {
    let mut parts: Vec<&str> = path.split(delimiter).collect();
    if parts.len() > 1 && parts[0].is_empty() {
        parts.remove(0);
    }
    let mut result: Vec<String> = Vec::with_capacity(parts.len());
    for part in parts {
        match result.last_mut() {
            Some(last) if last.ends_with('\\') => {
                last.pop();
                last.push(delimiter);
                last.push_str(part);
            }
            _ => result.push(part.to_owned()),
        }
    }
    result
}

/// Splits at dots, except within brackets; brackets without `=` only quote a key.
pub(crate) fn split_dotted(path: &str) -> Vec<String> {
    let parts = split(path, '.');
    let mut result = Vec::with_capacity(parts.len());
    let mut rest = parts.into_iter();
    while let Some(part) = rest.next() {
        if !part.starts_with('[') || part.ends_with(']') {
            result.push(part);
            continue;
        }
        let mut bracketed = part;
        for next in rest.by_ref() {
            bracketed.push('.');
            bracketed.push_str(&next);
            if next.ends_with(']') {
                break;
            }
        }
        if bracketed.contains('=') {
            result.push(bracketed);
        } else {
            result.push(bracketed.trim_matches(['[', ']']).to_owned());
        }
    }
    result
}

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Field(String),
    Index(usize),
    /// `-`
    Last,
    /// `[name=value]`; the name is empty for items that are scalars.
    Match {
        name: String,
        value: String,
    },
    /// `*`
    Every,
}

/// Reads the parts of a path; blank ones are left out.
///
/// # Errors
///
/// A negative index, or brackets without `=`.
pub(crate) fn steps<S: AsRef<str>>(parts: &[S]) -> Result<Vec<Step>, Wrong> {
    let trimmed = parts.iter().map(|part| part.as_ref().trim()).filter(|part| !part.is_empty());
    trimmed.map(step).collect()
}

fn step(part: &str) -> Result<Step, Wrong> {
    if let Ok(index) = part.parse::<i64>() {
        return usize::try_from(index)
            .map(Step::Index)
            .map_err(|_| format!("array index {index} cannot be negative"));
    }
    match part {
        "-" => Ok(Step::Last),
        "*" => Ok(Step::Every),
        _ if part.starts_with('[') && part.ends_with(']') && part.len() > 1 => {
            let inner = &part[1..part.len() - 1];
            let Some((name, value)) = inner.split_once('=') else {
                return Err(format!("list path element `{part}` must have the form [field=value]"));
            };
            Ok(Step::Match { name: name.to_owned(), value: value.to_owned() })
        }
        _ => Ok(Step::Field(part.to_owned())),
    }
}

/// Finds the one node at a path.
///
/// # Errors
///
/// When a step does not fit the kind of a node on the way, or is `*`.
pub(crate) fn find<'a>(root: &'a Node, path: &[Step]) -> Result<Option<&'a Node>, Wrong> {
    let mut here = root;
    for step in path {
        let next = match step {
            Step::Field(name) => node::field(here, name)?,
            Step::Index(index) => {
                node::expect_sequence(here)?;
                here.content.get(*index)
            }
            Step::Last => {
                node::expect_sequence(here)?;
                here.content.last()
            }
            Step::Match { name, value } => {
                node::expect_sequence(here)?;
                here.items().iter().find(|item| matches(item, name, value))
            }
            Step::Every => return Err("a wildcard is not supported here".to_owned()),
        };
        match next {
            Some(found) => here = found,
            None => return Ok(None),
        }
    }
    Ok(Some(here))
}

/// Finds the one node at a path, to change.
///
/// # Errors
///
/// As [`find`].
pub(crate) fn find_mut<'a>(
    root: &'a mut Node,
    path: &[Step],
) -> Result<Option<&'a mut Node>, Wrong> {
    let mut here = root;
    for step in path {
        let next = match step {
            Step::Field(name) => node::field_mut(here, name)?,
            Step::Index(index) => {
                node::expect_sequence(here)?;
                here.content.get_mut(*index)
            }
            Step::Last => {
                node::expect_sequence(here)?;
                here.content.last_mut()
            }
            Step::Match { name, value } => {
                node::expect_sequence(here)?;
                here.items_mut().iter_mut().find(|item| matches(item, name, value))
            }
            Step::Every => return Err("a wildcard is not supported here".to_owned()),
        };
        match next {
            Some(found) => here = found,
            None => return Ok(None),
        }
    }
    Ok(Some(here))
}

fn matches(item: &Node, name: &str, value: &str) -> bool {
    if name.is_empty() {
        return item.value == value;
    }
    item.kind == Kind::Mapping && item.get(name).is_some_and(|found| found.value == value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_keep_their_dots() {
        assert_eq!(
            split_dotted("spec.data.[name=f.i.r].key"),
            ["spec", "data", "[name=f.i.r]", "key"]
        );
        assert_eq!(split_dotted("a.[b.c/d.e]"), ["a", "b.c/d.e"]);
        assert_eq!(split_dotted(r"spec\.replicas"), ["spec.replicas"]);
        assert_eq!(split(r"/a/b\/c/d", '/'), ["a", "b/c", "d"]);
    }
}
