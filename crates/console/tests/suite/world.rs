//! Recorded worlds and requests to a dashboard over them.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use insight::{Insight, Recording};
use tower::ServiceExt as _;
use wharf_console::{Settings, router};

/// An answer to a request.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

/// The dashboard over the shop whose prod got a version without image.
pub(crate) fn shop() -> Router {
    dashboard(
        include_str!("../../../insight/tests/worlds/shop/cluster.yaml"),
        include_str!("../../../insight/tests/worlds/shop/ledger.yaml"),
    )
}

/// The dashboard over many apps in many states, some with texts that try to be markup.
pub(crate) fn harbour() -> Router {
    dashboard(
        include_str!("../worlds/harbour/cluster.yaml"),
        include_str!("../worlds/harbour/ledger.yaml"),
    )
}

/// The dashboard over a world of these objects and ledgers.
pub(crate) fn dashboard(cluster: &str, ledger: &str) -> Router {
    let (objects, problems) = manifest::read("cluster.yaml", cluster.as_bytes());
    assert_eq!(problems, []);
    let ledgers = manifest::yaml::parse(ledger.as_bytes()).expect("YAML");
    let ledgers = ledgers.first().map(|node| node.to_json().expect("plain YAML"));
    let recording = Recording {
        at: "2026-11-21T10:00:00Z".parse().expect("a time"),
        objects: objects.into_iter().map(|object| object.value).collect(),
        ledgers: ledgers.map_or_else(BTreeMap::new, |ledgers| {
            serde_json::from_value(ledgers).expect("the ledgers are well-formed")
        }),
        trouble: Vec::new(),
    };
    let settings = Settings {
        hosts: vec!["console.example".to_owned()],
        refresh: Duration::from_millis(10),
        ..Settings::default()
    };
    router(Insight::recorded(recording), settings)
}

/// Asks as a browser on this machine would.
pub(crate) async fn get(dashboard: &Router, path: &str) -> Answer {
    ask(dashboard, "GET", path, Some("127.0.0.1:8080")).await
}

/// Asks with any method and `Host`.
pub(crate) async fn ask(
    dashboard: &Router,
    method: &str,
    path: &str,
    host: Option<&str>,
) -> Answer {
    let mut request = Request::builder().method(method).uri(path);
    if let Some(host) = host {
        request = request.header("host", host);
    }
    let request = request.body(Body::empty()).expect("a request");
    let response = dashboard.clone().oneshot(request).await.expect("routes do not fail");
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, 10_000_000).await.expect("a body");
    let text = String::from_utf8(bytes.to_vec()).expect("text");
    Answer { status: parts.status, headers: parts.headers, text }
}

/// The `main` part of a page, a line for each element that begins one, without empty lines.
pub(crate) fn main_of(html: &str) -> String {
    let start = html.find("<main").expect("a page has a main part");
    let end = html.find("</main>").expect("a page has a main part");
    let lines = html[start..end].lines().filter(|line| !line.trim().is_empty());
    lines.flat_map(|line| [line, "\n"]).collect()
}
