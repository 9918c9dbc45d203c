//! Who refers to a manifest, on registries that list it and on those that do not.

use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use oci_spec::image::{Digest, MediaType};
use registry_server::{Options, RegistryServer};
use std::sync::Arc;
use wharf_registry::{Keychain, Registry, Store};

use crate::world::{World, manifest, settings};

/// A registry as before OCI 1.1: no referrers API, no `OCI-Subject`, no conditions.
async fn old_world() -> World {
    let store = Arc::new(Store::memory());
    let router = RegistryServer::new(store.clone(), Options::default()).router();
    let old = axum::Router::new().fallback(move |request: Request| {
        let router = router.clone();
        async move {
            if request.uri().path().contains("/referrers/") {
                return (StatusCode::NOT_FOUND, "404 page not found\n").into_response();
            }
            let mut response: Response = tower::ServiceExt::oneshot(router, request).await.unwrap();
            response.headers_mut().remove("oci-subject");
            response.headers_mut().remove("wharf-conditional-put");
            response
        }
    });
    World::around(old, store, Keychain::anonymous()).await
}

fn referrer(subject: &Digest, kind: &str, note: &str) -> Bytes {
    format!(
        r#"{{"schemaVersion":2,"artifactType":"{kind}","annotations":{{"note":"{note}"}},
            "subject":{{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"{subject}","size":{}}}}}"#,
        manifest("a").len()
    )
    .into()
}

async fn attach(
    registry: &Registry,
    world: &World,
    subject: &Digest,
    kind: &str,
    note: &str,
) -> Digest {
    let bytes = referrer(subject, kind, note);
    let to = world.reference("shop");
    registry.push_manifest(&to, &MediaType::ImageManifest, bytes).await.unwrap()
}

async fn notes(world: &World, subject: &Digest, kind: Option<&str>) -> Vec<String> {
    let found = world.registry.referrers(&world.reference("shop"), subject, kind).await.unwrap();
    let note = |d: &oci_spec::image::Descriptor| d.annotations().as_ref().unwrap()["note"].clone();
    let mut notes: Vec<_> = found.iter().map(note).collect();
    notes.sort();
    notes
}

#[tokio::test]
async fn referrers_are_listed_with_type_and_annotations_on_old_and_new_registries() {
    for world in [World::new().await, old_world().await] {
        let subject = world.push("shop:1", "a").await;
        assert!(notes(&world, &subject, None).await.is_empty());
        attach(&world.registry, &world, &subject, "a/sig", "one").await;
        let gone = attach(&world.registry, &world, &subject, "a/sbom", "two").await;
        attach(&world.registry, &world, &subject, "a/sbom", "two").await;
        assert_eq!(notes(&world, &subject, None).await, ["one", "two"]);
        assert_eq!(notes(&world, &subject, Some("a/sig")).await, ["one"]);
        world.registry.delete_manifest(&world.reference("shop"), &gone).await.unwrap();
        assert_eq!(notes(&world, &subject, None).await, ["one"]);
    }
}

#[tokio::test]
async fn a_registry_that_lists_referrers_gets_no_fallback_tag() {
    let world = World::new().await;
    let subject = world.push("shop:1", "a").await;
    attach(&world.registry, &world, &subject, "a/sig", "one").await;
    assert_eq!(world.registry.tags(&world.reference("shop")).await.unwrap(), ["1"]);
}

#[tokio::test]
async fn an_old_registry_is_asked_for_its_api_once() {
    let world = old_world().await;
    let subject = world.push("shop:1", "a").await;
    notes(&world, &subject, None).await;
    world.requests();
    notes(&world, &subject, None).await;
    let tag = format!("sha256-{}", subject.digest());
    assert_eq!(world.requests(), [format!("GET /v2/shop/manifests/{tag}")]);
}

#[tokio::test]
async fn writers_of_one_process_lose_no_referrer_on_an_old_registry() {
    let world = old_world().await;
    let subject = world.push("shop:1", "a").await;
    let names: Vec<String> = (0..16).map(|n| format!("n{n:02}")).collect();
    let writers = names.iter().map(|n| attach(&world.registry, &world, &subject, "a/sig", n));
    futures::future::join_all(writers).await;
    assert_eq!(notes(&world, &subject, None).await, names);
}

#[tokio::test]
async fn writers_of_several_processes_enter_again_what_was_overwritten_on_an_old_registry() {
    let world = old_world().await;
    let subject = world.push("shop:1", "a").await;
    let names: Vec<String> = (0..6).map(|n| format!("n{n}")).collect();
    let (world_ref, subject_ref) = (&world, &subject);
    let writers = names.iter().map(|note| async move {
        let registry = Registry::new(settings(Keychain::anonymous())).unwrap();
        attach(&registry, world_ref, subject_ref, "a/sig", note).await
    });
    futures::future::join_all(writers).await;
    assert_eq!(notes(&world, &subject, None).await, names);
}

#[tokio::test]
async fn writers_of_several_processes_lose_no_referrer_where_tags_are_conditional() {
    // No OCI-Subject, but conditions: each writer has a client of its own.
    let store = Arc::new(Store::memory());
    let router = RegistryServer::new(store.clone(), Options::default()).router();
    let old = axum::Router::new().fallback(move |request: Request| {
        let router = router.clone();
        async move {
            let mut response: Response = tower::ServiceExt::oneshot(router, request).await.unwrap();
            response.headers_mut().remove("oci-subject");
            response
        }
    });
    let world = World::around(old, store, Keychain::anonymous()).await;
    let subject = world.push("shop:1", "a").await;
    let names: Vec<String> = (0..6).map(|n| format!("n{n}")).collect();
    let (world_ref, subject_ref) = (&world, &subject);
    let writers = names.iter().map(|note| async move {
        let registry = Registry::new(settings(Keychain::anonymous())).unwrap();
        attach(&registry, world_ref, subject_ref, "a/sig", note).await
    });
    futures::future::join_all(writers).await;
    let tag = format!("shop:sha256-{}", subject.digest());
    let index = world.registry.manifest(&world.reference(&tag)).await.unwrap();
    let index: oci_spec::image::ImageIndex = serde_json::from_slice(&index.bytes).unwrap();
    assert_eq!(index.manifests().len(), names.len());
}
