//! From one digest to the bytes of its content layer.

use std::collections::BTreeMap;

use api::OCIRepositorySpec;
use bytes::Bytes;
use oci_spec::image::{Descriptor, ImageIndex, ImageManifest, Os};
use registry::{AnyManifest, Reference, Registry};

use super::{Revision, Sources};
use crate::error::Error;

/// The largest layer that is pulled, in bytes.
const LAYER_LIMIT: u64 = 256 << 20;

/// Bytes that have the digest they should have, and nothing more: neither verified nor unpacked.
#[derive(Debug, Clone)]
pub(crate) struct Fetched {
    /// `<tag>@sha256:…` or `sha256:…`.
    pub(crate) revision: String,
    /// Where it was pulled from, by digest.
    pub(crate) reference: String,
    /// The content layer's descriptor.
    pub(crate) descriptor: Descriptor,
    /// The content layer.
    pub(crate) layer: Bytes,
    /// Annotations of the manifest.
    pub(crate) annotations: BTreeMap<String, String>,
}

/// Pulls the manifest and its content layer by digest.
///
/// The manifest is always asked for with the source's own credentials, which proves that it may have
/// the content; the layer may then come from the shared cache.
///
/// # Errors
///
/// [`Error::Pull`]; [`Error::Layer`] when there is no such layer.
pub(crate) async fn fetch(
    sources: &Sources,
    registry: &Registry,
    spec: &OCIRepositorySpec,
    revision: Revision,
) -> Result<Fetched, Error> {
    let exact = revision.pinned.exact();
    let pull = |source| Error::Pull { reference: exact.to_string(), source };
    let manifest = Box::pin(image(registry, &exact)).await.map_err(pull)?;
    let selector = spec.layer_selector.as_ref().and_then(|selector| selector.media_type.as_deref());
    let descriptor = bundle::content_layer(&manifest, selector).map_err(|source| Error::Layer {
        reference: exact.to_string(),
        source: Box::new(source),
    })?;
    let read = async {
        let layer = Box::pin(registry.blob(&exact, descriptor, LAYER_LIMIT)).await?;
        let weight = layer.len();
        Ok((layer, weight))
    };
    let layer = sources.blobs.get(descriptor.digest().as_ref(), read).await.map_err(pull)?;
    let annotations = manifest.annotations().clone().unwrap_or_default();
    Ok(Fetched {
        revision: revision.text,
        reference: exact.to_string(),
        descriptor: descriptor.clone(),
        layer,
        annotations: annotations.into_iter().collect(),
    })
}

/// The image manifest behind a digest; of an index, the one for linux/amd64, else the first.
async fn image(registry: &Registry, exact: &Reference) -> Result<ImageManifest, registry::Error> {
    let manifest = registry.manifest(exact).await?;
    match manifest.parse(exact)? {
        AnyManifest::Image(image) => Ok(*image),
        AnyManifest::Index(index) => match preferred(&index) {
            Some(child) => {
                let child = exact.with_digest(child.digest().clone());
                registry.manifest(&child).await?.image(&child)
            }
            // Reading an index as an image says precisely what is missing.
            None => manifest.image(exact),
        },
    }
}

fn preferred(index: &ImageIndex) -> Option<&Descriptor> {
    let is_usual = |descriptor: &&Descriptor| {
        descriptor.platform().as_ref().is_some_and(|platform| {
            *platform.os() == Os::Linux && platform.architecture().to_string() == "amd64"
        })
    };
    index.manifests().iter().find(is_usual).or_else(|| index.manifests().first())
}
