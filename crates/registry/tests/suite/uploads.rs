//! Writing blobs.

use std::sync::Arc;

use bytes::Bytes;
use oci_spec::image::{Descriptor, MediaType};
use registry_server::{Options, RegistryServer};
use wharf_registry::{Settings, sha256};

use crate::world::{Fault, World};

const SIZE: usize = 1_000_000;

fn content() -> Bytes {
    (0..SIZE).map(|n| u8::try_from(n % 241).unwrap()).collect()
}

async fn push(world: &World) {
    let blob = world.registry.push_blob(&world.reference("shop"), content()).await.unwrap();
    assert_eq!(world.store.blob(blob.digest(), SIZE as u64).unwrap(), content());
}

/// The same world with a client that sends this many bytes per chunk.
fn in_chunks_of(world: World, chunk_bytes: u64) -> World {
    let settings = Settings { chunk_bytes, ..world.registry.settings().clone() };
    world.with_client(settings)
}

#[tokio::test]
async fn the_same_blob_is_sent_once() {
    let world = World::new().await;
    push(&world).await;
    world.requests();
    push(&world).await;
    let digest = sha256(&content());
    assert_eq!(world.requests(), [format!("HEAD /v2/shop/blobs/{digest}")]);
}

#[tokio::test]
async fn a_small_blob_is_one_request() {
    let world = World::new().await;
    let small = Bytes::from_static(b"{}");
    world.registry.push_blob(&world.reference("shop"), small).await.unwrap();
    assert_eq!(world.requests(), ["POST /v2/shop/blobs/uploads/"]);
}

#[tokio::test]
async fn a_small_blob_also_reaches_a_registry_that_ignores_the_short_form() {
    let world = World::new().await;
    let store = world.store.clone();
    // Without its query the request opens an upload, as on distribution.
    let router = RegistryServer::new(store.clone(), Options::default()).router();
    let deaf = axum::Router::new().fallback(move |request: axum::extract::Request| {
        let router = router.clone();
        async move {
            let (mut parts, body) = request.into_parts();
            if parts.method == "POST" {
                parts.uri = parts.uri.path().parse().unwrap();
            }
            let request = axum::extract::Request::from_parts(parts, body);
            tower::ServiceExt::oneshot(router, request).await.unwrap()
        }
    });
    let world = World::around(deaf, store, wharf_registry::Keychain::anonymous()).await;
    for text in ["one", "two"] {
        let bytes = Bytes::from_static(text.as_bytes());
        let blob = world.registry.push_blob(&world.reference("shop"), bytes).await.unwrap();
        assert!(world.store.blob_size(blob.digest()).unwrap().is_some());
    }
}

#[tokio::test]
async fn an_interrupted_upload_sends_each_byte_once() {
    let world = in_chunks_of(World::new().await, 300_000);
    world.order("PUT", Fault::CutRequest(400_000));
    push(&world).await;
    assert!(world.is_calm());
    let requests = world.requests();
    let count = |method: &str| requests.iter().filter(|line| line.starts_with(method)).count();
    // The registry kept what arrived; the rest takes two or three chunks of 300,000.
    assert_eq!(count("POST"), 1, "{requests:?}");
    assert!((2..=3).contains(&count("PATCH")), "{requests:?}");
}

#[tokio::test]
async fn a_chunk_that_broke_off_is_continued() {
    let world = in_chunks_of(World::new().await, 400_000);
    world.order("PUT", Fault::Status(413, None));
    world.order("PATCH", Fault::CutRequest(100_000));
    world.order("PATCH", Fault::DropAfter);
    push(&world).await;
    assert!(world.is_calm());
}

#[tokio::test]
async fn an_upload_that_the_registry_forgot_starts_anew() {
    let world = World::new().await;
    world.order("PUT", Fault::Status(404, None));
    world.order("GET", Fault::Status(404, None));
    push(&world).await;
    let starts = world.requests().iter().filter(|line| line.starts_with("POST")).count();
    assert_eq!(starts, 2);
}

#[tokio::test]
async fn an_upload_whose_answer_was_lost_is_not_repeated() {
    let world = World::new().await;
    world.order("PUT", Fault::DropAfter);
    push(&world).await;
    let starts = world.requests().iter().filter(|line| line.starts_with("POST")).count();
    assert_eq!(starts, 1);
}

fn descriptor() -> Descriptor {
    let media_type = MediaType::Other("application/octet-stream".to_owned());
    Descriptor::new(media_type, SIZE as u64, sha256(&content()))
}

#[tokio::test]
async fn a_blob_is_mounted_from_another_repository() {
    let world = World::new().await;
    push(&world).await;
    world.requests();
    let to = world.reference("other");
    let source = Arc::new(content());
    assert!(world.registry.mount_blob(&to, "shop", &descriptor(), source).await.unwrap());
    assert_eq!(world.requests(), ["POST /v2/other/blobs/uploads/"]);
}

#[tokio::test]
async fn a_declined_mount_goes_on_in_the_upload_that_it_opened() {
    let world = World::new().await;
    let to = world.reference("other");
    let source = Arc::new(content());
    assert!(!world.registry.mount_blob(&to, "shop", &descriptor(), source).await.unwrap());
    let methods: Vec<_> =
        world.requests().iter().map(|line| line.split(' ').next().unwrap().to_owned()).collect();
    assert_eq!(methods, ["POST", "PUT"]);
    assert!(world.store.blob_size(descriptor().digest()).unwrap().is_some());
}
