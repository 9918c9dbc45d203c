//! The engine's own pages: health, metrics, and the artifacts of its sources.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;

use crate::context::Context;

/// The server of `/healthz`, `/readyz`, `/metrics` and `/ocirepository/<namespace>/<name>/<file>`.
pub(crate) fn router(context: Arc<Context>) -> Router {
    Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .route("/ocirepository/{namespace}/{name}/{file}", get(artifact))
        .with_state(context)
}

/// Ready once all kinds have been listed.
async fn ready(State(context): State<Arc<Context>>) -> (StatusCode, &'static str) {
    let kinds = [&context.repositories, &context.kustomizations, &context.receivers];
    if kinds.iter().all(|kind| kind.watch.state().borrow().is_ready) {
        (StatusCode::OK, "ok\n")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "the objects have not been listed yet\n")
    }
}

async fn metrics(State(context): State<Arc<Context>>) -> Response {
    let kind = (header::CONTENT_TYPE, "text/plain; version=0.0.4");
    ([kind], context.metrics.text()).into_response()
}

/// The archive that a source holds now, by its digest or as `latest`.
async fn artifact(
    State(context): State<Arc<Context>>,
    Path((namespace, name, file)): Path<(String, String, String)>,
) -> Response {
    let held = context.sources.held(&(namespace, name));
    let archive: Option<Bytes> = held.and_then(|bundle| {
        let content = &bundle.get().content;
        let is_asked = file == "latest.tar.gz" || file == format!("{}.tar.gz", content.digest);
        is_asked.then(|| content.archive.clone())
    });
    match archive {
        Some(archive) => ([(header::CONTENT_TYPE, "application/gzip")], archive).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
