//! Uploading blobs: in one request where possible, continued where a connection broke.

use std::sync::Arc;

use oci_spec::image::{Descriptor, Digest};
use reqwest::header::{CONTENT_RANGE, CONTENT_TYPE, LOCATION, RANGE};
use reqwest::{Method, Response, Url};

use crate::backoff::{pause, random};
use crate::call::{Call, Payload};
use crate::pull::text;
use crate::{BlobSource, Error, Reference, Registry, Retry};

/// Blobs up to this size are sent without asking first whether they are there.
const SENT_UNASKED: u64 = 4 << 10;

/// An upload that the registry opened: where the bytes go and how many it has.
struct Session {
    location: Url,
    offset: u64,
    /// The smallest piece that the registry takes, but for the last.
    least: u64,
    /// Whether one request for everything was tried in vain.
    in_chunks: bool,
}

impl Registry {
    /// Stores a blob of any size, read piece by piece from `source`.
    ///
    /// Content that is there already is not sent again. A connection that breaks is taken up where
    /// the registry says it stopped, so that each byte is sent once where the registry remembers.
    ///
    /// # Errors
    ///
    /// [`Error::Source`] when `source` fails, and what the registry refuses.
    ///
    /// # Source
    ///
    /// OCI Distribution Spec 1.1, "Pushing blobs": monolithically by POST then PUT, and in chunks.
    pub async fn push_blob_from(
        &self,
        to: &Reference,
        blob: &Descriptor,
        source: Arc<dyn BlobSource>,
    ) -> Result<(), Error> {
        if blob.size() > SENT_UNASKED && self.find_blob(to, blob.digest()).await?.is_some() {
            return Ok(());
        }
        if blob.size() <= SENT_UNASKED && !self.host(to).lacks_single_post {
            return self.push_small(to, blob, source).await;
        }
        let session = self.begin(to).await?;
        self.complete(to, blob, &source, session).await
    }

    /// Makes a blob of another repository on the same registry appear in this one.
    ///
    /// A registry that declines opens an upload instead, which is then fed from `source`. Returns
    /// whether the mount was taken.
    ///
    /// # Errors
    ///
    /// As [`Registry::push_blob_from`].
    ///
    /// # Source
    ///
    /// OCI Distribution Spec 1.1, "Mounting a blob from another repository".
    pub async fn mount_blob(
        &self,
        to: &Reference,
        from_repository: &str,
        blob: &Descriptor,
        source: Arc<dyn BlobSource>,
    ) -> Result<bool, Error> {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("mount", blob.digest().as_ref())
            .append_pair("from", from_repository)
            .finish();
        let post = Call::write(to, Method::POST, format!("{}?{query}", uploads_path(to)))
            .also_pull(from_repository)
            .repeatable();
        let response = self.send(&post).await?;
        match response.status().as_u16() {
            201 => Ok(true),
            202 => {
                let session = session(&post, &response)?;
                self.complete(to, blob, &source, session).await.map(|()| false)
            }
            // Not allowed to read there, or mounts unknown: the content itself always works.
            400 | 401 | 403 | 404 | 405 => {
                self.push_blob_from(to, blob, source).await.map(|()| false)
            }
            _ => Err(self.refusal(&post, response).await),
        }
    }

    /// A small blob in a single POST, where the registry takes that.
    async fn push_small(
        &self,
        to: &Reference,
        blob: &Descriptor,
        source: Arc<dyn BlobSource>,
    ) -> Result<(), Error> {
        let path = format!("{}?digest={}", uploads_path(to), blob.digest());
        let payload = Payload::Bytes(read(&source, 0, blob.size())?);
        let post = Call::write(to, Method::POST, path)
            .header(CONTENT_TYPE, "application/octet-stream")?
            .payload(payload)
            .repeatable();
        let response = self.send(&post).await?;
        match response.status().as_u16() {
            201 => Ok(()),
            202 => {
                // It opened an upload and did not look at the bytes.
                self.learn(to, |host| host.lacks_single_post = true);
                let session = session(&post, &response)?;
                self.complete(to, blob, &source, session).await
            }
            401 | 403 | 404 => Err(self.refusal(&post, response).await),
            _ => {
                self.learn(to, |host| host.lacks_single_post = true);
                Box::pin(self.push_blob_from(to, blob, source)).await
            }
        }
    }

    /// Feeds an open upload until the registry has the blob, across broken connections.
    async fn complete(
        &self,
        to: &Reference,
        blob: &Descriptor,
        source: &Arc<dyn BlobSource>,
        mut session: Session,
    ) -> Result<(), Error> {
        let policy = self.settings().retry;
        let mut attempt = 0;
        loop {
            let error = match self.feed(to, blob, source, &mut session).await {
                Ok(()) => return Ok(()),
                Err(error) => error,
            };
            let status = error.answer().map(|answer| answer.status);
            // 413: something on the way limits requests. 416: our idea of the offset is wrong.
            let may_go_on = matches!(status, Some(404 | 413 | 416)) || error.retry() == Retry::Soon;
            attempt += 1;
            if !may_go_on
                || matches!(error, Error::DigestMismatch { .. })
                || attempt >= policy.attempts
            {
                return Err(error);
            }
            tokio::time::sleep(pause(&policy, attempt - 1, random())).await;
            if self.find_blob(to, blob.digest()).await?.is_some() {
                return Ok(());
            }
            let (had, in_chunks) = (session.offset, session.in_chunks);
            session = match self.ask_progress(to, session).await? {
                Some(session) => session,
                None => self.begin(to).await?,
            };
            if session.offset > had {
                attempt = 0;
            }
            session.in_chunks = in_chunks || session.offset > 0 || status == Some(413);
        }
    }

