//! Blobs on their way in: in one request, in chunks, or mounted from another repository.

use std::collections::BTreeMap;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use futures::StreamExt as _;
use oci_spec::image::Digest;
use registry::layout::Writer;
use serde::Deserialize;
use tokio::sync::{Mutex as AsyncMutex, watch};

use crate::manifests::{CONTENT_DIGEST, set};
use crate::refusal::Refusal;
use crate::route;
use crate::server::Shared;

const UPLOAD_UUID: HeaderName = HeaderName::from_static("docker-upload-uuid");

/// How long an upload may rest before it makes room for others.
const REST: Duration = Duration::from_hours(1);

/// The most uploads that are open at once.
const MOST: usize = 4096;

/// The uploads that were opened and not yet finished.
#[derive(Default)]
pub(crate) struct Uploads {
    open: Mutex<BTreeMap<String, Upload>>,
}

#[derive(Clone)]
struct Upload {
    repository: String,
    touched: Instant,
    writer: Arc<AsyncMutex<Option<Writer>>>,
    /// How much arrived, to be told without waiting for a request that hangs.
    size: Arc<AtomicU64>,
    /// Counts the requests that wrote; the latest one wins over one whose client is gone.
    turn: Arc<watch::Sender<u64>>,
}

/// The query of the requests that start or finish an upload.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Query {
    digest: Option<String>,
    mount: Option<String>,
}

/// Answers `POST /v2/<name>/blobs/uploads/`.
pub(crate) async fn start(
    shared: &Shared,
    repository: &str,
    query: &Query,
    body: Body,
) -> Result<Response, Refusal> {
    if let Some(mounted) = &query.mount {
        // All repositories share their blobs, so it does not matter where it is from.
        let digest = route::digest(mounted)?;
        if shared.store.blob_size(&digest)?.is_some() {
            return Ok(created(repository, &digest));
        }
    }
    let mut writer = shared.store.writer()?;
    if let Some(digest) = &query.digest {
        let digest = route::digest(digest)?;
        append(&mut writer, body, None).await?;
        writer.finish(&digest)?;
        return Ok(created(repository, &digest));
    }
    let id = shared.uploads.open(repository, writer)?;
    Ok(progress(StatusCode::ACCEPTED, repository, &id, 0))
}

/// Answers `PATCH` of an upload: one more chunk.
pub(crate) async fn patch(
    shared: &Shared,
    repository: &str,
    id: &str,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    let upload = shared.uploads.find(repository, id)?;
    let next = upload.take_turn();
    let mut slot = upload.writer.lock().await;
    let writer = slot.as_mut().ok_or_else(unknown)?;
    check_range(headers, writer.size(), repository, id)?;
    append(writer, body, Some((&upload, next))).await?;
    Ok(progress(StatusCode::ACCEPTED, repository, id, writer.size()))
}

/// Answers `PUT` of an upload: the last chunk, if any, and the digest.
pub(crate) async fn finish(
    shared: &Shared,
    repository: &str,
    id: &str,
    query: &Query,
    (headers, body): (&HeaderMap, Body),
) -> Result<Response, Refusal> {
    let missing = || Refusal::bad_request("DIGEST_INVALID", "the digest is missing");
    let digest = route::digest(query.digest.as_ref().ok_or_else(missing)?)?;
    let upload = shared.uploads.find(repository, id)?;
    let next = upload.take_turn();
    let mut slot = upload.writer.lock().await;
    {
        let writer = slot.as_mut().ok_or_else(unknown)?;
        check_range(headers, writer.size(), repository, id)?;
        append(writer, body, Some((&upload, next))).await?;
    }
    let writer = slot.take().ok_or_else(unknown)?;
    shared.uploads.close(id);
    writer.finish(&digest)?;
    Ok(created(repository, &digest))
}

/// Answers `GET` of an upload: how far it is.
pub(crate) fn status(shared: &Shared, repository: &str, id: &str) -> Result<Response, Refusal> {
    let size = shared.uploads.find(repository, id)?.size.load(Ordering::Acquire);
    Ok(progress(StatusCode::NO_CONTENT, repository, id, size))
}

/// Answers `DELETE` of an upload.
pub(crate) fn cancel(shared: &Shared, repository: &str, id: &str) -> Result<Response, Refusal> {
    shared.uploads.find(repository, id)?;
    shared.uploads.close(id);
    Ok(StatusCode::NO_CONTENT.into_response())
}

