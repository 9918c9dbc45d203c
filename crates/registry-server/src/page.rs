//! Lists, page by page: tags and repositories.

use axum::Json;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;

use crate::refusal::Refusal;
use crate::server::Shared;

/// The most entries of one page, whatever the client asks for.
const MOST: usize = 10_000;

/// Where a page starts and how long it is.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Window {
    n: Option<usize>,
    last: Option<String>,
}

/// Answers `GET /v2/<name>/tags/list`.
pub(crate) fn tags(
    shared: &Shared,
    repository: &str,
    window: &Window,
) -> Result<Response, Refusal> {
    let tags = shared.store.tags(repository).ok_or_else(|| {
        Refusal::not_found("NAME_UNKNOWN", format!("there is no repository `{repository}`"))
    })?;
    let path = format!("/v2/{repository}/tags/list");
    let (page, link) = cut(tags, window, &path);
    Ok(answer(&serde_json::json!({ "name": repository, "tags": page }), link))
}

/// Answers `GET /v2/_catalog`.
pub(crate) fn repositories(shared: &Shared, window: &Window) -> Response {
    let mut names = shared.store.repositories();
    names.retain(|name| !name.is_empty());
    let (page, link) = cut(names, window, "/v2/_catalog");
    answer(&serde_json::json!({ "repositories": page }), link)
}

fn answer(body: &serde_json::Value, link: Option<HeaderValue>) -> Response {
    let mut response = Json(body).into_response();
    if let Some(link) = link {
        response.headers_mut().insert(header::LINK, link);
    }
    response
}

/// The entries after `last`, at most `n`, and the `Link` to what follows.
fn cut(
    mut entries: Vec<String>,
    window: &Window,
    path: &str,
) -> (Vec<String>, Option<HeaderValue>) {
    if let Some(last) = &window.last {
        entries.retain(|entry| entry > last);
    }
    let most = window.n.unwrap_or(MOST).min(MOST);
    if entries.len() <= most {
        return (entries, None);
    }
    entries.truncate(most);
    let link = entries.last().and_then(|last| {
        let link = format!("<{path}?n={most}&last={last}>; rel=\"next\"");
        HeaderValue::from_str(&link).ok()
    });
    (entries, link)
}
