//! The few files that pages load.

use axum::http::header;
use axum::response::{IntoResponse as _, Response};

/// Returns a file below `/assets/`.
pub(crate) fn asset(path: &str) -> Option<Response> {
    let (kind, text) = match path {
        "/assets/style.css" => ("text/css; charset=utf-8", include_str!("../assets/style.css")),
        "/assets/live.js" => ("text/javascript; charset=utf-8", include_str!("../assets/live.js")),
        "/assets/icon.svg" | "/favicon.ico" => {
            ("image/svg+xml", include_str!("../assets/icon.svg"))
        }
        _ => return None,
    };
    let headers = [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "no-cache")];
    Some((headers, text).into_response())
}
