//! Blobs: whole, in part, or only whether they are there. Content is streamed, never held.

use std::ops::Range;

use axum::body::Body;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use oci_spec::image::Digest;
use registry::layout::Blob;
use registry::{BlobSource as _, Hasher};

use crate::manifests::{CONTENT_DIGEST, set};
use crate::refusal::Refusal;
use crate::server::Shared;

/// Bytes per piece.
const PIECE: u64 = 256 << 10;

/// Answers `GET` and `HEAD` of a blob, in part when a range is asked for.
pub(crate) fn get(
    shared: &Shared,
    digest: &Digest,
    method: &Method,
    headers: &HeaderMap,
) -> Result<Response, Refusal> {
    let blob = shared.store.open_blob(digest)?;
    let size = blob.size();
    let range = headers.get(header::RANGE).and_then(|value| value.to_str().ok());
    let part = match range.map(|range| wanted(range, size)) {
        None | Some(Wanted::Whole) => None,
        Some(Wanted::Part(part)) => Some(part),
        Some(Wanted::Impossible) => {
            let refusal =
                Refusal::new(StatusCode::RANGE_NOT_SATISFIABLE, "SIZE_INVALID", "too far");
            return Err(refusal.header(header::CONTENT_RANGE, &format!("bytes */{size}")));
        }
    };
    let sent = part.clone().unwrap_or(0..size);
    let body = match *method {
        Method::HEAD => Body::empty(),
        _ => Body::from_stream(pieces(blob, sent.clone(), part.is_none().then(|| digest.clone()))),
    };
    let mut response = body.into_response();
    let answer = response.headers_mut();
    set(answer, header::CONTENT_TYPE, "application/octet-stream");
    set(answer, header::CONTENT_LENGTH, &(sent.end - sent.start).to_string());
    set(answer, header::ACCEPT_RANGES, "bytes");
    set(answer, header::ETAG, &format!("\"{digest}\""));
    set(answer, CONTENT_DIGEST, digest.as_ref());
    if part.is_some() {
        let range = format!("bytes {}-{}/{size}", sent.start, sent.end - 1);
        set(answer, header::CONTENT_RANGE, &range);
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    }
    Ok(response)
}

/// Answers `DELETE` of a blob.
pub(crate) fn delete(shared: &Shared, digest: &Digest) -> Result<Response, Refusal> {
    if shared.store.delete_blob(digest)? {
        return Ok(StatusCode::ACCEPTED.into_response());
    }
    Err(Refusal::not_found("BLOB_UNKNOWN", format!("blob {digest} is not here")))
}

struct Reading {
    blob: Blob,
    at: u64,
    end: u64,
    check: Option<(Hasher, Digest)>,
}

/// The content piece by piece; the last piece of a damaged blob is held back and the answer broken off.
fn pieces(
    blob: Blob,
    part: Range<u64>,
    digest: Option<Digest>,
) -> impl futures::Stream<Item = Result<Bytes, std::io::Error>> {
    let check = digest.and_then(|digest| Some((Hasher::of(&digest).ok()?, digest)));
    let reading = Reading { blob, at: part.start, end: part.end, check };
    futures::stream::try_unfold(reading, |mut reading| async move {
        let length = (reading.end - reading.at).min(PIECE);
        if length == 0 {
            return Ok(None);
        }
        let length = usize::try_from(length).unwrap_or_default();
        let piece = reading.blob.read(reading.at, length)?;
        if piece.len() != length {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        reading.at += piece.len() as u64;
        if let Some((hasher, _)) = &mut reading.check {
            hasher.update(&piece);
        }
        if reading.at == reading.end
            && let Some((hasher, digest)) = reading.check.take()
            && hasher.finish() != digest
        {
            return Err(std::io::Error::other(format!("blob {digest} is damaged")));
        }
        Ok(Some((piece, reading)))
    })
}

#[derive(Debug, PartialEq, Eq)]
enum Wanted {
    Whole,
    Part(Range<u64>),
    Impossible,
}

/// Reads a `Range` header with one range; what is not understood is ignored, as RFC 9110 says.
fn wanted(range: &str, size: u64) -> Wanted {
    let Some((first, last)) =
        range.trim().strip_prefix("bytes=").and_then(|range| range.split_once('-'))
    else {
        return Wanted::Whole;
    };
    let (first, last) = (first.trim(), last.trim());
    let part = match (first.parse::<u64>(), last.parse::<u64>()) {
        (Ok(first), Ok(last)) if first <= last => first..last.saturating_add(1).min(size),
        (Ok(first), Err(_)) if last.is_empty() => first..size,
        (Err(_), Ok(suffix)) if first.is_empty() => size.saturating_sub(suffix)..size,
        _ => return Wanted::Whole,
    };
    if part.start >= part.end { Wanted::Impossible } else { Wanted::Part(part) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_cut_to_the_blob() {
        assert_eq!(wanted("bytes=2-", 5), Wanted::Part(2..5));
        assert_eq!(wanted("bytes=0-99", 5), Wanted::Part(0..5));
        assert_eq!(wanted("bytes=-2", 5), Wanted::Part(3..5));
        assert_eq!(wanted("bytes=5-", 5), Wanted::Impossible);
        assert_eq!(wanted("bytes=3-1", 5), Wanted::Whole);
        assert_eq!(wanted("lines=1-2", 5), Wanted::Whole);
        assert_eq!(wanted("bytes=0-1,3-4", 5), Wanted::Whole);
    }
}