impl Uploads {
    fn open(&self, repository: &str, writer: Writer) -> Result<String, Refusal> {
        let random = || RandomState::new().build_hasher().finish();
        let id = format!("{:016x}{:016x}", random(), random());
        let mut open = self.lock();
        open.retain(|_, upload| upload.touched.elapsed() < REST);
        if open.len() >= MOST {
            let status = StatusCode::TOO_MANY_REQUESTS;
            return Err(Refusal::new(status, "TOOMANYREQUESTS", "too many open uploads"));
        }
        let upload = Upload {
            repository: repository.to_owned(),
            touched: Instant::now(),
            size: Arc::new(AtomicU64::new(writer.size())),
            writer: Arc::new(AsyncMutex::new(Some(writer))),
            turn: Arc::new(watch::Sender::new(0)),
        };
        open.insert(id.clone(), upload);
        Ok(id)
    }

    fn find(&self, repository: &str, id: &str) -> Result<Upload, Refusal> {
        let mut open = self.lock();
        let upload = open.get_mut(id).filter(|upload| upload.repository == repository);
        let upload = upload.ok_or_else(unknown)?;
        upload.touched = Instant::now();
        Ok(upload.clone())
    }

    fn close(&self, id: &str) {
        self.lock().remove(id);
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Upload>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn unknown() -> Refusal {
    Refusal::not_found("BLOB_UPLOAD_UNKNOWN", "there is no such upload")
}

impl Upload {
    /// Makes a request that still writes give up; returns the signal for this one to do so.
    fn take_turn(&self) -> watch::Receiver<u64> {
        self.turn.send_modify(|turn| *turn += 1);
        self.turn.subscribe()
    }
}

/// Writes a body as it comes; what arrived before a break, or before another request took over, stays.
async fn append(
    writer: &mut Writer,
    body: Body,
    mut upload: Option<(&Upload, watch::Receiver<u64>)>,
) -> Result<(), Refusal> {
    let broken = |why: &str| Refusal::bad_request("BLOB_UPLOAD_INVALID", why);
    let mut pieces = body.into_data_stream();
    loop {
        let piece = match &mut upload {
            None => pieces.next().await,
            Some((_, next)) => tokio::select! {
                piece = pieces.next() => piece,
                _ = next.changed() => return Err(broken("another request goes on with the upload")),
            },
        };
        let Some(piece) = piece else { return Ok(()) };
        writer.write(&piece.map_err(|_| broken("the content broke off"))?)?;
        if let Some((upload, _)) = &upload {
            upload.size.store(writer.size(), Ordering::Release);
        }
    }
}

/// Refuses a chunk that does not start where the upload is, and says where that is.
fn check_range(headers: &HeaderMap, size: u64, repository: &str, id: &str) -> Result<(), Refusal> {
    let Some(range) = headers.get(header::CONTENT_RANGE) else { return Ok(()) };
    let first = range
        .to_str()
        .ok()
        .map(|range| range.trim().trim_start_matches("bytes").trim())
        .and_then(|range| range.split_once('-'))
        .and_then(|(first, _)| first.trim().parse::<u64>().ok());
    if first == Some(size) {
        return Ok(());
    }
    let message = format!("the upload has {size} bytes");
    let refusal = Refusal::new(StatusCode::RANGE_NOT_SATISFIABLE, "BLOB_UPLOAD_INVALID", message);
    Err(refusal
        .header(header::LOCATION, &location(repository, id))
        .header(header::RANGE, &received(size)))
}

fn progress(status: StatusCode, repository: &str, id: &str, size: u64) -> Response {
    let mut response = status.into_response();
    let headers = response.headers_mut();
    set(headers, header::LOCATION, &location(repository, id));
    set(headers, header::RANGE, &received(size));
    set(headers, UPLOAD_UUID, id);
    response
}

fn created(repository: &str, digest: &Digest) -> Response {
    let mut response = StatusCode::CREATED.into_response();
    let headers = response.headers_mut();
    set(headers, header::LOCATION, &format!("/v2/{repository}/blobs/{digest}"));
    set(headers, CONTENT_DIGEST, digest.as_ref());
    response
}

fn location(repository: &str, id: &str) -> String {
    format!("/v2/{repository}/blobs/uploads/{id}")
}

/// `Range` of what arrived; nothing yet is `0-0`, as everywhere.
fn received(size: u64) -> String {
    format!("0-{}", size.saturating_sub(1))
}
