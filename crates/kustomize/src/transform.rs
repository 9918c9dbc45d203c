//! The transformations, each over all objects of a build.

use crate::error::Error;
use crate::node::Wrong;
use crate::resource::Resource;
use crate::resources::Resources;

pub(crate) mod hash;
pub(crate) mod images;
pub(crate) mod labels;
pub(crate) mod names;
pub(crate) mod namespace;
pub(crate) mod patches;
pub(crate) mod references;
pub(crate) mod replacements;
pub(crate) mod replicas;
pub(crate) mod sort;
pub(crate) mod value_add;
pub(crate) mod variables;

/// Changes each object; an error says which one could not be changed.
fn each(
    resources: &mut Resources,
    step: &str,
    mut change: impl FnMut(&mut Resource) -> Result<(), Wrong>,
) -> Result<(), Error> {
    for resource in resources.as_mut_slice() {
        change(resource).map_err(|reason| about(resource, step, reason))?;
    }
    Ok(())
}

/// An error about one object.
pub(crate) fn about(resource: &Resource, step: &str, reason: String) -> Error {
    Error::Object {
        step: step.to_owned(),
        id: resource.id().to_string(),
        origin: resource.origin.clone(),
        reason,
    }
}
