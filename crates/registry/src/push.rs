//! Writing: manifests, tags, and small blobs.

use bytes::Bytes;
use oci_spec::image::{Descriptor, Digest, MediaType};
use reqwest::header::{CONTENT_TYPE, ETAG, IF_MATCH, IF_NONE_MATCH};
use reqwest::{Method, Response};

use crate::call::{Call, Payload};
use crate::error::TagMoved;
use crate::pull::{manifest_path, stated_digest, text};
use crate::{Error, MANIFEST_LIMIT, Manifest, Reference, Registry, sha256};

/// What must be true of a tag for a manifest to be written under it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition<'a> {
    /// Nothing; the last writer wins.
    None,
    /// The tag does not exist yet.
    Absent,
    /// The tag points to this digest.
    At(&'a Digest),
}

impl Condition<'_> {
    /// Whether a tag that points to `found` meets the condition.
    pub fn holds(self, found: Option<&Digest>) -> bool {
        match self {
            Self::None => true,
            Self::Absent => found.is_none(),
            Self::At(expected) => found == Some(expected),
        }
    }
}

/// What the registry confirmed about a pushed manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pushed {
    /// The digest of the manifest.
    pub digest: Digest,
    /// Whether the registry itself is known to have checked the condition in the same step as the
    /// write. When `false` the tag was looked at just before, and another writer may have come between.
    pub is_atomic: bool,
    /// The entity tag of the answer, if any.
    pub etag: Option<String>,
}

impl Registry {
    /// Stores a manifest under the reference's tag, or under its digest when there is no tag.
    ///
    /// A manifest with a `subject` is also entered into the subject's fallback tag when the
    /// registry does not say (`OCI-Subject`) that it lists referrers itself.
    ///
    /// # Errors
    ///
    /// [`Error::DigestMismatch`] when the reference names another digest or the registry stored
    /// other bytes, [`Error::TooLarge`] above [`MANIFEST_LIMIT`], and the registry's refusals.
    ///
    /// # Source
    ///
    /// OCI Distribution Spec 1.1, "Pushing Manifests" and "Pushing Manifests with Subject".
    pub async fn push_manifest(
        &self,
        to: &Reference,
        media_type: &MediaType,
        bytes: Bytes,
    ) -> Result<Digest, Error> {
        let pushed = self.push_manifest_if(to, media_type, bytes, Condition::None).await?;
        Ok(pushed.digest)
    }

    /// Stores a manifest under a tag if the tag is where `condition` says.
    ///
    /// The condition is sent as `If-Match` or `If-None-Match`, which few registries look at; for the
    /// others the tag is read first. Without a tag in the reference the condition means nothing.
    /// A write whose outcome is unknown (the connection broke) is looked up before it is repeated.
    ///
    /// # Errors
    ///
    /// [`Error::TagMoved`] when the condition does not hold, otherwise as [`Registry::push_manifest`].
    pub async fn push_manifest_if(
        &self,
        to: &Reference,
        media_type: &MediaType,
        bytes: Bytes,
        condition: Condition<'_>,
    ) -> Result<Pushed, Error> {
        let manifest = Manifest { digest: sha256(&bytes), bytes, media_type: media_type.clone() };
        let to = target(to, &manifest)?;
        if condition != Condition::None && !self.host(&to).has_conditions {
            self.check(&to, condition).await?;
        }
        let (response, is_atomic) = self.put_manifest(&to, &manifest, condition).await?;
        let pushed = Pushed {
            digest: manifest.digest.clone(),
            is_atomic,
            etag: response
                .as_ref()
                .and_then(|response| text(response.headers(), ETAG.as_str()))
                .map(str::to_owned),
        };
        let lists_itself =
            response.is_some_and(|response| response.headers().contains_key("oci-subject"));
        if !lists_itself {
            self.enter_referrer(&to, &manifest).await?;
        }
        Ok(pushed)
    }

    /// Gives what `from` points to one more tag in the same repository; returns its digest.
    ///
    /// # Errors
    ///
    /// As [`Registry::manifest`] and [`Registry::push_manifest`].
    pub async fn tag(&self, from: &Reference, tag: &str) -> Result<Digest, Error> {
        let to = from.with_tag(tag)?;
        let manifest = self.manifest(from).await?;
        self.put_manifest(&to, &manifest, Condition::None).await?;
        Ok(manifest.digest)
    }

    /// Stores a blob of at most a few MiB and returns its descriptor (`application/octet-stream`).
    ///
    /// Content that is there already is not sent again. Larger content goes through
    /// [`Registry::push_blob_from`].
    ///
    /// # Errors
    ///
    /// What the registry refuses and what the network does.
    pub async fn push_blob(&self, to: &Reference, bytes: Bytes) -> Result<Descriptor, Error> {
        let media_type = MediaType::Other("application/octet-stream".to_owned());
        let blob = Descriptor::new(media_type, bytes.len() as u64, sha256(&bytes));
        self.push_blob_from(to, &blob, std::sync::Arc::new(bytes)).await?;
        Ok(blob)
    }

