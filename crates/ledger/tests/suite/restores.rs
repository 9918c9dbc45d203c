//! The record alone can restore the bundle.

use bytes::Bytes;
use ledger::{Kind, State};
use oci_spec::image::MediaType;

use crate::world::{World, packed};

#[tokio::test]
async fn a_collected_bundle_comes_back_from_its_record_with_the_same_digest() {
    let world = World::new(&[]).await;
    let (one, two) = (world.bundle(1).await, world.bundle(2).await);
    world.shift("prod", &one, Kind::Push).await.unwrap();
    world.shift("prod", &two, Kind::Push).await.unwrap();
    // What a collector of untagged manifests does.
    assert!(world.store.delete_manifest("acme/shop", &one).unwrap());
    world.store.collect_garbage().unwrap();
    let exact = world.ledger.repository().with_digest(one.clone());
    assert!(world.ledger.registry().find(&exact).await.unwrap().is_none());

    let moved = world.shift("prod", &one, Kind::Rollback).await.unwrap();
    assert!(moved.was_restored);
    assert_eq!(world.current("prod").await, Some(one.clone()));
    let manifest = world.ledger.registry().manifest(&exact).await.unwrap();
    assert_eq!(manifest.bytes, packed(1).manifest);
    let layer = packed(1).layer_descriptor;
    let content = world.ledger.registry().blob(&exact, &layer, 1 << 20).await.unwrap();
    assert_eq!(content, packed(1).layer);
    assert_eq!(world.log("prod").await.state, State::Clean);
}

#[tokio::test]
async fn signatures_of_both_layouts_come_back_too() {
    let world = World::new(&[]).await;
    let (one, two) = (world.bundle(1).await, world.bundle(2).await);
    let (registry, repository) = (world.ledger.registry(), world.ledger.repository());
    let payload = registry.push_blob(repository, Bytes::from_static(b"payload")).await.unwrap();
    let config = registry.push_blob(repository, Bytes::from_static(b"{}")).await.unwrap();
    let signature = |subject: serde_json::Value| {
        let json = serde_json::json!({
            "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "artifactType": "application/vnd.dev.sigstore.bundle.v0.3+json",
            "config": config, "layers": [payload], "subject": subject,
        });
        Bytes::from(serde_json::to_vec(&json).unwrap())
    };
    let subject = serde_json::to_value(packed(1).manifest_descriptor).unwrap();
    let kind = MediaType::ImageManifest;
    let referrer = registry.push_manifest(repository, &kind, signature(subject)).await.unwrap();
    let tag = repository.with_tag(&format!("sha256-{}.sig", one.digest())).unwrap();
    let legacy =
        registry.push_manifest(&tag, &kind, signature(serde_json::Value::Null)).await.unwrap();
    world.shift("prod", &one, Kind::Push).await.unwrap();
    world.shift("prod", &two, Kind::Push).await.unwrap();
    for digest in [&one, &referrer, &legacy] {
        world.store.delete_manifest("acme/shop", digest).unwrap();
    }
    world.store.collect_garbage().unwrap();
    world.shift("prod", &one, Kind::Rollback).await.unwrap();
    assert_eq!(registry.resolve(&tag).await.unwrap().digest(), &legacy);
    let found = registry.referrers(repository, &one, None).await.unwrap();
    assert!(found.iter().any(|found| *found.digest() == referrer), "{found:?}");
}
