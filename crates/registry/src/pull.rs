//! Reading: resolve a name, read manifests and blobs, each checked against its digest.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use oci_spec::image::{Descriptor, Digest, MediaType};
use reqwest::header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, RANGE};
use reqwest::{Method, Response};
use tokio::io::{AsyncWrite, AsyncWriteExt as _};

use crate::backoff::{pause, random};
use crate::call::Call;
use crate::error::Answer;
use crate::{Error, Hasher, MANIFEST_LIMIT, Manifest, Reference, Registry, body, digest, sha256};

/// The manifest kinds that wharf understands.
const ACCEPTED: &str = "application/vnd.oci.image.manifest.v1+json, \
    application/vnd.oci.image.index.v1+json, \
    application/vnd.docker.distribution.manifest.v2+json, \
    application/vnd.docker.distribution.manifest.list.v2+json, \
    application/vnd.oci.artifact.manifest.v1+json, */*;q=0.1";

impl Registry {
    /// Finds out what a reference points to now, without reading it: one HEAD.
    ///
    /// Registries that do not tell the digest in the answer get a GET, and the digest is computed.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] when there is no such tag or digest, and what the network does.
    ///
    /// # Source
    ///
    /// OCI Distribution Spec 1.1, "Checking if content exists in the registry".
    pub async fn resolve(&self, reference: &Reference) -> Result<Descriptor, Error> {
        let call = Call::read(reference, Method::HEAD, manifest_path(reference))
            .header(ACCEPT, ACCEPTED)?;
        let response = self.send(&call).await?;
        match response.status().as_u16() {
            200 => {}
            // Some registries and gateways do not do HEAD at all.
            400 | 405 | 501 => return Ok(self.manifest(reference).await?.descriptor()),
            404 => return Err(missing(&call)),
            _ => return Err(self.refusal(&call, response).await),
        }
        let headers = response.headers();
        let length = text(headers, CONTENT_LENGTH.as_str()).and_then(|length| length.parse().ok());
        let (Some(found), Some(size), Some(media_type)) =
            (stated_digest(headers), length, media_type(headers))
        else {
            return Ok(self.manifest(reference).await?.descriptor());
        };
        if let Some(expected) = reference.digest()
            && *expected != found
        {
            let (what, expected) = (reference.to_string(), Box::new(expected.clone()));
            return Err(Error::DigestMismatch { what, expected, found: Box::new(found) });
        }
        Ok(Descriptor::new(media_type, size, found))
    }

