//! A difference as people read it: images first, then objects.

use std::fmt;

use serde_json::Value;
use similar::TextDiff;

use crate::diff::{Diff, ImageChange, ObjectReference, Patch};

/// Longest value shown in a line, in characters.
const WIDTH: usize = 100;

/// Writes the difference as text.
pub(super) fn write(diff: &Diff, out: &mut fmt::Formatter<'_>) -> fmt::Result {
    if diff.is_empty() {
        return writeln!(out, "no differences");
    }
    if !diff.images.is_empty() {
        writeln!(out, "images")?;
        for change in &diff.images {
            image(change, out)?;
        }
        writeln!(out)?;
    }
    for change in &diff.changed {
        object('~', &change.reference, out)?;
        for field in &change.fields {
            let (before, after) = (value(field.before.as_ref()), value(field.after.as_ref()));
            writeln!(out, "    {}: {before} → {after}", field.path)?;
        }
    }
    for added in &diff.added {
        object('+', added, out)?;
    }
    for removed in &diff.removed {
        object('-', removed, out)?;
    }
    let (changed, added, removed) = (diff.changed.len(), diff.added.len(), diff.removed.len());
    writeln!(out, "\n{changed} changed, {added} added, {removed} removed")
}

fn image(change: &ImageChange, out: &mut fmt::Formatter<'_>) -> fmt::Result {
    let name = |side: &Option<crate::ImageName>| {
        side.as_ref().map_or_else(|| "(none)".to_owned(), ToString::to_string)
    };
    let (object, container) = (&change.object, &change.container);
    let (before, after) = (name(&change.before), name(&change.after));
    writeln!(out, "  {object} {container}: {before} → {after}")
}

fn object(mark: char, reference: &ObjectReference, out: &mut fmt::Formatter<'_>) -> fmt::Result {
    let ObjectReference { id, file, line } = reference;
    writeln!(out, "{mark} {id} ({file}:{line})")
}

fn value(value: Option<&Value>) -> String {
    let text = match value {
        None => return "(none)".to_owned(),
        Some(value) => value.to_string(),
    };
    if text.chars().count() <= WIDTH {
        return text;
    }
    let cut: String = text.chars().take(WIDTH - 1).collect();
    format!("{cut}…")
}

/// Writes one unified diff per object.
pub(super) fn unified(patches: &[Patch]) -> String {
    let mut text = String::new();
    for patch in patches {
        let side = |content: &str| {
            if content.is_empty() { "/dev/null".to_owned() } else { patch.title.clone() }
        };
        let (before, after) = (side(&patch.before), side(&patch.after));
        let diff = TextDiff::from_lines(&patch.before, &patch.after);
        text.push_str(&diff.unified_diff().context_radius(3).header(&before, &after).to_string());
    }
    text
}
