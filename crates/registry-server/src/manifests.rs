//! Manifests by tag and digest, and who refers to them.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use oci_spec::image::{Descriptor, Digest, MediaType};
use registry::layout::Placed;
use registry::{CONDITIONS, Condition, MANIFEST_LIMIT, Manifest};
use serde::Deserialize;

use crate::event::{Event, EventKind};
use crate::refusal::Refusal;
use crate::route::Selector;
use crate::server::Shared;

pub(crate) const CONTENT_DIGEST: HeaderName = HeaderName::from_static("docker-content-digest");
const OCI_SUBJECT: HeaderName = HeaderName::from_static("oci-subject");
const FILTERS_APPLIED: HeaderName = HeaderName::from_static("oci-filters-applied");
const CONDITIONAL_PUT: HeaderName = HeaderName::from_static(CONDITIONS);

/// What a manifest says about the things it needs.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Part {
    media_type: Option<String>,
    config: Option<Descriptor>,
    #[serde(default)]
    layers: Vec<Descriptor>,
    subject: Option<Descriptor>,
}

/// Answers `GET` and `HEAD` of a manifest.
pub(crate) fn get(
    shared: &Shared,
    repository: &str,
    selector: &Selector,
    method: &Method,
    headers: &HeaderMap,
) -> Result<Response, Refusal> {
    let unknown = || {
        let what = format!("there is no manifest `{}` in `{repository}`", selector.text());
        Refusal::not_found("MANIFEST_UNKNOWN", what)
    };
    let found = shared.store.resolve(repository, selector.text()).ok_or_else(unknown)?;
    let etag = format!("\"{}\"", found.digest());
    let mut response = if names(headers, &header::IF_NONE_MATCH, &etag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else if method == Method::HEAD {
        let mut response = Body::empty().into_response();
        response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(found.size()));
        response
    } else {
        // By digest: the tag may have moved since.
        let manifest = shared.store.manifest(repository, found.digest().as_ref());
        match manifest {
            Ok(manifest) => manifest.bytes.into_response(),
            Err(error) if error.is_not_found() => return Err(unknown()),
            Err(error) => return Err(error.into()),
        }
    };
    let answer = response.headers_mut();
    set(answer, header::CONTENT_TYPE, found.media_type().as_ref());
    set(answer, CONTENT_DIGEST, found.digest().as_ref());
    set(answer, header::ETAG, &etag);
    Ok(response)
}

/// Answers `PUT` of a manifest.
pub(crate) fn put(
    shared: &Shared,
    repository: &str,
    selector: &Selector,
    headers: &HeaderMap,
    bytes: Bytes,
) -> Result<Response, Refusal> {
    let part: Part = serde_json::from_slice(&bytes).map_err(|error| {
        Refusal::bad_request("MANIFEST_INVALID", format!("this is no manifest: {error}"))
    })?;
    require_content(shared, &part)?;
    let manifest = read(&part, selector, headers, bytes)?;
    let tag = match selector {
        Selector::Tag(tag) => Some(tag.as_str()),
        Selector::Digest(_) => None,
    };
    let previous =
        tag.and_then(|tag| shared.store.resolve(repository, tag)).map(|was| was.digest().clone());
    let expected = expected(headers)?;
    let condition = match &expected {
        Expected::Anything => Condition::None,
        Expected::Nothing => Condition::Absent,
        Expected::At(digest) => Condition::At(digest),
    };
    if let Placed::Moved { found } =
        shared.store.put_manifest(repository, &manifest, tag, condition)?
    {
        let now = found.map_or_else(|| "absent".to_owned(), |found| format!("at {found}"));
        let message = format!("the tag is {now}");
        return Err(Refusal::new(StatusCode::PRECONDITION_FAILED, "DENIED", message)
            .header(CONDITIONAL_PUT, "yes"));
    }
    shared.tell(Event {
        kind: EventKind::Pushed,
        repository: repository.to_owned(),
        tag: tag.map(str::to_owned),
        digest: manifest.digest.clone(),
        media_type: manifest.media_type.clone(),
        previous,
    });
    Ok(stored(repository, selector, &manifest.digest, part.subject.as_ref()))
}

/// Answers `DELETE` of a manifest or of a tag.
pub(crate) fn delete(
    shared: &Shared,
    repository: &str,
    selector: &Selector,
) -> Result<Response, Refusal> {
    let unknown = || {
        let what = format!("there is no manifest `{}` in `{repository}`", selector.text());
        Refusal::not_found("MANIFEST_UNKNOWN", what)
    };
    let found = shared.store.resolve(repository, selector.text()).ok_or_else(unknown)?;
    let (was_there, tag) = match selector {
        Selector::Tag(tag) => (shared.store.delete_tag(repository, tag)?, Some(tag.clone())),
        Selector::Digest(digest) => (shared.store.delete_manifest(repository, digest)?, None),
    };
    if !was_there {
        return Err(unknown());
    }
    shared.tell(Event {
        kind: EventKind::Deleted,
        repository: repository.to_owned(),
        previous: tag.as_ref().map(|_| found.digest().clone()),
        tag,
        digest: found.digest().clone(),
        media_type: found.media_type().clone(),
    });
    Ok(StatusCode::ACCEPTED.into_response())
}

