//! `labels`, `commonLabels` and `commonAnnotations`.

use std::collections::BTreeMap;

use manifest::yaml::Node;

use crate::error::Error;
use crate::field_spec::{FieldSpec, Make};
use crate::node;
use crate::resources::Resources;
use crate::shared::Marks;
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
        let mut marks = Marks::new(&mut resource.history, entries);
        for field in fields {
            if !field.is_about(&resource.node) {
                continue;
            }
            field.apply_to_any(&mut resource.node, Make::Mapping, &mut |found| {
                entries.iter().enumerate().try_for_each(|(index, (key, value))| {
                    let value = marks.mark(index, found, key, Node::string(value.as_str()));
                    node::set_field(found, key, value)
                })
            })?;
        }
        marks.finish();
        Ok(())
    })
}
