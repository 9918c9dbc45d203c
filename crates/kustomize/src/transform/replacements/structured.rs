//! Fields within a text that is itself JSON or YAML, such as an entry of a ConfigMap.

use manifest::yaml::{Kind, Node};

use crate::go_json;
use crate::lookup;
use crate::node::Wrong;
use crate::transform::replacements::paths::{Visitor, target_steps};

/// Reads the document in a text.
///
/// # Errors
///
/// A sentence, when it is no YAML.
pub(super) fn parse(text: &str) -> Result<Node, Wrong> {
    let documents = manifest::yaml::parse(text.as_bytes()).map_err(|problem| problem.message)?;
    Ok(documents.into_iter().next().unwrap_or_default())
}

/// Puts a value into the document in the first text on the path, and writes that text anew.
///
/// # Errors
///
/// A sentence, when there is no text before the end of the path, or no such field in it.
pub(super) fn copy_to(
    object: &mut Node,
    value: &Node,
    parts: &[String],
    make: Option<Kind>,
) -> Result<(), Wrong> {
    for length in 1..parts.len() {
        let Ok(steps) = lookup::steps(&parts[..length]) else { continue };
        let Ok(Some(text)) = lookup::find_mut(object, &steps) else { continue };
        if text.kind != Kind::Scalar {
            continue;
        }
        let Ok(mut document) = parse(&text.value) else { continue };
        let rest = target_steps(&parts[length..])?;
        let mut visitor = Visitor {
            make,
            count: 0,
            set: &mut |target| {
                if target.kind == Kind::Scalar {
                    target.value.clone_from(&value.value);
                } else {
                    *target = value.clone();
                }
                Ok(())
            },
        };
        visitor.visit(&mut document, &rest)?;
        if visitor.count == 0 {
            return Err("unable to find field in structured data".to_owned());
        }
        text.value = write(&document, &text.value)?.into();
        return Ok(());
    }
    Err("no structured data found in path".to_owned())
}

/// Writes a document in the format that it had.
fn write(document: &Node, before: &str) -> Result<String, Wrong> {
    if !before.trim_start().starts_with(['{', '[']) {
        return Ok(manifest::yaml::emit(document).trim().to_owned());
    }
    let value = document.to_json().map_err(|problem| problem.message)?;
    Ok(if before.contains('\n') && before.contains("  ") {
        go_json::write_indented(&value)
    } else {
        go_json::write(&value)
    })
}
