//! `labels`, `commonLabels` and `commonAnnotations`.

use std::collections::BTreeMap;

use manifest::yaml::Node;

use crate::error::Error;
use crate::field_spec::{FieldSpec, Make};
use crate::node;
use crate::resources::Resources;
use crate::transform::each;

/// Sets entries in all mappings that the fields lead to.
///
/// # Errors
///
/// [`Error::Object`].
pub(crate) fn apply(
    resources: &mut Resources,
    step: &str,
    entries: &BTreeMap<String, String>,
    fields: &[FieldSpec],
) -> Result<(), Error> {
    if entries.is_empty() {
        return Ok(());
    }
    each(resources, step, |resource| {
        for field in fields {
            if !field.is_about(&resource.node) {
                continue;
            }
            field.apply_to_any(&mut resource.node, Make::Mapping, &mut |found| {
                entries.iter().try_for_each(|(key, value)| {
                    node::set_field(found, key, Node::string(value.as_str()))
                })
            })?;
        }
        Ok(())
    })
}