    /// Whether a reference exists: [`Registry::resolve`] with "not found" as an answer.
    ///
    /// # Errors
    ///
    /// Everything but [`Error::NotFound`].
    pub async fn find(&self, reference: &Reference) -> Result<Option<Descriptor>, Error> {
        match self.resolve(reference).await {
            Ok(descriptor) => Ok(Some(descriptor)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Reads a manifest of at most [`MANIFEST_LIMIT`] bytes and checks its digest.
    ///
    /// # Errors
    ///
    /// [`Error::DigestMismatch`] when the bytes are not those of the reference's digest, or of the
    /// digest that the registry states itself.
    pub async fn manifest(&self, reference: &Reference) -> Result<Manifest, Error> {
        let call = Call::read(reference, Method::GET, manifest_path(reference))
            .header(ACCEPT, ACCEPTED)?;
        let (headers, bytes) = self.fetch(&call, &[200], MANIFEST_LIMIT).await?;
        let expected = reference.digest().cloned().or_else(|| stated_digest(&headers));
        let digest = match expected {
            Some(expected) => {
                digest::verify(&reference.to_string(), &bytes, &expected)?;
                expected
            }
            None => sha256(&bytes),
        };
        let media_type = embedded_type(&bytes)
            .or_else(|| media_type(&headers))
            .unwrap_or(MediaType::ImageManifest);
        Ok(Manifest { bytes, media_type, digest })
    }

    /// Reads a blob into memory; `most` is the largest that the caller accepts.
    ///
    /// # Errors
    ///
    /// [`Error::TooLarge`] before anything is read when the descriptor says so,
    /// [`Error::SizeMismatch`] and [`Error::DigestMismatch`] when other bytes come.
    pub async fn blob(
        &self,
        repository: &Reference,
        blob: &Descriptor,
        most: u64,
    ) -> Result<Bytes, Error> {
        let what = || blob_name(repository, blob.digest());
        if blob.size() > most {
            return Err(Error::TooLarge { what: what(), limit: most });
        }
        let mut stream = self.blob_stream(repository, blob).await?;
        let Some(first) = stream.next().await? else { return Ok(Bytes::new()) };
        if first.len() as u64 == blob.size() {
            stream.next().await?;
            return Ok(first);
        }
        let mut bytes = BytesMut::from(first);
        while let Some(piece) = stream.next().await? {
            bytes.extend_from_slice(&piece);
        }
        Ok(bytes.freeze())
    }

    /// Starts to read a blob; the stream continues after a broken connection and ends with an error
    /// when the bytes were not the ones asked for.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`], [`Error::UnknownAlgorithm`], and what the network does.
    pub async fn blob_stream(
        &self,
        repository: &Reference,
        blob: &Descriptor,
    ) -> Result<BlobStream, Error> {
        let hasher = Hasher::of(blob.digest())?;
        let call = Call::read(repository, Method::GET, blob_path(repository, blob.digest()));
        let response = self.expect(&call, &[200]).await?;
        if let Some(found) = response.content_length()
            && found != blob.size()
        {
            let what = blob_name(repository, blob.digest());
            return Err(Error::SizeMismatch { what, expected: blob.size(), found });
        }
        Ok(BlobStream {
            registry: self.clone(),
            call,
            response: Some(response),
            blob: Arc::new(blob.clone()),
            hasher: Some(hasher),
            position: 0,
            breaks: 0,
            leftover: Bytes::new(),
        })
    }

    /// Reads a blob into a writer, verified; on an error what was written is not to be used.
    ///
    /// # Errors
    ///
    /// As [`Registry::blob_stream`], and [`Error::Source`] when the writer fails.
    pub async fn blob_to(
        &self,
        repository: &Reference,
        blob: &Descriptor,
        writer: &mut (impl AsyncWrite + Unpin + Send),
    ) -> Result<(), Error> {
        let mut stream = self.blob_stream(repository, blob).await?;
        while let Some(piece) = stream.next().await? {
            writer.write_all(&piece).await.map_err(|source| Error::Source { source })?;
        }
        writer.flush().await.map_err(|source| Error::Source { source })
    }

    /// Whether the repository has a blob, and its size: one HEAD.
    ///
    /// # Errors
    ///
    /// Everything but [`Error::NotFound`].
    pub async fn find_blob(
        &self,
        repository: &Reference,
        digest: &Digest,
    ) -> Result<Option<u64>, Error> {
        let call = Call::read(repository, Method::HEAD, blob_path(repository, digest));
        let response = self.send(&call).await?;
        match response.status().as_u16() {
            200 => {
                let length = text(response.headers(), CONTENT_LENGTH.as_str());
                Ok(Some(length.and_then(|length| length.parse().ok()).unwrap_or_default()))
            }
            404 => Ok(None),
            _ => Err(self.refusal(&call, response).await),
        }
    }

    /// Asks whether the registry is there and takes the credentials; any answer but a refusal will do.
    ///
    /// # Errors
    ///
    /// [`Error::Unauthorized`] or [`Error::Denied`] when it does not, and what the network does.
    pub async fn ping(&self, repository: &Reference) -> Result<(), Error> {
        let mut call = Call::read(repository, Method::GET, "/v2/".to_owned());
        call.access.clear();
        let response = self.send(&call).await?;
        match response.status().as_u16() {
            200 | 404 => Ok(()),
            _ => Err(self.refusal(&call, response).await),
        }
    }
}

/// The error of a HEAD that found nothing; there is no body to take words from.
fn missing(call: &Call) -> Error {
    Error::refused(Answer {
        request: call.line(),
        status: 404,
        code: String::new(),
        message: String::new(),
        retry_after: None,
    })
}

/// A blob on its way; see [`Registry::blob_stream`].
pub struct BlobStream {
    registry: Registry,
    call: Call,
    response: Option<Response>,
    blob: Arc<Descriptor>,
    hasher: Option<Hasher>,
    position: u64,
    breaks: u32,
    /// The end of a piece whose beginning was skipped.
    leftover: Bytes,
}

impl BlobStream {
    /// The next piece, or `None` after the last one, once size and digest were found right.
    ///
    /// # Errors
    ///
    /// [`Error::SizeMismatch`] and [`Error::DigestMismatch`] when these are other bytes,
    /// [`Error::Unreachable`] when the connection broke too often.
    pub async fn next(&mut self) -> Result<Option<Bytes>, Error> {
        let idle = self.registry.settings().timeouts.idle;
        loop {
            let leftover = std::mem::take(&mut self.leftover);
            if !leftover.is_empty() {
                return self.take(leftover).map(Some);
            }
            let Some(response) = &mut self.response else { return Ok(None) };
            match body::next(response, &self.call.line(), idle).await {
                Ok(Some(piece)) if piece.is_empty() => {}
                Ok(Some(piece)) => return self.take(piece).map(Some),
                Ok(None) if self.position < self.blob.size() => {
                    let what = self.what();
                    let (expected, found) = (self.blob.size(), self.position);
                    self.resume(Error::SizeMismatch { what, expected, found }).await?;
                }
                Ok(None) => return self.end().map(|()| None),
                Err(error) => self.resume(error).await?,
            }
        }
    }

    fn take(&mut self, piece: Bytes) -> Result<Bytes, Error> {
        self.position += piece.len() as u64;
        if self.position > self.blob.size() {
            self.response = None;
            let (expected, found) = (self.blob.size(), self.position);
            return Err(Error::SizeMismatch { what: self.what(), expected, found });
        }
        if let Some(hasher) = &mut self.hasher {
            hasher.update(&piece);
        }
        Ok(piece)
    }

    fn end(&mut self) -> Result<(), Error> {
        self.response = None;
        match self.hasher.take() {
            Some(hasher) => digest::same(&self.what(), hasher, self.blob.digest()),
            None => Ok(()),
        }
    }

    /// Asks for the rest after a break, as often as the retry policy allows.
    async fn resume(&mut self, error: Error) -> Result<(), Error> {
        self.response = None;
        let policy = self.registry.settings().retry;
        self.breaks += 1;
        if self.breaks >= policy.attempts {
            return Err(error);
        }
        tokio::time::sleep(pause(&policy, self.breaks - 1, random())).await;
        let call = if self.position == 0 {
            self.call.clone()
        } else {
            self.call.clone().header(RANGE, &format!("bytes={}-", self.position))?
        };
        let mut response = self.registry.expect(&call, &[200, 206]).await?;
        if response.status().as_u16() == 200 {
            self.skip(&mut response).await?;
        }
        self.response = Some(response);
        Ok(())
    }

    /// Reads over what was seen already, on registries without ranges; a mix of two contents
    /// fails at the digest.
    async fn skip(&mut self, response: &mut Response) -> Result<(), Error> {
        let idle = self.registry.settings().timeouts.idle;
        let mut left = self.position;
        while left > 0 {
            let Some(piece) = body::next(response, &self.call.line(), idle).await? else { break };
            let over = usize::try_from(left).unwrap_or(usize::MAX).min(piece.len());
            left -= over as u64;
            self.leftover = piece.slice(over..);
        }
        Ok(())
    }

    fn what(&self) -> String {
        blob_name(&self.call.reference, self.blob.digest())
    }
}

/// `host/repository@digest`, for messages.
pub(crate) fn blob_name(repository: &Reference, digest: &Digest) -> String {
    format!("blob {}@{digest}", repository.name())
}

pub(crate) fn manifest_path(reference: &Reference) -> String {
    format!("/v2/{}/manifests/{}", reference.repository(), reference.selector())
}

pub(crate) fn blob_path(repository: &Reference, digest: &Digest) -> String {
    format!("/v2/{}/blobs/{digest}", repository.repository())
}

/// The digest that the registry states for what it answers.
pub(crate) fn stated_digest(headers: &HeaderMap) -> Option<Digest> {
    text(headers, "docker-content-digest")?.trim().parse().ok()
}

/// A header as text.
pub(crate) fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn media_type(headers: &HeaderMap) -> Option<MediaType> {
    let value = text(headers, CONTENT_TYPE.as_str())?;
    let value = value.split(';').next().unwrap_or_default().trim();
    (!value.is_empty()).then(|| MediaType::from(value))
}

/// The media type that a manifest states itself; it is signed over, the header is not.
fn embedded_type(bytes: &[u8]) -> Option<MediaType> {
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Stated {
        media_type: Option<String>,
    }
    let stated: Stated = serde_json::from_slice(bytes).ok()?;
    stated.media_type.filter(|value| !value.is_empty()).map(|value| MediaType::from(value.as_str()))
}
