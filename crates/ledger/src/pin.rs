//! What a record holds of a bundle, so that no collector can take it and the record alone restores it.

use std::collections::BTreeSet;

use oci_spec::image::{Descriptor, Digest, ImageManifest, MediaType};
use registry::Manifest;

use crate::{Entry, Error, Ledger};

/// A bundle's manifest kept as a blob.
const BUNDLE: &str = "application/vnd.wharf.bundle.manifest.v1";
/// The manifest of a signature or attestation kept as a blob.
const SIGNATURE: &str = "application/vnd.wharf.signature.manifest.v1";
/// Annotation: the media type that the manifest had in the registry.
const MEDIA_TYPE: &str = "dev.wharf.media-type";
/// Annotation: the tag that the manifest had, for signatures that are found by tag.
const TAG: &str = "dev.wharf.tag";

/// The largest manifest that is restored.
const LARGEST: u64 = registry::MANIFEST_LIMIT;

/// A bundle with everything that a record keeps of it.
#[derive(Clone, Debug)]
pub(crate) struct Pinned {
    pub(crate) manifest: Manifest,
    pub(crate) image: ImageManifest,
    pub(crate) companions: Vec<Companion>,
}

/// A signature or attestation of the bundle.
#[derive(Clone, Debug)]
pub(crate) struct Companion {
    pub(crate) manifest: Manifest,
    pub(crate) image: ImageManifest,
    pub(crate) tag: Option<String>,
}

impl Pinned {
    /// The layers that a record lists after its statement; each blob once.
    pub(crate) fn layers(&self) -> Vec<Descriptor> {
        let mut layers = vec![kept(BUNDLE, &self.manifest, None)];
        layers.extend(content(&self.image));
        for companion in &self.companions {
            layers.push(kept(SIGNATURE, &companion.manifest, companion.tag.as_deref()));
            layers.extend(content(&companion.image));
        }
        let mut seen = BTreeSet::new();
        layers.retain(|layer| seen.insert(layer.digest().to_string()));
        layers
    }

    /// The manifests that must be pushed as blobs before a record can list them.
    pub(crate) fn manifests(&self) -> impl Iterator<Item = &Manifest> {
        let companions = self.companions.iter().map(|companion| &companion.manifest);
        std::iter::once(&self.manifest).chain(companions)
    }
}

fn content(image: &ImageManifest) -> impl Iterator<Item = Descriptor> {
    std::iter::once(image.config()).chain(image.layers()).cloned()
}

fn kept(kind: &str, manifest: &Manifest, tag: Option<&str>) -> Descriptor {
    let size = manifest.bytes.len() as u64;
    let mut descriptor = Descriptor::new(MediaType::from(kind), size, manifest.digest.clone());
    let media_type = (MEDIA_TYPE.to_owned(), manifest.media_type.to_string());
    let tag = tag.map(|tag| (TAG.to_owned(), tag.to_owned()));
    descriptor.set_annotations(Some(std::iter::once(media_type).chain(tag).collect()));
    descriptor
}

impl Ledger {
    /// Puts a bundle and its signatures back from the record of a move; returns the bundle's manifest.
    ///
    /// The bytes are the same, so the digest is.
    pub(crate) async fn restore(&self, entry: &Entry) -> Result<Manifest, Error> {
        let tag = entry.channel.move_tag(entry.id);
        let bad = |reason: &str| Error::BadRecord { tag: tag.clone(), reason: reason.to_owned() };
        let exact = self.repository.with_digest(entry.record.clone());
        let record = self.registry.manifest(&exact).await;
        let record = record.map_err(Error::registry(format!("read the record `{tag}`")))?;
        let image: ImageManifest =
            serde_json::from_slice(&record.bytes).map_err(|_| bad("it is no manifest"))?;
        let mut bundle = None;
        for layer in image.layers() {
            let kind = layer.media_type().as_ref();
            if kind == BUNDLE || kind == SIGNATURE {
                let manifest = self.put_back(layer).await?;
                bundle = if kind == BUNDLE { Some(manifest) } else { bundle };
            }
        }
        bundle
            .filter(|bundle| Some(&bundle.digest) == entry.to.as_ref())
            .ok_or_else(|| bad("it does not hold the bundle"))
    }

    async fn put_back(&self, kept: &Descriptor) -> Result<Manifest, Error> {
        let doing = || format!("restore `{}` from its record", kept.digest());
        let bytes = self.registry.blob(&self.repository, kept, LARGEST).await;
        let bytes = bytes.map_err(Error::registry(doing()))?;
        let annotations = kept.annotations().clone().unwrap_or_default();
        let media_type = annotations
            .get(MEDIA_TYPE)
            .map_or(MediaType::ImageManifest, |kind| MediaType::from(kind.as_str()));
        let to = match annotations.get(TAG) {
            Some(tag) => self.tag(tag)?,
            None => self.repository.with_digest(kept.digest().clone()),
        };
        let pushed = self.registry.push_manifest(&to, &media_type, bytes.clone()).await;
        pushed.map_err(Error::registry(doing()))?;
        Ok(Manifest { digest: Digest::clone(kept.digest()), bytes, media_type })
    }
}
