//! `replicas`.

use manifest::yaml::Tag;

use crate::error::Error;
use crate::field_spec::{FieldSpec, Make};
use crate::kustomization::Replica;
use crate::node;
use crate::resources::Resources;
use crate::transform::about;

/// Sets the number of replicas of the objects that have or had a name.
///
/// # Errors
///
/// [`Error::Step`] when there is none, [`Error::Object`].
pub(crate) fn apply(
    resources: &mut Resources,
    replica: &Replica,
    fields: &[FieldSpec],
) -> Result<(), Error> {
    let mut found = false;
    for field in fields {
        for resource in resources.as_mut_slice() {
            let is_meant = !resource.is_gone()
                && resource
                    .ids()
                    .any(|id| id.name == replica.name && id.gvk.is_selected_by(&field.gvk));
            if !is_meant {
                continue;
            }
            found = true;
            let set =
                &mut |count: &mut _| node::set_scalar(count, Tag::Int, replica.count.to_string());
            field
                .apply(&mut resource.node, Make::Number, set)
                .map_err(|reason| about(resource, "replicas", reason))?;
        }
    }
    if found {
        return Ok(());
    }
    let kinds: Vec<_> = fields.iter().map(|field| field.gvk.to_string()).collect();
    Err(Error::step(
        "replicas",
        format!(
            "resource with name {} does not match a config with the following GVK [{}]",
            replica.name,
            kinds.join(" ")
        ),
    ))
}
