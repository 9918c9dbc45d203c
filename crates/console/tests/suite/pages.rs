//! The HTML of each page for one small world, and its JSON.

use axum::http::StatusCode;
use expect_test::expect_file;

use crate::world::{dashboard, get, harbour, main_of, shop};

#[tokio::test]
async fn the_overview_shows_apps_and_environments() {
    let page = get(&shop(), "/").await;
    assert_eq!(page.status, StatusCode::OK);
    expect_file!["../pages/index.html"].assert_eq(&main_of(&page.text));
}

#[tokio::test]
async fn an_app_shows_its_road_and_its_ledger() {
    let page = get(&shop(), "/app/shop").await;
    assert_eq!(page.status, StatusCode::OK);
    expect_file!["../pages/app.html"].assert_eq(&main_of(&page.text));
}

#[tokio::test]
async fn a_verdict_shows_stage_cause_mover_and_what_to_do() {
    let page = get(&shop(), "/explain/Kustomization/apps/shop-prod").await;
    assert_eq!(page.status, StatusCode::OK);
    expect_file!["../pages/explain.html"].assert_eq(&main_of(&page.text));
}

#[tokio::test]
async fn events_show_their_stage() {
    let page = get(&shop(), "/events").await;
    assert_eq!(page.status, StatusCode::OK);
    expect_file!["../pages/events.html"].assert_eq(&main_of(&page.text));
    let warnings = get(&shop(), "/events?type=Warning").await;
    assert!(!warnings.text.contains("Reconciliation finished"));
}

#[tokio::test]
async fn an_empty_world_says_how_to_begin() {
    let empty = dashboard("", "");
    let page = get(&empty, "/").await;
    assert!(page.text.contains("No app is here yet"), "{}", page.text);
    let events = get(&empty, "/events").await;
    assert!(events.text.contains("Nothing was reported lately"), "{}", events.text);
}

#[tokio::test]
async fn every_object_that_a_page_links_to_has_a_verdict() {
    for dashboard in [shop(), harbour()] {
        let mut links: Vec<String> = Vec::new();
        for page in ["/", "/events", "/app/shop", "/app/checkout", "/app/infra"] {
            let page = get(&dashboard, page).await;
            let found =
                page.text.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
            links.extend(found.filter(|link| link.starts_with('/')).map(str::to_owned));
        }
        links.sort();
        links.dedup();
        assert!(links.iter().any(|link| link.starts_with("/explain/")), "{links:?}");
        for link in links {
            assert_eq!(get(&dashboard, &link).await.status, StatusCode::OK, "{link}");
        }
    }
}

#[tokio::test]
async fn the_json_is_the_view_that_the_page_shows() {
    let dashboard = shop();
    for (path, pointer, expected) in [
        ("/api/v1/status", "/apps/0/environments/2/deliveries/0/stage", "Rollout"),
        ("/api/v1/app/shop", "/history/0/channel", "prod"),
        ("/api/v1/explain/Kustomization/apps/shop-prod", "/cause/kind", "ImageNotFound"),
        ("/api/v1/explain/ks/apps/shop-prod", "/last_good/version", "1.4.2"),
        ("/api/v1/events", "/events/0/reason", "HealthCheckFailed"),
        ("/api/v1/sources", "/resources/0/id/name", "shop-dev"),
        ("/api/v1/kustomizations", "/resources/2/stage", "Rollout"),
        ("/api/v1/trace/deploy/shop/web", "/path", "./prod"),
        (
            "/api/v1/log?repository=registry.example.com%2Facme%2Fshop&channel=prod",
            "/moves/0/actor",
            "olu",
        ),
    ] {
        let answer = get(&dashboard, path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        assert_eq!(answer.headers["content-type"], "application/json");
        let value: serde_json::Value = serde_json::from_str(&answer.text).unwrap();
        assert_eq!(value.pointer(pointer).and_then(|it| it.as_str()), Some(expected), "{path}");
    }
}

#[tokio::test]
async fn what_does_not_exist_is_not_found_on_the_page_and_in_json() {
    let dashboard = shop();
    for path in [
        "/nothing",
        "/app/nothing",
        "/explain/Kustomization/apps/nothing",
        "/api/v1/nothing",
        "/api/v1/app/nothing",
        "/api/v1/log?repository=a&channel=b",
        "/live?page=/nothing",
        "/assets/../Cargo.toml",
    ] {
        assert_eq!(get(&dashboard, path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}
