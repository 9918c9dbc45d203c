//! The plugin `ValueAddTransformer`: a text put into fields, or into the file paths they hold.

use manifest::yaml::{Kind, Node, Tag};

use crate::error::Error;
use crate::kustomization::Selector;
use crate::lookup;
use crate::node::{self, Wrong};
use crate::resources::Resources;
use crate::selector::Matcher;
use crate::transform::about;
use crate::transform::namespace::{Namespace, Subjects};

/// What to add, and where.
pub(crate) struct ValueAdd {
    pub(crate) value: String,
    pub(crate) targets: Vec<AddTarget>,
}

crate::decode::record! {
    /// A field of selected objects.
    pub(crate) struct AddTarget {
        selector: Option<Selector> = "selector",
        field_path: String = "fieldPath",
        file_path_position: i64 = "filePathPosition",
    }
}

/// Adds the value to all targets.
///
/// # Errors
///
/// [`Error::Object`].
pub(crate) fn apply(resources: &mut Resources, add: &ValueAdd) -> Result<(), Error> {
    for target in &add.targets {
        let matcher = match &target.selector {
            Some(selector) => Some(
                Matcher::read(selector)
                    .map_err(|reason| Error::step("ValueAddTransformer", reason))?,
            ),
            None => None,
        };
        for resource in resources.as_mut_slice() {
            if matcher.as_ref().is_some_and(|matcher| !matcher.takes(resource)) {
                continue;
            }
            add_to(&mut resource.node, &add.value, target)
                .map_err(|reason| about(resource, "ValueAddTransformer", reason))?;
        }
    }
    Ok(())
}

fn add_to(object: &mut Node, value: &str, target: &AddTarget) -> Result<(), Wrong> {
    if target.field_path == "metadata/namespace" {
        let namespace = Namespace {
            name: value.to_owned(),
            fields: Vec::new(),
            unset_only: false,
            subjects: Subjects::Default,
        };
        return namespace.set_in(object);
    }
    let mut here = object;
    let parts = lookup::split(&target.field_path, '/');
    let parts: Vec<&str> =
        parts.iter().map(|part| part.trim()).filter(|part| !part.is_empty()).collect();
    for (index, part) in parts.iter().enumerate() {
        let kind = if index + 1 == parts.len() { Kind::Scalar } else { Kind::Mapping };
        match node::field_or_insert(here, part, kind)? {
            Some(next) => here = next,
            None => return Ok(()),
        }
    }
    node::expect_scalar(here)?;
    let text = match usize::try_from(target.file_path_position) {
        Ok(position) if position > 0 => insert(&here.value, position - 1, value),
        _ => value.to_owned(),
    };
    node::set_scalar(here, Tag::None, text)
}

/// Inserts a part into a file path; an absolute path stays absolute.
fn insert(path: &str, position: usize, part: &str) -> String {
    let (root, rest) = match path.strip_prefix('/') {
        Some(rest) => ("/", rest),
        None => ("", path),
    };
    let mut parts: Vec<&str> = rest.split('/').filter(|part| !part.is_empty()).collect();
    parts.insert(position.min(parts.len()), part);
    format!("{root}{}", parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::insert;

    #[test]
    fn an_absolute_path_stays_absolute() {
        assert_eq!(insert("/a/nice/warm/pie", 3, "PEACH"), "/a/nice/warm/PEACH/pie");
        assert_eq!(insert("pie", 0, "PEACH"), "PEACH/pie");
        assert_eq!(insert("/", 0, "PEACH"), "/PEACH");
        assert_eq!(insert("raw", 9, "PEACH"), "raw/PEACH");
    }
}
