//! Finds what was attached to a digest, in each of cosign's layouts.

use oci_spec::image::{Descriptor, Digest, ImageManifest};
use registry::{Pinned, Reference, Registry};

use crate::bundle::MEDIA_TYPE_START;
use crate::{Bundle, Envelope, Error, simple};

/// The most referrers and layers of one digest that are looked at, newest layouts first.
const MOST: usize = 200;

/// The largest bundle or envelope: some hold a bill of materials.
const LIMIT: u64 = 16 << 20;

/// The largest simple signing payload.
const PAYLOAD_LIMIT: u64 = 64 << 10;

const ENVELOPE: &str = "application/vnd.dsse.envelope.v1+json";

/// The artifact type under which cosign stored old signatures as referrers, on request.
const LEGACY_REFERRER: &str = "application/vnd.dev.cosign.artifact.sig.v1+json";

/// One old signature: the signed bytes and the signature over them.
pub(crate) struct Simple {
    pub(crate) payload: Vec<u8>,
    pub(crate) signature: String,
}

/// Something that was attached, or why it cannot be read.
pub(crate) type Found<T> = Result<T, String>;

/// The bundles that refer to the digest.
///
/// # Errors
///
/// [`Error::Registry`] when the registry does not list them; one that cannot be read is in the list.
pub(crate) async fn bundles(
    registry: &Registry,
    pinned: &Pinned,
) -> Result<Vec<Found<Bundle>>, Error> {
    let repository = pinned.reference.without_selector();
    let listed = registry.referrers(&repository, &pinned.digest, None).await;
    let listed = listed.map_err(|source| failed(pinned, source))?;
    let mut found = Vec::new();
    for descriptor in listed.iter().filter(|d| is_bundle(d)).take(MOST) {
        found.push(bundle(registry, &repository, descriptor).await);
    }
    Ok(found)
}

/// The signatures under `sha256-<hex>.sig`, and those that refer to the digest in the old form.
///
/// # Errors
///
/// As [`bundles`].
pub(crate) async fn signatures(
    registry: &Registry,
    pinned: &Pinned,
) -> Result<Vec<Found<Simple>>, Error> {
    let repository = pinned.reference.without_selector();
    let mut layers = tagged(registry, pinned, "sig").await?;
    let listed = registry
        .referrers(&repository, &pinned.digest, Some(LEGACY_REFERRER))
        .await
        .map_err(|source| failed(pinned, source))?;
    for descriptor in listed.iter().take(MOST) {
        let exact = repository.with_digest(descriptor.digest().clone());
        if let Ok(manifest) = image(registry, &exact).await {
            layers.extend(manifest.layers().iter().cloned());
        }
    }
    let mut found = Vec::new();
    for layer in layers.iter().filter(|l| l.media_type().as_ref() == simple::MEDIA_TYPE).take(MOST)
    {
        found.push(simple_signature(registry, &repository, layer).await);
    }
    Ok(found)
}

/// The envelopes under `sha256-<hex>.att`.
///
/// # Errors
///
/// As [`bundles`].
pub(crate) async fn envelopes(
    registry: &Registry,
    pinned: &Pinned,
) -> Result<Vec<Found<Envelope>>, Error> {
    let repository = pinned.reference.without_selector();
    let layers = tagged(registry, pinned, "att").await?;
    let mut found = Vec::new();
    for layer in layers.iter().filter(|l| l.media_type().as_ref() == ENVELOPE).take(MOST) {
        let read = registry.blob(&repository, layer, LIMIT).await.map_err(|e| e.to_string());
        found.push(read.and_then(|bytes| {
            serde_json::from_slice(&bytes).map_err(|_| "an envelope that does not parse".to_owned())
        }));
    }
    Ok(found)
}

/// The tag under which cosign keeps what belongs to a digest: `sha256-<hex>.<kind>`.
pub(crate) fn tag(digest: &Digest, kind: &str) -> String {
    format!("{}-{}.{kind}", digest.algorithm(), digest.digest())
}

pub(crate) fn failed(pinned: &Pinned, source: registry::Error) -> Error {
    Error::Registry { subject: pinned.to_string(), source: Box::new(source) }
}

fn is_bundle(descriptor: &Descriptor) -> bool {
    let kind = descriptor.artifact_type().as_ref();
    kind.is_some_and(|kind| kind.as_ref().starts_with(MEDIA_TYPE_START))
}

async fn bundle(
    registry: &Registry,
    repository: &Reference,
    descriptor: &Descriptor,
) -> Found<Bundle> {
    let exact = repository.with_digest(descriptor.digest().clone());
    let manifest = image(registry, &exact).await?;
    let layer = manifest
        .layers()
        .iter()
        .find(|layer| layer.media_type().as_ref().starts_with(MEDIA_TYPE_START))
        .ok_or("a bundle's manifest without a bundle")?;
    let bytes = registry.blob(repository, layer, LIMIT).await.map_err(|e| e.to_string())?;
    Bundle::read(&bytes).map_err(|error| error.to_string())
}

async fn simple_signature(
    registry: &Registry,
    repository: &Reference,
    layer: &Descriptor,
) -> Found<Simple> {
    let annotations = layer.annotations().as_ref();
    let signature = annotations.and_then(|annotations| annotations.get(simple::SIGNATURE));
    let signature = signature.ok_or("a signature layer without a signature")?.clone();
    let payload = registry.blob(repository, layer, PAYLOAD_LIMIT).await;
    let payload = payload.map_err(|error| error.to_string())?.to_vec();
    Ok(Simple { payload, signature })
}

/// The layers of the manifest under one of cosign's tags; none when there is no such tag.
async fn tagged(
    registry: &Registry,
    pinned: &Pinned,
    kind: &str,
) -> Result<Vec<Descriptor>, Error> {
    let tag = pinned.reference.with_tag(&tag(&pinned.digest, kind));
    let tag = tag.map_err(|source| failed(pinned, source))?;
    match registry.manifest(&tag).await {
        Ok(manifest) => {
            let image = manifest.image(&tag).map_err(|source| failed(pinned, source))?;
            Ok(image.layers().clone())
        }
        Err(error) if error.is_not_found() => Ok(Vec::new()),
        Err(source) => Err(failed(pinned, source)),
    }
}

async fn image(registry: &Registry, exact: &Reference) -> Found<ImageManifest> {
    let manifest = registry.manifest(exact).await.map_err(|error| error.to_string())?;
    manifest.image(exact).map_err(|error| error.to_string())
}