/// Answers `GET /v2/<name>/referrers/<digest>`.
///
/// # Source
///
/// OCI Distribution Spec 1.1, "Listing Referrers": an unknown subject has an empty list.
pub(crate) fn referrers(
    shared: &Shared,
    repository: &str,
    subject: &Digest,
    artifact_type: Option<&str>,
) -> Response {
    let mut manifests = shared.store.referrers(repository, subject);
    if let Some(wanted) = artifact_type {
        manifests.retain(|found| found.artifact_type().as_ref().map(AsRef::as_ref) == Some(wanted));
    }
    let media_type = MediaType::ImageIndex.to_string();
    let body = serde_json::json!({
        "schemaVersion": 2,
        "mediaType": media_type,
        "manifests": manifests,
    });
    let mut response = body.to_string().into_response();
    set(response.headers_mut(), header::CONTENT_TYPE, &media_type);
    if artifact_type.is_some() {
        set(response.headers_mut(), FILTERS_APPLIED, "artifactType");
    }
    response
}

/// Refuses a manifest whose config or layers are not here; the subject may come later.
fn require_content(shared: &Shared, part: &Part) -> Result<(), Refusal> {
    for needed in part.config.iter().chain(&part.layers) {
        let is_elsewhere = needed.urls().as_ref().is_some_and(|urls| !urls.is_empty());
        if !is_elsewhere && shared.store.blob_size(needed.digest())?.is_none() {
            let message = format!("blob {} is not here", needed.digest());
            return Err(Refusal::not_found("MANIFEST_BLOB_UNKNOWN", message));
        }
    }
    Ok(())
}

fn read(
    part: &Part,
    selector: &Selector,
    headers: &HeaderMap,
    bytes: Bytes,
) -> Result<Manifest, Refusal> {
    if bytes.len() as u64 > MANIFEST_LIMIT {
        let message = format!("a manifest has at most {MANIFEST_LIMIT} bytes");
        return Err(Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "SIZE_INVALID", message));
    }
    let given = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let given = given.map(|value| value.split(';').next().unwrap_or_default().trim());
    let stated = part.media_type.as_deref().filter(|value| !value.is_empty());
    if let (Some(given), Some(stated)) = (given, stated)
        && given != stated
    {
        let message = format!("the content type is {given}, but the manifest says {stated}");
        return Err(Refusal::bad_request("MANIFEST_INVALID", message));
    }
    let media_type = given.or(stated).unwrap_or("application/vnd.oci.image.manifest.v1+json");
    let mut manifest = Manifest::new(MediaType::from(media_type), bytes);
    if let Selector::Digest(expected) = selector {
        registry::verify("the manifest", &manifest.bytes, expected)?;
        manifest.digest = expected.clone();
    }
    Ok(manifest)
}

/// Where a tag must be for the write to happen.
enum Expected {
    Anything,
    Nothing,
    At(Digest),
}

/// Reads `If-Match: "<digest>"` and `If-None-Match: *`.
fn expected(headers: &HeaderMap) -> Result<Expected, Refusal> {
    let get = |name: &HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(value) = get(&header::IF_MATCH) {
        return crate::route::digest(value.trim().trim_matches('"')).map(Expected::At);
    }
    match get(&header::IF_NONE_MATCH).map(str::trim) {
        None => Ok(Expected::Anything),
        Some("*") => Ok(Expected::Nothing),
        Some(_) => {
            Err(Refusal::bad_request("UNSUPPORTED", "only `If-None-Match: *` is known here"))
        }
    }
}

fn stored(
    repository: &str,
    selector: &Selector,
    digest: &Digest,
    subject: Option<&Descriptor>,
) -> Response {
    let mut response = StatusCode::CREATED.into_response();
    let headers = response.headers_mut();
    let location = format!("/v2/{repository}/manifests/{}", selector.text());
    set(headers, header::LOCATION, &location);
    set(headers, CONTENT_DIGEST, digest.as_ref());
    set(headers, header::ETAG, &format!("\"{digest}\""));
    set(headers, CONDITIONAL_PUT, "yes");
    if let Some(subject) = subject {
        set(headers, OCI_SUBJECT, subject.digest().as_ref());
    }
    response
}

fn names(headers: &HeaderMap, name: &HeaderName, etag: &str) -> bool {
    let values = headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    values.split(',').any(|value| value.trim() == etag)
}

/// Sets a header whose value was checked before: digests, names and types are plain text.
pub(crate) fn set(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}
