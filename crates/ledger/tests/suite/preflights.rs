//! A rollback is proved to be possible before the tag moves.

use bundle::{PackOptions, Packed, pack};
use bytes::Bytes;
use ledger::Kind;
use manifest::Tree;
use oci_spec::image::{Digest, MediaType};
use registry::Reference;

use crate::world::World;

/// A bundle whose one pod runs this image, made on that day.
fn naming(image: &str, day: u8) -> Packed {
    let pod = format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: web}}\nspec:\n  containers: [{{name: a, image: '{image}'}}]\n"
    );
    let mut tree = Tree::new();
    tree.insert("pod.yaml", pod).unwrap();
    let created = format!("2026-02-{day:02}T00:00:00Z").parse().unwrap();
    pack(&tree, &PackOptions { created, ..PackOptions::default() }).unwrap()
}

/// Pushes an index of two platforms; returns the digest of the second one's manifest.
async fn image(world: &World, tag: &Reference) -> Digest {
    let registry = world.ledger.registry();
    let mut children = Vec::new();
    for platform in ["amd64", "arm64"] {
        let config = registry
            .push_blob(tag, Bytes::from(format!("{{\"a\":\"{platform}\"}}")))
            .await
            .unwrap();
        let json = serde_json::json!({
            "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": config, "layers": [config],
        });
        let bytes = Bytes::from(serde_json::to_vec(&json).unwrap());
        let size = bytes.len();
        let digest = registry
            .push_manifest(&tag.without_selector(), &MediaType::ImageManifest, bytes)
            .await
            .unwrap();
        children.push(serde_json::json!({
            "mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": digest, "size": size,
        }));
    }
    let json = serde_json::json!({
        "schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": children,
    });
    let bytes = Bytes::from(serde_json::to_vec(&json).unwrap());
    registry.push_manifest(tag, &MediaType::ImageIndex, bytes).await.unwrap();
    children[1]["digest"].as_str().unwrap().parse().unwrap()
}

fn tag(world: &World, tag: &str) -> Reference {
    let other = world.ledger.repository().with_repository("acme/image").unwrap();
    other.with_tag(tag).unwrap()
}

#[tokio::test]
async fn what_is_missing_is_named_and_the_nearest_good_candidate_found() {
    let world = World::new(&[]).await;
    let (old, bad, new) = (tag(&world, "1"), tag(&world, "2"), tag(&world, "3"));
    image(&world, &old).await;
    let mut bundles = Vec::new();
    for (day, image) in [&old, &bad, &new].into_iter().enumerate() {
        let packed = naming(&image.to_string(), u8::try_from(day).unwrap() + 1);
        let digest = world.push(&packed).await;
        world.shift("prod", &digest, Kind::Push).await.unwrap();
        bundles.push(digest);
    }
    let channel = "prod".parse().unwrap();
    let ready = world.ledger.preflight(&channel, &bundles[0]).await.unwrap();
    assert!(ready.is_ready(), "{ready:?}");
    assert_eq!(ready.images[0].platforms, 2);
    let missing = world.ledger.preflight(&channel, &bundles[1]).await.unwrap();
    assert_eq!(missing.missing.len(), 1, "{missing:?}");
    assert!(missing.missing[0].contains(&bad.to_string()), "{missing:?}");
    let log = world.log("prod").await;
    let (candidate, _) = world.ledger.nearest_ready(&log, 5).await.unwrap().unwrap();
    assert_eq!(candidate.digest, bundles[0]);
}

#[tokio::test]
async fn one_platform_that_is_gone_is_enough_to_say_no() {
    let world = World::new(&[]).await;
    let tag = tag(&world, "1");
    let arm = image(&world, &tag).await;
    let bundle = world.push(&naming(&tag.to_string(), 1)).await;
    world.store.delete_manifest("acme/image", &arm).unwrap();
    let readiness = world.ledger.preflight(&"prod".parse().unwrap(), &bundle).await.unwrap();
    assert!(!readiness.is_ready());
    assert!(readiness.missing[0].contains(arm.as_ref()), "{readiness:?}");
}

#[tokio::test]
async fn a_registry_that_does_not_answer_is_unknown_not_missing() {
    let world = World::new(&[]).await;
    let bundle = world.push(&naming("127.0.0.1:1/acme/image:1", 1)).await;
    let readiness = world.ledger.preflight(&"prod".parse().unwrap(), &bundle).await.unwrap();
    assert!(readiness.missing.is_empty() && readiness.unknown.len() == 1, "{readiness:?}");
}

#[tokio::test]
async fn a_collected_candidate_is_ready_because_its_record_restores_it() {
    let world = World::new(&[]).await;
    let (one, two) = (world.bundle(1).await, world.bundle(2).await);
    world.shift("prod", &one, Kind::Push).await.unwrap();
    world.shift("prod", &two, Kind::Push).await.unwrap();
    world.store.delete_manifest("acme/shop", &one).unwrap();
    world.store.collect_garbage().unwrap();
    let readiness = world.ledger.preflight(&"prod".parse().unwrap(), &one).await.unwrap();
    assert!(readiness.is_ready() && readiness.was_restored, "{readiness:?}");
}
