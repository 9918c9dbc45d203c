//! A manifest as it was stored: its bytes are what the digest names, so they are kept as they are.

use bytes::Bytes;
use oci_spec::image::{Descriptor, Digest, ImageIndex, ImageManifest, MediaType};

use crate::{Error, Reference, sha256};

/// The largest manifest that is read or written, as the distribution specification advises.
pub const MANIFEST_LIMIT: u64 = 4 << 20;

/// A manifest as a registry stores it; `digest` is the digest of `bytes`, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// The stored bytes, at most [`MANIFEST_LIMIT`].
    pub bytes: Bytes,
    /// The content type it was stored under.
    pub media_type: MediaType,
    /// The digest of `bytes`.
    pub digest: Digest,
}

/// A parsed manifest: one image or artifact, or an index of several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AnyManifest {
    /// One image or artifact (OCI or Docker).
    Image(Box<ImageManifest>),
    /// An index (or Docker manifest list).
    Index(Box<ImageIndex>),
}

impl Manifest {
    /// A manifest about to be stored, with its sha256 digest.
    pub fn new(media_type: MediaType, bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        Self { digest: sha256(&bytes), bytes, media_type }
    }

    /// The descriptor that points here: media type, size, digest.
    pub fn descriptor(&self) -> Descriptor {
        Descriptor::new(self.media_type.clone(), self.bytes.len() as u64, self.digest.clone())
    }

    /// Reads the manifest; `from` is for the message.
    ///
    /// # Errors
    ///
    /// [`Error::BadManifest`] when it is neither an image manifest nor an index.
    pub fn parse(&self, from: &Reference) -> Result<AnyManifest, Error> {
        let bad = |source: serde_json::Error| Error::BadManifest {
            reference: Box::new(from.with_digest(self.digest.clone())),
            source,
        };
        if is_index(&self.media_type) {
            serde_json::from_slice(&self.bytes).map(AnyManifest::Index).map_err(bad)
        } else {
            serde_json::from_slice(&self.bytes).map(AnyManifest::Image).map_err(bad)
        }
    }

    /// Reads an image manifest.
    ///
    /// # Errors
    ///
    /// [`Error::BadManifest`] when it is none.
    pub fn image(&self, from: &Reference) -> Result<ImageManifest, Error> {
        serde_json::from_slice(&self.bytes).map_err(|source| Error::BadManifest {
            reference: Box::new(from.with_digest(self.digest.clone())),
            source,
        })
    }
}

/// Whether a media type is an index of manifests.
pub(crate) fn is_index(media_type: &MediaType) -> bool {
    match media_type {
        MediaType::ImageIndex => true,
        other => other.as_ref() == "application/vnd.docker.distribution.manifest.list.v2+json",
    }
}

/// The digests that a manifest names: config, layers, children; not the subject.
pub(crate) fn named(manifest: &[u8]) -> Vec<String> {
    #[derive(serde::Deserialize)]
    struct Part {
        config: Option<Named>,
        #[serde(default)]
        layers: Vec<Named>,
        #[serde(default)]
        manifests: Vec<Named>,
        #[serde(default)]
        blobs: Vec<Named>,
    }
    #[derive(serde::Deserialize)]
    struct Named {
        digest: String,
    }
    let Ok(part) = serde_json::from_slice::<Part>(manifest) else { return Vec::new() };
    let lists = part.layers.into_iter().chain(part.manifests).chain(part.blobs);
    part.config.into_iter().chain(lists).map(|named| named.digest).collect()
}
