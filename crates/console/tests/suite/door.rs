//! Who may ask, how, and what every answer carries.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use futures::StreamExt as _;
use tower::ServiceExt as _;

use crate::world::{ask, get, shop};

#[tokio::test]
async fn foreign_hosts_are_refused_before_anything_is_read() {
    let dashboard = shop();
    for host in
        ["evil.example", "evil.example:80", "localhost.evil.example", "console.example.evil"]
    {
        let answer = ask(&dashboard, "GET", "/api/v1/status", Some(host)).await;
        assert_eq!(answer.status, StatusCode::MISDIRECTED_REQUEST, "{host}");
        assert!(!answer.text.contains("shop"), "{host}");
    }
    let nameless = ask(&dashboard, "GET", "/", None).await;
    assert_eq!(nameless.status, StatusCode::MISDIRECTED_REQUEST);
    for host in ["127.0.0.1:1", "[::1]:1", "localhost", "console.example:443", "CONSOLE.example"] {
        let answer = ask(&dashboard, "GET", "/", Some(host)).await;
        assert_eq!(answer.status, StatusCode::OK, "{host}");
    }
}

#[tokio::test]
async fn nothing_but_reading_is_possible() {
    let dashboard = shop();
    for method in ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
        let answer = ask(&dashboard, method, "/", Some("localhost")).await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{method}");
    }
}

#[tokio::test]
async fn every_answer_carries_the_policy() {
    let dashboard = shop();
    for path in ["/", "/api/v1/status", "/assets/style.css", "/healthz", "/nothing"] {
        let headers = get(&dashboard, path).await.headers;
        let policy = headers["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("default-src 'none'"), "{path}");
        assert!(!policy.contains("unsafe"), "{path}");
        assert_eq!(headers["x-content-type-options"], "nosniff", "{path}");
        assert_eq!(headers["x-frame-options"], "DENY", "{path}");
    }
}

#[tokio::test]
async fn health_and_assets_are_served() {
    let dashboard = shop();
    assert_eq!(get(&dashboard, "/healthz").await.text, "ok\n");
    for (path, kind) in [
        ("/assets/style.css", "text/css; charset=utf-8"),
        ("/assets/live.js", "text/javascript; charset=utf-8"),
        ("/assets/icon.svg", "image/svg+xml"),
    ] {
        assert_eq!(get(&dashboard, path).await.headers["content-type"], kind);
    }
}

#[tokio::test]
async fn a_live_page_is_sent_once_and_then_only_its_time() {
    let request = Request::builder()
        .uri("/live?page=%2Fapp%2Fshop")
        .header("host", "localhost")
        .body(Body::empty())
        .unwrap();
    let response = shop().oneshot(request).await.unwrap();
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let mut stream = response.into_body().into_data_stream();
    let first = String::from_utf8(stream.next().await.unwrap().unwrap().to_vec()).unwrap();
    assert!(first.starts_with("event: page\ndata: <!doctype html>"), "{first}");
    let second = String::from_utf8(stream.next().await.unwrap().unwrap().to_vec()).unwrap();
    assert_eq!(second, "event: tick\ndata: 2026-11-21 10:00:00 UTC\n\n");
}
