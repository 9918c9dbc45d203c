//! What a Kustomization builds from: the content that its source holds.

use std::sync::Arc;

use api::OCIRepository;
use api::condition::{READY, find};
use trust::Verified;

use crate::context::{Context, read};
use crate::error::Error;
use crate::foreign;
use crate::kustomization::Request;
use crate::oci_repository;
use crate::source::Bundle;

/// Finds the verified content of a Kustomization's source.
///
/// The engine keeps content in memory. After a restart, a source that cannot be polled (suspended, or its
/// turn has not come) is fetched again by the digest in its status.
///
/// # Errors
///
/// [`Error::Artifact`] when there is no source or no content yet; [`Error::Unsupported`] for kinds of
/// sources that this engine does not serve.
pub(crate) async fn content(
    context: &Arc<Context>,
    request: &Request,
) -> Result<Arc<Verified<Bundle>>, Error> {
    let kind = request.spec.source_ref.kind.as_str();
    if foreign::KINDS.contains(&kind) {
        return foreign::content(context, request).await;
    }
    if kind != "OCIRepository" {
        return Err(Error::Unsupported { field: format!("spec.sourceRef.kind '{kind}'") });
    }
    let (namespace, name) = &request.source;
    let missing = |reason: String| Error::Artifact { reason, is_pending: true };
    let Some(seen) = context.repositories.seen(&request.source) else {
        let reason =
            format!("OCIRepository.source.toolkit.fluxcd.io \"{namespace}/{name}\" not found");
        return Err(Error::Artifact { reason, is_pending: false });
    };
    if let Some(bundle) = context.sources.held(&request.source) {
        return Ok(bundle);
    }
    let repository: OCIRepository = read(&seen)?;
    let status = repository.status.clone().unwrap_or_default();
    let Some(artifact) = status.artifact else {
        let why = find(&status.conditions, READY).filter(|ready| ready.status == "False");
        let why = why.map_or_else(String::new, |ready| format!(": {}", ready.message));
        return Err(missing(format!(
            "Source artifact not found, retrying when the source has one{why}"
        )));
    };
    oci_repository::restore(context, &request.source, &repository, &artifact.revision)
        .await
        .map_err(|error| {
            missing(format!(
                "Source artifact {} is not at hand: {}",
                artifact.revision,
                error.sentence()
            ))
        })
}
