//! `$patch: delete | replace | merge`.

use manifest::yaml::{Kind, Node};

use crate::node::Wrong;

const KEY: &str = "$patch";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Directive {
    Merge,
    Replace,
    Delete,
}

fn read(text: &str) -> Result<Directive, Wrong> {
    match text {
        "delete" => Ok(Directive::Delete),
        "replace" => Ok(Directive::Replace),
        "merge" => Ok(Directive::Merge),
        _ => Err(format!("unknown patch strategy `{text}`")),
    }
}

/// Takes the directive out of a mapping.
///
/// # Errors
///
/// A sentence, when it is none that is known.
pub(super) fn of_mapping(patch: &mut Node) -> Result<Directive, Wrong> {
    let Some(value) = patch.get(KEY) else { return Ok(Directive::Merge) };
    let directive = read(&value.value)?;
    patch.remove(KEY);
    Ok(directive)
}

/// Takes the directive out of a list: an item that is nothing but the directive.
///
/// # Errors
///
/// A sentence, when it is none that is known.
pub(super) fn of_list(patch: &mut Node) -> Result<Directive, Wrong> {
    let is_directive = |item: &Node| item.kind == Kind::Mapping && item.get(KEY).is_some();
    let Some(at) = patch.items().iter().position(is_directive) else {
        return Ok(Directive::Merge);
    };
    let item = &patch.content[at];
    if item.content.len() > 2 {
        return Ok(Directive::Merge);
    }
    let value = item.get(KEY).map(|value| value.value.clone()).unwrap_or_default();
    let directive = read(&value)?;
    patch.content.retain(|item| item.get(KEY).is_none_or(|found| found.value != value));
    Ok(directive)
}