    /// Opens an upload.
    async fn begin(&self, to: &Reference) -> Result<Session, Error> {
        let post = Call::write(to, Method::POST, uploads_path(to)).repeatable();
        let response = self.expect(&post, &[202]).await?;
        session(&post, &response)
    }

    /// Asks how much of an upload arrived; `None` when the registry has forgotten it.
    async fn ask_progress(&self, to: &Reference, open: Session) -> Result<Option<Session>, Error> {
        let get =
            Call::write(to, Method::GET, String::new()).to(open.location.clone()).repeatable();
        let response = self.send(&get).await?;
        if response.status().as_u16() != 204 {
            return Ok(None);
        }
        let location = location(&get, &response).unwrap_or(open.location);
        let offset = received(&response).unwrap_or_default();
        Ok(Some(Session { location, offset, least: open.least, in_chunks: open.in_chunks }))
    }

    /// Sends what is missing: all at once, or in chunks, then names the digest.
    async fn feed(
        &self,
        to: &Reference,
        blob: &Descriptor,
        source: &Arc<dyn BlobSource>,
        session: &mut Session,
    ) -> Result<(), Error> {
        if session.in_chunks {
            while session.offset < blob.size() {
                self.patch(to, blob, source, session).await?;
            }
        }
        let (offset, length) = (session.offset, blob.size() - session.offset);
        let put = Call::write(to, Method::PUT, String::new())
            .to(with_digest(&session.location, blob.digest()))
            .header(CONTENT_TYPE, "application/octet-stream")?
            .payload(match length {
                0 => Payload::Nothing,
                _ => part(source, offset, length)?,
            });
        let response = self.send(&put).await?;
        match response.status().as_u16() {
            // 202 and 204 are not in the specification, but in use.
            200..=204 => Ok(()),
            _ => Err(self.refusal(&put, response).await),
        }
    }

    /// Sends one chunk.
    async fn patch(
        &self,
        to: &Reference,
        blob: &Descriptor,
        source: &Arc<dyn BlobSource>,
        session: &mut Session,
    ) -> Result<(), Error> {
        let wanted = self.settings().chunk_bytes.max(session.least).max(1);
        let length = wanted.min(blob.size() - session.offset);
        let range = format!("{}-{}", session.offset, session.offset + length - 1);
        let patch = Call::write(to, Method::PATCH, String::new())
            .to(session.location.clone())
            .header(CONTENT_TYPE, "application/octet-stream")?
            .header(CONTENT_RANGE, &range)?
            .payload(part(source, session.offset, length)?);
        let response = self.expect(&patch, &[201, 202, 204]).await?;
        session.offset += length;
        if let Some(received) = received(&response) {
            session.offset = received.min(blob.size());
        }
        session.location = location(&patch, &response)?;
        Ok(())
    }
}

fn uploads_path(to: &Reference) -> String {
    format!("/v2/{}/blobs/uploads/", to.repository())
}

fn session(call: &Call, response: &Response) -> Result<Session, Error> {
    let least = text(response.headers(), "oci-chunk-min-length");
    Ok(Session {
        location: location(call, response)?,
        offset: 0,
        least: least.and_then(|least| least.parse().ok()).unwrap_or_default(),
        in_chunks: false,
    })
}

/// The upload's address, absolute; a registry may name another host, which gets no login.
fn location(call: &Call, response: &Response) -> Result<Url, Error> {
    text(response.headers(), LOCATION.as_str())
        .and_then(|location| response.url().join(location).ok())
        .filter(|location| matches!(location.scheme(), "http" | "https"))
        .ok_or_else(|| Error::Garbage {
            request: call.line(),
            reason: "an upload without a location".to_owned(),
        })
}

/// The number of bytes that arrived, from `Range: 0-<last>`.
fn received(response: &Response) -> Option<u64> {
    let range = text(response.headers(), RANGE.as_str())?;
    let (_, last) = range.trim_start_matches("bytes=").split_once('-')?;
    let last: u64 = last.trim().parse().ok()?;
    // Nothing yet is `0-0` on distribution, which cannot be told from one byte; the first is likelier.
    Some(if last == 0 { 0 } else { last.saturating_add(1) })
}

fn with_digest(location: &Url, digest: &Digest) -> Url {
    let mut url = location.clone();
    url.query_pairs_mut().append_pair("digest", digest.as_ref());
    url
}

/// A part of the content: small ones in memory, so that they can be sent again cheaply.
fn part(source: &Arc<dyn BlobSource>, offset: u64, length: u64) -> Result<Payload, Error> {
    if length <= 256 << 10 {
        return read(source, offset, length).map(Payload::Bytes);
    }
    Ok(Payload::Part { source: source.clone(), offset, length })
}

fn read(source: &Arc<dyn BlobSource>, offset: u64, length: u64) -> Result<bytes::Bytes, Error> {
    let length = usize::try_from(length).expect("a small part fits into memory");
    source
        .read(offset, length)
        .and_then(|bytes| {
            if bytes.len() == length {
                Ok(bytes)
            } else {
                Err(std::io::ErrorKind::UnexpectedEof.into())
            }
        })
        .map_err(|source| Error::Source { source })
}
