//! Logging in: basic, tokens and their scopes, refresh tokens, and to whom the login goes.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Form, Query, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use bytes::Bytes;
use registry_server::{Options, RegistryServer};
use serde_json::{Value, json};
use wharf_registry::{Credential, Error, Keychain, Store};

use crate::world::{Fault, World, serve};

fn login() -> Keychain {
    Keychain::everywhere(Credential::parse("me:secret"))
}

async fn basic_world(credentials: Keychain) -> World {
    let login = Some(("me".to_owned(), "secret".to_owned()));
    World::with(Options { login, ..Options::default() }, credentials).await
}

#[tokio::test]
async fn basic_login_is_offered_after_it_was_asked_for_once() {
    let world = basic_world(login()).await;
    world.push("shop:dev", "a").await;
    assert_eq!(world.requests().len(), 2);
    world.registry.resolve(&world.reference("shop:dev")).await.unwrap();
    assert_eq!(world.requests().len(), 1);
}

#[tokio::test]
async fn a_wrong_or_missing_login_is_unauthorized() {
    for credentials in [Keychain::anonymous(), Keychain::everywhere(Credential::parse("me:x"))] {
        let world = basic_world(credentials).await;
        let error = world.registry.resolve(&world.reference("shop:dev")).await.unwrap_err();
        assert!(matches!(error, Error::Unauthorized { .. }), "{error}");
        assert!(!format!("{error:?}").contains("bWU6"), "{error:?}");
    }
}

#[tokio::test]
async fn a_login_does_not_follow_a_redirect_to_another_host() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let record = |State(seen): State<Arc<Mutex<Vec<HeaderMap>>>>, headers: HeaderMap| async move {
        seen.lock().unwrap().push(headers);
        Bytes::from_static(b"content")
    };
    let elsewhere = Router::new().fallback(record).with_state(seen.clone());
    let elsewhere = serve(elsewhere).await;
    let world = basic_world(login()).await;
    let repository = world.reference("shop");
    let bytes = Bytes::from_static(b"content");
    let blob = world.registry.push_blob(&repository, bytes.clone()).await.unwrap();
    world.order("GET", Fault::Redirect(format!("http://{elsewhere}/signed?key=x")));
    assert_eq!(world.registry.blob(&repository, &blob, 100).await.unwrap(), bytes);
    let seen = seen.lock().unwrap();
    assert_eq!(seen.len(), 1);
    assert!(!seen[0].contains_key(header::AUTHORIZATION));
}

/// A token server that notes what it is asked, before a registry that looks at scopes.
#[derive(Default)]
struct Tokens {
    asked: Mutex<Vec<String>>,
    /// Tokens with a number below this are refused.
    least: Mutex<usize>,
}

impl Tokens {
    fn give(&self, note: &str) -> Value {
        let mut asked = self.asked.lock().unwrap();
        asked.push(note.to_owned());
        json!({ "token": format!("{}/{note}", asked.len()), "expires_in": 300 })
    }

    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }
}

async fn token_world(credentials: Keychain) -> (World, Arc<Tokens>) {
    let tokens = Arc::new(Tokens::default());
    let state = tokens.clone();
    let give = |State(tokens): State<Arc<Tokens>>,
                Query(query): Query<Vec<(String, String)>>,
                headers: HeaderMap| async move {
        let scopes: Vec<_> = query
            .iter()
            .filter(|(name, _)| name == "scope")
            .map(|(_, scope)| scope.as_str())
            .collect();
        let who = headers.get(header::AUTHORIZATION).map_or("nobody", |_| "me");
        axum::Json(tokens.give(&format!("{who} {}", scopes.join(" "))))
    };
    let refresh = |State(tokens): State<Arc<Tokens>>, Form(form): Form<Vec<(String, String)>>| async move {
        let get = |wanted: &str| form.iter().find(|(name, _)| name == wanted).unwrap().1.clone();
        axum::Json(tokens.give(&format!("{} {}", get("refresh_token"), get("scope"))))
    };
    let server =
        serve(Router::new().route("/token", get(give).post(refresh)).with_state(state)).await;
    let store = Arc::new(Store::memory());
    let router = RegistryServer::new(store.clone(), Options::default()).router();
    let guard = tokens.clone();
    let guarded = Router::new().fallback(move |request: Request| {
        let (router, server, guard) = (router.clone(), server.clone(), guard.clone());
        async move {
            if is_allowed(&guard, &request) {
                return tower::ServiceExt::oneshot(router, request).await.unwrap();
            }
            let challenge = format!("Bearer realm=\"http://{server}/token\",service=\"test\"");
            (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, challenge)]).into_response()
        }
    });
    (World::around(guarded, store, credentials).await, tokens)
}

