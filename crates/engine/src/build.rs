//! The Build stage: from files to the objects that are to be there.

mod overlay;
mod render;
mod variables;

use std::sync::Arc;

use manifest::Object;
use trust::Verified;

use crate::error::Error;
use crate::kustomization::{Outcome, Request, Stages};
use crate::source::Bundle;
use crate::substitute;

/// The desired objects of one delivery; the default is the empty set, which is delivered on deletion.
#[derive(Debug, Default)]
pub(crate) struct Built {
    /// In the order of the build.
    pub(crate) objects: Vec<Object>,
}

/// Builds the folder that the request names, with everything that its spec puts on top.
///
/// Builds of the same content with the same inputs are made once.
///
/// # Errors
///
/// [`Error::Artifact`] when the folder is not there; [`Error::Build`] for everything else, with file and
/// line where they are known.
pub(crate) async fn build(
    stages: &Stages<'_>,
    source: Arc<Verified<Bundle>>,
    request: &Request,
    outcome: &mut Outcome,
) -> Result<Built, Error> {
    let bundle = source.get();
    outcome.revision = Some(bundle.revision.clone());
    outcome.origin_revision.clone_from(&bundle.origin_revision);
    let rendered = render::render(stages.context, bundle, request).await?;
    let mut objects = rendered.as_ref().clone();
    if let Some(variables) = variables::load(&stages.context.cluster, request).await? {
        objects = substitute::substitute(objects, &variables)
            .map_err(|reason| Error::Build { reason })?;
    }
    let text = manifest::write(&objects);
    outcome.build_digest = Some(registry::sha256(text.as_bytes()).to_string());
    Ok(Built { objects })
}
