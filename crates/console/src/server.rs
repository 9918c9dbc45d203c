//! The routes.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header;
use axum::middleware;
use axum::response::{Html, IntoResponse as _, Json, Response};
use insight::Insight;
use jiff::Timestamp;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use crate::address::parameter;
use crate::answer::{html, json};
use crate::asset::asset;
use crate::error::Error;
use crate::guard::guard;
use crate::live::{AUDIENCE, Looks, live};
use crate::page::{Page, Question};
use crate::view;

/// How the dashboard behaves.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Names under which it may be reached, beside addresses and `localhost`; without port.
    pub hosts: Vec<String>,
    /// How often a live page looks again.
    pub refresh: Duration,
    /// What time it is.
    pub clock: fn() -> Timestamp,
}

impl Default for Settings {
    fn default() -> Self {
        Self { hosts: Vec::new(), refresh: Duration::from_secs(1), clock: Timestamp::now }
    }
}

/// What every request may use.
#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) insight: Insight,
    pub(crate) settings: Arc<Settings>,
    pub(crate) seats: Arc<Semaphore>,
    pub(crate) looks: Looks,
}

/// Makes the dashboard's routes: pages, `/live`, `/api/v1/…`, `/assets/…` and `/healthz`.
pub fn router(insight: Insight, settings: Settings) -> Router {
    let seats = Arc::new(Semaphore::new(AUDIENCE));
    let (settings, looks) = (Arc::new(settings), Looks::default());
    let shared = Shared { insight, settings, seats, looks };
    Router::new()
        .fallback(answer)
        .layer(middleware::from_fn_with_state(shared.clone(), guard))
        .with_state(shared)
}

/// Serves the dashboard on a listener until the future is dropped.
///
/// # Errors
///
/// [`Error::Listener`] when the listener fails.
pub async fn serve(
    listener: TcpListener,
    insight: Insight,
    settings: Settings,
) -> Result<(), Error> {
    let app = router(insight, settings);
    axum::serve(listener, app).await.map_err(|source| Error::Listener { source })
}

async fn answer(State(shared): State<Shared>, request: Request) -> Response {
    let path = request.uri().path();
    let query = request.uri().query().unwrap_or_default();
    let now = (shared.settings.clock)();
    if path == "/healthz" {
        return "ok\n".into_response();
    }
    if let Some(found) = asset(path) {
        return found;
    }
    if path == "/live" {
        let page = parameter(query, "page").and_then(|page| {
            let (path, query) = page.split_once('?').unwrap_or((&page, ""));
            Page::parse(path, query)
        });
        return match page {
            Some(page) => live(shared, page),
            None => (StatusCode::NOT_FOUND, "no such page\n").into_response(),
        };
    }
    if let Some(path) = path.strip_prefix("/api/v1") {
        return api(&shared, path, query, now).await;
    }
    let rendered = match Page::parse(path, query) {
        Some(page) => html(&shared.insight, &page, now).await,
        None => view::failure(StatusCode::NOT_FOUND, &["there is no such page".to_owned()], now),
    };
    (rendered.status, Html(rendered.html)).into_response()
}

async fn api(shared: &Shared, path: &str, query: &str, now: Timestamp) -> Response {
    let Some(question) = Question::parse(path, query) else {
        let body = serde_json::json!({ "error": "there is no such answer" });
        return (StatusCode::NOT_FOUND, Json(body)).into_response();
    };
    let (status, value) = json(&shared.insight, &question, now).await;
    let text = serde_json::to_string_pretty(&value).expect("a JSON value prints") + "\n";
    (status, [(header::CONTENT_TYPE, "application/json")], text).into_response()
}