    /// Refuses when the tag is not where `condition` says.
    async fn check(&self, to: &Reference, condition: Condition<'_>) -> Result<(), Error> {
        let Some(tag) = to.tag() else { return Ok(()) };
        let found = self.find(&to.with_tag(tag)?).await?.map(|found| found.digest().clone());
        if condition.holds(found.as_ref()) {
            return Ok(());
        }
        Err(moved(to, condition, found))
    }

    /// Puts a manifest until its outcome is known; `None` when only a look at the tag told that it
    /// is there.
    async fn put_manifest(
        &self,
        to: &Reference,
        manifest: &Manifest,
        condition: Condition<'_>,
    ) -> Result<(Option<Response>, bool), Error> {
        let call = put_call(to, manifest, condition)?;
        let policy = self.settings().retry;
        let mut attempt = 0;
        loop {
            let error = match self.expect(&call, &[200, 201, 202]).await {
                Ok(response) => return self.accepted(to, manifest, response),
                Err(error) => error,
            };
            if error.answer().is_some_and(|answer| answer.status == 412) {
                return self.precondition_failed(to, manifest, condition).await;
            }
            attempt += 1;
            if !is_unknown(&error) || attempt >= policy.attempts {
                return Err(error);
            }
            let random = crate::backoff::random();
            tokio::time::sleep(crate::backoff::pause(&policy, attempt - 1, random)).await;
            // Nobody knows whether the write happened, so the registry is asked.
            let found = self.find(to).await?.map(|found| found.digest().clone());
            if found.as_ref() == Some(&manifest.digest) {
                return Ok((None, false));
            }
            if !condition.holds(found.as_ref()) {
                return Err(moved(to, condition, found));
            }
        }
    }

    fn accepted(
        &self,
        to: &Reference,
        manifest: &Manifest,
        response: Response,
    ) -> Result<(Option<Response>, bool), Error> {
        if let Some(found) = stated_digest(response.headers())
            && found.algorithm() == manifest.digest.algorithm()
            && found != manifest.digest
        {
            let (what, expected) = (to.to_string(), Box::new(manifest.digest.clone()));
            return Err(Error::DigestMismatch { what, expected, found: Box::new(found) });
        }
        let is_atomic = response.headers().contains_key(CONDITIONS);
        if is_atomic {
            self.learn(to, |host| host.has_conditions = true);
        }
        Ok((Some(response), is_atomic))
    }

    /// A 412 after a broken first attempt may speak of our own write.
    async fn precondition_failed(
        &self,
        to: &Reference,
        manifest: &Manifest,
        condition: Condition<'_>,
    ) -> Result<(Option<Response>, bool), Error> {
        let found = self.find(to).await?.map(|found| found.digest().clone());
        if found.as_ref() == Some(&manifest.digest) {
            return Ok((None, true));
        }
        Err(moved(to, condition, found))
    }
}

/// The header by which the embedded registry says that it honors `If-Match` on manifests.
pub const CONDITIONS: &str = "wharf-conditional-put";

/// Whether the write may or may not have happened.
fn is_unknown(error: &Error) -> bool {
    let status = error.answer().map(|answer| answer.status);
    matches!(error, Error::Unreachable { .. }) || matches!(status, Some(408 | 500 | 502 | 504))
}

fn put_call(to: &Reference, manifest: &Manifest, condition: Condition<'_>) -> Result<Call, Error> {
    let call = Call::write(to, Method::PUT, manifest_path(to))
        .header(CONTENT_TYPE, manifest.media_type.as_ref())?
        .payload(Payload::Bytes(manifest.bytes.clone()));
    match condition {
        Condition::None => Ok(call),
        Condition::Absent => call.header(IF_NONE_MATCH, "*"),
        Condition::At(digest) => call.header(IF_MATCH, &format!("\"{digest}\"")),
    }
}

/// The reference to write to: the tag if there is one, else the manifest's own digest.
fn target(to: &Reference, manifest: &Manifest) -> Result<Reference, Error> {
    if manifest.bytes.len() as u64 > MANIFEST_LIMIT {
        return Err(Error::TooLarge { what: to.to_string(), limit: MANIFEST_LIMIT });
    }
    match to.digest() {
        Some(expected) if *expected != manifest.digest => {
            let (what, found) = (to.to_string(), Box::new(manifest.digest.clone()));
            Err(Error::DigestMismatch { what, expected: Box::new(expected.clone()), found })
        }
        _ if to.tag().is_some() => Ok(to.without_digest()),
        _ => Ok(to.with_digest(manifest.digest.clone())),
    }
}

fn moved(to: &Reference, condition: Condition<'_>, found: Option<Digest>) -> Error {
    let expected = match condition {
        Condition::At(digest) => Some(digest.clone()),
        Condition::None | Condition::Absent => None,
    };
    Error::TagMoved(Box::new(TagMoved { reference: to.clone(), expected, found }))
}
