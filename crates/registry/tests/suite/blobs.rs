//! Reading blobs.

use bytes::Bytes;
use oci_spec::image::Descriptor;
use wharf_registry::Error;

use crate::world::{Fault, World};

/// Two and a half pieces of the server.
fn content() -> Bytes {
    (0..640_u32 << 10).map(|n| u8::try_from(n % 251).unwrap()).collect()
}

async fn with_blob() -> (World, Descriptor) {
    let world = World::new().await;
    let blob = world.registry.push_blob(&world.reference("shop"), content()).await.unwrap();
    world.requests();
    (world, blob)
}

async fn read(world: &World, blob: &Descriptor) -> Result<Bytes, Error> {
    world.registry.blob(&world.reference("shop"), blob, 1 << 20).await
}

#[tokio::test]
async fn a_blob_comes_back_as_it_was() {
    let (world, blob) = with_blob().await;
    assert_eq!(read(&world, &blob).await.unwrap(), content());
    assert_eq!(
        world.registry.find_blob(&world.reference("shop"), blob.digest()).await.unwrap(),
        Some(blob.size())
    );
    let mut file = Vec::new();
    world.registry.blob_to(&world.reference("shop"), &blob, &mut file).await.unwrap();
    assert_eq!(file, content());
}

#[tokio::test]
async fn a_broken_read_goes_on_where_it_stopped() {
    let (world, blob) = with_blob().await;
    world.order("GET", Fault::CutAnswer(300_000));
    world.order("GET", Fault::CutAnswer(100_000));
    assert_eq!(read(&world, &blob).await.unwrap(), content());
    assert!(world.is_calm());
    assert_eq!(world.requests().len(), 3);
}

#[tokio::test]
async fn a_broken_read_is_read_again_where_the_registry_knows_no_ranges() {
    let (world, blob) = with_blob().await;
    let whole = axum::Router::new().fallback(|| async { content() });
    let other = crate::world::serve(whole).await;
    let elsewhere = format!("http://{other}/x");
    world.order("GET", Fault::CutAnswer(300_000));
    world.order("GET", Fault::Redirect(elsewhere));
    assert_eq!(read(&world, &blob).await.unwrap(), content());
}

#[tokio::test]
async fn other_bytes_are_refused_however_they_differ() {
    let (world, blob) = with_blob().await;
    world.order("GET", Fault::FlipByte);
    let error = read(&world, &blob).await.unwrap_err();
    assert!(matches!(error, Error::DigestMismatch { .. }), "{error}");
    world.order("GET", Fault::Body("<html>hello</html>"));
    let error = read(&world, &blob).await.unwrap_err();
    assert!(matches!(error, Error::SizeMismatch { .. }), "{error}");
}

#[tokio::test]
async fn a_blob_beyond_the_limit_is_not_asked_for() {
    let (world, blob) = with_blob().await;
    let error = world.registry.blob(&world.reference("shop"), &blob, 1000).await.unwrap_err();
    assert!(matches!(error, Error::TooLarge { limit: 1000, .. }), "{error}");
    assert!(world.requests().is_empty());
}

#[tokio::test]
async fn an_endless_answer_is_stopped_at_the_promised_size() {
    let (world, blob) = with_blob().await;
    let endless = axum::Router::new().fallback(|| async {
        let piece = Bytes::from_static(&[7; 4096]);
        let pieces = futures::stream::repeat_with(move || Ok::<_, std::io::Error>(piece.clone()));
        axum::body::Body::from_stream(pieces)
    });
    let other = crate::world::serve(endless).await;
    world.order("GET", Fault::Redirect(format!("http://{other}/x")));
    let error = read(&world, &blob).await.unwrap_err();
    assert!(matches!(error, Error::SizeMismatch { .. }), "{error}");
}