fn is_allowed(tokens: &Tokens, request: &Request) -> bool {
    let value = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let Some((number, rest)) = value
        .and_then(|value| value.strip_prefix("Bearer "))
        .and_then(|value| value.split_once('/'))
    else {
        return false;
    };
    let reads = ["GET", "HEAD"].contains(&request.method().as_str());
    number.parse::<usize>().unwrap() >= *tokens.least.lock().unwrap()
        && (reads || rest.contains("push"))
}

#[tokio::test]
async fn a_token_is_asked_for_once_and_covers_what_is_less() {
    let (world, tokens) = token_world(login()).await;
    world.push("shop:dev", "a").await;
    assert_eq!(tokens.asked(), ["me repository:shop:pull,push"]);
    world.requests();
    world.registry.resolve(&world.reference("shop:dev")).await.unwrap();
    assert_eq!(world.requests(), ["HEAD /v2/shop/manifests/dev"]);
    assert!(tokens.asked().is_empty());
}

#[tokio::test]
async fn more_rights_and_other_repositories_need_a_token_of_their_own() {
    let (world, tokens) = token_world(Keychain::anonymous()).await;
    assert_eq!(world.registry.find(&world.reference("shop:dev")).await.unwrap(), None);
    world.push("shop:dev", "a").await;
    assert_eq!(world.registry.find(&world.reference("other:dev")).await.unwrap(), None);
    assert_eq!(
        tokens.asked(),
        [
            "nobody repository:shop:pull",
            "nobody repository:shop:pull,push",
            "nobody repository:other:pull"
        ]
    );
}

#[tokio::test]
async fn a_crowd_asks_for_one_token() {
    let (world, tokens) = token_world(login()).await;
    world.push("shop:dev", "a").await;
    *tokens.least.lock().unwrap() = 2;
    tokens.asked.lock().unwrap().push("spent".to_owned());
    let tag = world.reference("shop:dev");
    let crowd = (0..20).map(|_| world.registry.resolve(&tag));
    for result in futures::future::join_all(crowd).await {
        result.unwrap();
    }
    assert!(tokens.asked().len() <= 4, "the first token, the spent one, and hardly more");
}

#[tokio::test]
async fn a_token_that_is_refused_is_replaced() {
    let (world, tokens) = token_world(login()).await;
    world.push("shop:dev", "a").await;
    *tokens.least.lock().unwrap() = 2;
    world.registry.resolve(&world.reference("shop:dev")).await.unwrap();
    assert_eq!(tokens.asked().len(), 2);
}

#[tokio::test]
async fn a_refresh_token_is_exchanged() {
    let keychain = Keychain::everywhere(Credential::IdentityToken("refresh".to_owned()));
    let (world, tokens) = token_world(keychain).await;
    world.push("shop:dev", "a").await;
    assert_eq!(tokens.asked(), ["refresh repository:shop:pull,push"]);
}

#[tokio::test]
async fn a_mount_asks_to_read_the_other_repository_too() {
    let (world, tokens) = token_world(login()).await;
    let bytes = Bytes::from_static(b"content");
    let blob = world.registry.push_blob(&world.reference("shop"), bytes.clone()).await.unwrap();
    tokens.asked();
    let to = world.reference("other");
    world.registry.mount_blob(&to, "shop", &blob, Arc::new(bytes)).await.unwrap();
    assert_eq!(tokens.asked(), ["me repository:other:pull,push repository:shop:pull"]);
}

#[tokio::test]
async fn the_login_is_sent_to_the_token_server_and_not_to_the_registry() {
    let (world, _tokens) = token_world(login()).await;
    world.push("shop:dev", "a").await;
    for (_, value) in world.authorizations() {
        assert!(value.starts_with("Bearer "), "{value}");
    }
}

#[tokio::test]
async fn a_token_server_that_answers_garbage_is_an_error() {
    let server = serve(Router::new().fallback(|| async { "{}" })).await;
    let refuse = Router::new().fallback(move || {
        let challenge = format!("Bearer realm=\"http://{server}/token\"");
        async move {
            let headers = [(header::WWW_AUTHENTICATE, challenge)];
            let response: Response = (StatusCode::UNAUTHORIZED, headers).into_response();
            response
        }
    });
    let world = World::around(refuse, Arc::new(Store::memory()), login()).await;
    let error = world.registry.resolve(&world.reference("shop:dev")).await.unwrap_err();
    assert!(matches!(error, Error::Garbage { .. }), "{error}");
}
