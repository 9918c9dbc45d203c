//! Reading answers: within a limit, within the patience, and refusals into words.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::Response;
use serde::Deserialize;

use crate::backoff::retry_after;
use crate::error::Answer;
use crate::{Error, RequestLine};

/// The most of a refusal's body that is read.
const REFUSAL_LIMIT: u64 = 64 << 10;

/// Reads a whole body of at most `limit` bytes.
///
/// # Errors
///
/// [`Error::TooLarge`], or [`Error::Unreachable`] when it breaks off or stalls for `idle`.
pub(crate) async fn read(
    mut response: Response,
    request: &RequestLine,
    limit: u64,
    idle: Duration,
) -> Result<Bytes, Error> {
    let too_large = || Error::TooLarge { what: format!("the answer to {request}"), limit };
    if response.content_length().is_some_and(|length| length > limit) {
        return Err(too_large());
    }
    let mut body = BytesMut::new();
    while let Some(piece) = next(&mut response, request, idle).await? {
        if body.len() as u64 + piece.len() as u64 > limit {
            return Err(too_large());
        }
        if body.is_empty() && response.content_length() == Some(piece.len() as u64) {
            // The usual small answer comes in one piece and needs no copy.
            return Ok(piece);
        }
        body.extend_from_slice(&piece);
    }
    Ok(body.freeze())
}

/// Reads the next piece of a body.
pub(crate) async fn next(
    response: &mut Response,
    request: &RequestLine,
    idle: Duration,
) -> Result<Option<Bytes>, Error> {
    match tokio::time::timeout(idle, response.chunk()).await {
        Ok(Ok(piece)) => Ok(piece),
        Ok(Err(error)) => Err(broken(request, error)),
        Err(_) => Err(Error::Unreachable {
            request: request.clone(),
            source: format!("the answer stalled for {} s", idle.as_secs_f32()).into(),
        }),
    }
}

/// The error of a connection that failed.
pub(crate) fn broken(request: &RequestLine, error: reqwest::Error) -> Error {
    Error::Unreachable { request: request.clone(), source: Box::new(error.without_url()) }
}

/// Turns an answer that means no into the error that it is.
pub(crate) async fn refusal(response: Response, request: RequestLine, idle: Duration) -> Error {
    let status = response.status();
    let retry_after = retry_after(response.headers());
    // A refusal whose body cannot be read is still that refusal.
    let body = read(response, &request, REFUSAL_LIMIT, idle).await.unwrap_or_default();
    let (code, message) = words(&body);
    let message = if message.is_empty() && code.is_empty() {
        status.canonical_reason().unwrap_or_default().to_owned()
    } else {
        message
    };
    Error::refused(Answer { request, status: status.as_u16(), code, message, retry_after })
}

#[derive(Deserialize)]
struct Refusal {
    errors: Vec<RefusalError>,
}

#[derive(Deserialize)]
struct RefusalError {
    #[serde(default)]
    code: String,
    #[serde(default)]
    message: Option<String>,
}

/// Code and message of the distribution specification's error JSON; a short text body as it is.
fn words(body: &[u8]) -> (String, String) {
    if let Ok(refusal) = serde_json::from_slice::<Refusal>(body)
        && let Some(first) = refusal.errors.into_iter().next()
    {
        return (one_line(&first.code, 60), one_line(&first.message.unwrap_or_default(), 300));
    }
    let text = String::from_utf8_lossy(body);
    if text.trim_start().starts_with(['<', '{']) {
        return (String::new(), String::new());
    }
    (String::new(), one_line(&text, 300))
}

/// The text without line breaks and control characters, cut to `limit` characters.
fn one_line(text: &str, limit: usize) -> String {
    let printable = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    printable.take(limit).collect::<String>().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_keeps_the_first_code_and_one_line_of_text() {
        let body = br#"{"errors":[{"code":"DENIED","message":"no\nway"},{"code":"X"}]}"#;
        assert_eq!(words(body), ("DENIED".to_owned(), "no way".to_owned()));
        assert_eq!(words(b"<html>gateway</html>"), (String::new(), String::new()));
        assert_eq!(words(b"upstream gone\n"), (String::new(), "upstream gone".to_owned()));
    }
}
