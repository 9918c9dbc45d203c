//! A registry that is down, slow, refuses, or answers garbage.

use std::time::Duration;

use wharf_registry::{Error, Registry, Retry};

use crate::world::{Fault, World, settings};

async fn resolve(world: &World) -> Result<(), Error> {
    world.registry.resolve(&world.reference("shop:dev")).await.map(|_| ())
}

async fn world() -> World {
    let world = World::new().await;
    world.push("shop:dev", "a").await;
    world.requests();
    world
}

#[tokio::test]
async fn a_passing_failure_is_tried_again() {
    for fault in [
        Fault::DropBefore,
        Fault::Status(408, None),
        Fault::Status(429, Some(0)),
        Fault::Status(500, None),
        Fault::Status(502, None),
        Fault::Status(503, None),
        Fault::Status(504, None),
        Fault::Slow(Duration::from_secs(5)),
    ] {
        let world = world().await;
        world.order("HEAD", fault.clone());
        resolve(&world).await.unwrap_or_else(|error| panic!("{fault:?}: {error}"));
        assert_eq!(world.requests().len(), 2, "{fault:?}");
    }
}

#[tokio::test]
async fn a_broken_answer_is_read_again() {
    let world = world().await;
    world.order("GET", Fault::CutAnswer(3));
    world.registry.manifest(&world.reference("shop:dev")).await.unwrap();
    assert_eq!(world.requests().len(), 2);
}

#[tokio::test]
async fn a_refusal_is_final_and_says_what_the_registry_said() {
    let world = world().await;
    world.order("GET", Fault::Status(403, None));
    let error = world.registry.manifest(&world.reference("shop:dev")).await.unwrap_err();
    assert_eq!(error.retry(), Retry::WhenChanged);
    assert_eq!(
        error.to_string(),
        format!("`{}` denies access: 403 to GET /v2/shop/manifests/dev: Forbidden", world.host)
    );
    assert_eq!(world.requests().len(), 1);
}

#[tokio::test]
async fn attempts_end_and_the_patience_that_was_asked_for_is_passed_on() {
    let world = world().await;
    for _ in 0..4 {
        world.order("HEAD", Fault::Status(503, None));
    }
    let error = resolve(&world).await.unwrap_err();
    assert_eq!(error.retry(), Retry::Soon);
    assert_eq!(world.requests().len(), 4);
    world.order("HEAD", Fault::Status(429, Some(77)));
    let error = resolve(&world).await.unwrap_err();
    assert_eq!(error.retry(), Retry::After(Duration::from_secs(77)));
    assert_eq!(world.requests().len(), 1);
}

#[tokio::test]
async fn a_registry_that_is_not_there_is_unreachable() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let host = listener.local_addr().unwrap();
    drop(listener);
    let registry = Registry::new(settings(wharf_registry::Keychain::anonymous())).unwrap();
    let error = registry.resolve(&format!("{host}/shop:dev").parse().unwrap()).await.unwrap_err();
    assert!(matches!(error, Error::Unreachable { .. }), "{error}");
    assert_eq!(error.retry(), Retry::Soon);
    assert!(error.to_string().contains(&host.to_string()), "{error}");
}

#[tokio::test]
async fn something_that_is_no_registry_is_garbage() {
    let text = axum::Router::new().fallback(|| async { "hello" });
    let world = World::around(
        text,
        std::sync::Arc::new(wharf_registry::Store::memory()),
        wharf_registry::Keychain::anonymous(),
    )
    .await;
    let reference = world.reference("shop:dev");
    assert!(world.registry.tags(&reference).await.is_err());
    let digest = wharf_registry::sha256(b"x");
    assert!(world.registry.referrers(&reference, &digest, None).await.is_err());
    let manifest = world.registry.manifest(&reference).await.unwrap();
    assert!(manifest.parse(&reference).is_err());
    let upload = world.registry.push_blob(&reference, vec![7; 9000].into()).await;
    assert!(upload.is_ok(), "a 200 to HEAD means that the blob is there");
}

#[tokio::test]
async fn a_manifest_beyond_the_limit_is_not_read() {
    let large = axum::Router::new().fallback(|| async { vec![b' '; 5 << 20] });
    let host = crate::world::serve(large).await;
    let registry = Registry::new(settings(wharf_registry::Keychain::anonymous())).unwrap();
    let error = registry.manifest(&format!("{host}/shop:dev").parse().unwrap()).await.unwrap_err();
    assert!(matches!(error, Error::TooLarge { .. }), "{error}");
}
