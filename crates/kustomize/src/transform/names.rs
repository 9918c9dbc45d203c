//! `namePrefix` and `nameSuffix`.

use manifest::yaml::Tag;

use crate::error::Error;
use crate::field_spec::{FieldSpec, Make};
use crate::node::{self, Wrong};
use crate::resource::Resource;
use crate::resources::Resources;
use crate::transform::each;

/// Which end of a name grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Prefix,
    Suffix,
}

/// Adds a text to the names of all objects, except those whose names are not free.
///
/// # Errors
///
/// [`Error::Object`].
pub(crate) fn apply(
    resources: &mut Resources,
    end: End,
    text: &str,
    fields: &[FieldSpec],
) -> Result<(), Error> {
    let step = if end == End::Prefix { "namePrefix" } else { "nameSuffix" };
    each(resources, step, |resource| change(resource, end, text, fields))
}

fn change(
    resource: &mut Resource,
    end: End,
    text: &str,
    fields: &[FieldSpec],
) -> Result<(), Wrong> {
    let id = resource.original_id();
    let is_fixed = match id.gvk.kind.as_str() {
        "CustomResourceDefinition" | "Namespace" => true,
        "APIService" => id.gvk.group == "apiregistration.k8s.io",
        _ => false,
    };
    if is_fixed {
        return Ok(());
    }
    for field in fields {
        if !id.gvk.is_selected_by(&field.gvk) {
            continue;
        }
        if &*field.path == "metadata/name" && !text.is_empty() {
            let list = match end {
                End::Prefix => &mut resource.history.prefixes,
                End::Suffix => &mut resource.history.suffixes,
            };
            list.push(text.to_owned());
            resource.remember_id();
        }
        field.apply(&mut resource.node, Make::Text, &mut |name| {
            let longer = match end {
                End::Prefix => format!("{text}{}", name.value),
                End::Suffix => format!("{}{text}", name.value),
            };
            node::set_scalar(name, Tag::None, longer)
        })?;
    }
    Ok(())
}
