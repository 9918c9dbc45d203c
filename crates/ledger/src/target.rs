//! The bundle that a move goes to: read from the registry, or restored from the ledger.

use oci_spec::image::{Digest, ImageManifest, MediaType};
use registry::{Manifest, Reference};

use crate::pin::{Companion, Pinned};
use crate::record::MOVE;
use crate::{Channel, Error, Ledger};

/// A bundle, and whether the ledger had to restore it.
pub(crate) struct Target {
    pub(crate) pinned: Pinned,
    pub(crate) was_restored: bool,
}

impl Ledger {
    /// Reads a bundle with its signatures; one that was collected comes back from the ledger.
    pub(crate) async fn target(&self, channel: &Channel, digest: &Digest) -> Result<Target, Error> {
        let (manifest, companions) =
            futures::join!(self.bundle_manifest(channel, digest), self.companions(digest));
        let (manifest, was_restored) = manifest?;
        let image = image(&manifest)?;
        let companions = if was_restored { self.companions(digest).await? } else { companions? };
        Ok(Target { pinned: Pinned { manifest, image, companions }, was_restored })
    }

    async fn bundle_manifest(
        &self,
        channel: &Channel,
        digest: &Digest,
    ) -> Result<(Manifest, bool), Error> {
        let exact = self.repository.with_digest(digest.clone());
        match self.registry.manifest(&exact).await {
            Ok(manifest) => return Ok((manifest, false)),
            Err(error) if error.is_not_found() => {}
            Err(error) => return Err(Error::registry(format!("read `{exact}`"))(error)),
        }
        let log = self.log(channel).await?;
        let Some(entry) = log.entries.iter().find(|entry| entry.to.as_ref() == Some(digest)) else {
            let (digest, repository) = (digest.clone(), self.repository.to_string());
            return Err(Error::Gone { digest, repository, channel: channel.clone() });
        };
        Ok((self.restore(entry).await?, true))
    }

    /// Signatures and attestations: referrers of the bundle, and cosign's older tags.
    async fn companions(&self, digest: &Digest) -> Result<Vec<Companion>, Error> {
        let hex = digest.digest();
        let algorithm = digest.algorithm();
        let (signature, attestation, referrers) = futures::join!(
            self.companion_tag(format!("{algorithm}-{hex}.sig")),
            self.companion_tag(format!("{algorithm}-{hex}.att")),
            self.companion_referrers(digest),
        );
        Ok(signature?.into_iter().chain(attestation?).chain(referrers?).collect())
    }

    async fn companion_tag(&self, tag: String) -> Result<Option<Companion>, Error> {
        let reference = self.tag(&tag)?;
        Ok(self.companion(&reference).await?.map(|found| Companion { tag: Some(tag), ..found }))
    }

    async fn companion_referrers(&self, digest: &Digest) -> Result<Vec<Companion>, Error> {
        let referrers = self.registry.referrers(&self.repository, digest, None).await;
        let referrers =
            referrers.map_err(Error::registry(format!("list what refers to `{digest}`")))?;
        let mut companions = Vec::new();
        for referrer in referrers {
            if referrer.artifact_type().as_ref().map(AsRef::as_ref) == Some(MOVE) {
                continue;
            }
            let exact = self.repository.with_digest(referrer.digest().clone());
            companions.extend(self.companion(&exact).await?);
        }
        Ok(companions)
    }

    async fn companion(&self, reference: &Reference) -> Result<Option<Companion>, Error> {
        match self.registry.manifest(reference).await {
            Ok(manifest) => {
                let image = image(&manifest).ok();
                Ok(image.map(|image| Companion { manifest, image, tag: None }))
            }
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(Error::registry(format!("read `{reference}`"))(error)),
        }
    }
}

fn image(manifest: &Manifest) -> Result<ImageManifest, Error> {
    let bad = |reason: String| Error::NotABundle { digest: manifest.digest.clone(), reason };
    if manifest.media_type == MediaType::ImageIndex {
        return Err(bad("it is an index".to_owned()));
    }
    serde_json::from_slice(&manifest.bytes).map_err(|error| bad(error.to_string()))
}
