//! Proves before a rollback that everything it needs is still there.

use bundle::Limits;
use futures::StreamExt as _;
use oci_spec::image::{Digest, ImageManifest};
use registry::{AnyManifest, Manifest, Reference};
use serde::Serialize;

use crate::history::{Candidate, candidates};
use crate::target::Target;
use crate::{Channel, Error, Ledger, Log};

/// The largest content layer that is looked into, in bytes.
const LARGEST: u64 = 256 << 20;

/// What a channel would find if it went to a bundle now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Readiness {
    /// The bundle.
    pub digest: Digest,
    /// Whether its manifest had been collected; it is restored now.
    pub was_restored: bool,
    /// The images that it names, each once, in order of name.
    pub images: Vec<ImageReadiness>,
    /// How many signatures and attestations it has.
    pub signatures: usize,
    /// Everything that is missing, in words; empty means ready.
    pub missing: Vec<String>,
    /// What could not be found out, in words: a registry that did not answer, or denied access.
    pub unknown: Vec<String>,
}

/// One image that a bundle names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ImageReadiness {
    /// The reference as written.
    pub image: String,
    /// What it resolves to; absent when it does not.
    pub digest: Option<Digest>,
    /// How many platforms it has, one for a plain image.
    pub platforms: usize,
}

impl Readiness {
    /// Whether everything is known to be there.
    pub fn is_ready(&self) -> bool {
        self.missing.is_empty() && self.unknown.is_empty()
    }
}

impl Ledger {
    /// Looks whether a bundle, its content, every image that it names on every platform, and its
    /// signatures resolve. A bundle that was collected is restored from the channel's ledger.
    ///
    /// Images are asked for with the client's own credentials.
    ///
    /// # Errors
    ///
    /// [`Error::Gone`] and [`Error::NotABundle`] when there is no bundle to look at; what is missing around
    /// it is no error but an answer.
    pub async fn preflight(&self, channel: &Channel, digest: &Digest) -> Result<Readiness, Error> {
        let target = Box::pin(self.target(channel, digest)).await?;
        let mut readiness = Readiness {
            digest: digest.clone(),
            was_restored: target.was_restored,
            images: Vec::new(),
            signatures: target.pinned.companions.len(),
            missing: Vec::new(),
            unknown: Vec::new(),
        };
        self.check_content(&target, &mut readiness).await;
        let images = self.images(&target, &mut readiness).await;
        let checks = futures::stream::iter(images)
            .map(async |image| (self.check_image(&image).await, image))
            .buffered(self.options.concurrency);
        for (result, image) in checks.collect::<Vec<_>>().await {
            let (found, missing, unknown) = result;
            let (digest, platforms) =
                found.map_or((None, 0), |(digest, count)| (Some(digest), count));
            readiness.images.push(ImageReadiness { image, digest, platforms });
            readiness.missing.extend(missing);
            readiness.unknown.extend(unknown);
        }
        Ok(readiness)
    }

    /// The newest candidate that is ready and not held; `most` bounds how many are looked at.
    ///
    /// # Errors
    ///
    /// [`Error::Registry`] when a candidate's manifest cannot be looked up at all.
    pub async fn nearest_ready(
        &self,
        log: &Log,
        most: usize,
    ) -> Result<Option<(Candidate, Readiness)>, Error> {
        let open = candidates(log).into_iter().filter(|candidate| candidate.hold.is_none());
        for candidate in open.take(most) {
            match Box::pin(self.preflight(&log.channel, &candidate.digest)).await {
                Ok(readiness) if readiness.is_ready() => return Ok(Some((candidate, readiness))),
                Ok(_) | Err(Error::Gone { .. } | Error::NotABundle { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }

    /// Config, layers, and the content of signatures.
    async fn check_content(&self, target: &Target, readiness: &mut Readiness) {
        let companions = target.pinned.companions.iter().map(|companion| &companion.image);
        for image in std::iter::once(&target.pinned.image).chain(companions) {
            for blob in std::iter::once(image.config()).chain(image.layers()) {
                match self.registry.find_blob(&self.repository, blob.digest()).await {
                    Ok(Some(_)) => {}
                    Ok(None) => readiness.missing.push(format!("blob `{}`", blob.digest())),
                    Err(error) => {
                        readiness.unknown.push(format!("blob `{}`: {error}", blob.digest()));
                    }
                }
            }
        }
    }

    /// The images that the bundle's objects name.
    async fn images(&self, target: &Target, readiness: &mut Readiness) -> Vec<String> {
        let unreadable = |reason: String| format!("the content of the bundle: {reason}");
        let layer = match bundle::content_layer(&target.pinned.image, None) {
            Ok(layer) => layer,
            Err(error) => {
                readiness.missing.push(unreadable(error.to_string()));
                return Vec::new();
            }
        };
        let bytes = match self.registry.blob(&self.repository, layer, LARGEST).await {
            Ok(bytes) => bytes,
            Err(error) => {
                readiness.unknown.push(unreadable(error.to_string()));
                return Vec::new();
            }
        };
        let manifest = &target.pinned.manifest.bytes;
        match bundle::inspect(manifest, None, &bytes, &Limits::default()) {
            Ok(inspected) => {
                let mut images: Vec<String> =
                    inspected.images.into_iter().map(|found| found.image).collect();
                images.sort();
                images.dedup();
                images
            }
            Err(error) => {
                readiness.missing.push(unreadable(error.to_string()));
                Vec::new()
            }
        }
    }

    /// Resolves one image on all its platforms: what was found, what is missing, what is unknown.
    async fn check_image(
        &self,
        image: &str,
    ) -> (Option<(Digest, usize)>, Vec<String>, Vec<String>) {
        let say = |error: registry::Error| {
            let text = format!("image `{image}`: {error}");
            if error.is_not_found() {
                (None, vec![text], vec![])
            } else {
                (None, vec![], vec![text])
            }
        };
        let reference: Reference = match image.parse() {
            Ok(reference) => reference,
            Err(error) => return say(error),
        };
        let manifest = match self.registry.manifest(&reference).await {
            Ok(manifest) => manifest,
            Err(error) => return say(error),
        };
        let (mut missing, mut unknown) = (Vec::new(), Vec::new());
        let mut platforms = 1;
        if let Ok(AnyManifest::Index(index)) = manifest.parse(&reference) {
            platforms = index.manifests().len();
            for child in index.manifests() {
                let exact = reference.with_digest(child.digest().clone());
                let note = || format!("image `{image}`, platform manifest `{}`", child.digest());
                match self.registry.find(&exact).await {
                    Ok(Some(_)) => {}
                    Ok(None) => missing.push(note()),
                    Err(error) => unknown.push(format!("{}: {error}", note())),
                }
            }
        } else if let Some(reason) = self.missing_layers(&reference, &manifest).await {
            missing.push(format!("image `{image}`: {reason}"));
        }
        (Some((manifest.digest, platforms)), missing, unknown)
    }

    /// Says so when a plain image's config is gone though its manifest is there.
    async fn missing_layers(&self, reference: &Reference, manifest: &Manifest) -> Option<String> {
        let image: ImageManifest = serde_json::from_slice(&manifest.bytes).ok()?;
        let config = image.config().digest();
        match self.registry.find_blob(reference, config).await {
            Ok(None) => Some(format!("its config `{config}` is gone")),
            _ => None,
        }
    }
}
