//! Manifests and tags.

use oci_spec::image::MediaType;
use wharf_registry::{Condition, Error, Manifest};

use crate::world::{Fault, World, manifest};

#[tokio::test]
async fn what_was_pushed_is_what_is_pulled() {
    let world = World::new().await;
    let tag = world.reference("acme/shop:1.4.2");
    let digest = world.push("acme/shop:1.4.2", "a").await;
    let pulled = world.registry.manifest(&tag).await.unwrap();
    assert_eq!(pulled, Manifest::new(MediaType::ImageManifest, manifest("a")));
    let resolved = world.registry.resolve(&tag).await.unwrap();
    assert_eq!(resolved, pulled.descriptor());
    assert_eq!(world.registry.manifest(&tag.with_digest(digest)).await.unwrap(), pulled);
}

#[tokio::test]
async fn a_poll_that_finds_nothing_new_is_one_head() {
    let world = World::new().await;
    world.push("shop:dev", "a").await;
    world.requests();
    world.registry.resolve(&world.reference("shop:dev")).await.unwrap();
    assert_eq!(world.requests(), ["HEAD /v2/shop/manifests/dev"]);
}

#[tokio::test]
async fn a_registry_that_tells_no_digest_is_asked_for_the_bytes() {
    let world = World::new().await;
    let digest = world.push("shop:dev", "a").await;
    world.order("HEAD", Fault::Header("docker-content-digest", ""));
    let resolved = world.registry.resolve(&world.reference("shop:dev")).await.unwrap();
    assert_eq!(resolved.digest(), &digest);
}

#[tokio::test]
async fn a_wrong_digest_header_is_refused() {
    let world = World::new().await;
    world.push("shop:dev", "a").await;
    let lie = "sha256:0000000000000000000000000000000000000000000000000000000000000000";
    world.order("GET", Fault::Header("docker-content-digest", lie));
    let error = world.registry.manifest(&world.reference("shop:dev")).await.unwrap_err();
    assert!(matches!(error, Error::DigestMismatch { .. }), "{error}");
}

#[tokio::test]
async fn other_bytes_than_the_digest_names_are_refused() {
    let world = World::new().await;
    let digest = world.push("shop:dev", "a").await;
    let exact = world.reference("shop").with_digest(digest);
    world.order("GET", Fault::FlipByte);
    let error = world.registry.manifest(&exact).await.unwrap_err();
    assert!(matches!(error, Error::DigestMismatch { .. }), "{error}");
}

#[tokio::test]
async fn an_absent_tag_is_not_found_and_says_where() {
    let world = World::new().await;
    let tag = world.reference("shop:absent");
    for error in [
        world.registry.resolve(&tag).await.unwrap_err(),
        world.registry.manifest(&tag).await.unwrap_err(),
    ] {
        assert!(error.is_not_found());
        let text = error.to_string();
        assert!(text.contains(&world.host) && text.contains("/v2/shop/manifests/absent"), "{text}");
    }
    assert_eq!(world.registry.find(&tag).await.unwrap(), None);
}

#[tokio::test]
async fn a_tag_is_moved_by_its_bytes() {
    let world = World::new().await;
    let digest = world.push("shop:1", "a").await;
    assert_eq!(world.registry.tag(&world.reference("shop:1"), "prod").await.unwrap(), digest);
    let found = world.registry.resolve(&world.reference("shop:prod")).await.unwrap();
    assert_eq!(found.digest(), &digest);
}

async fn put_if(world: &World, note: &str, condition: Condition<'_>) -> Result<(), Error> {
    let tag = world.reference("shop:prod");
    let kind = MediaType::ImageManifest;
    world.registry.push_manifest_if(&tag, &kind, manifest(note), condition).await.map(|_| ())
}

#[tokio::test]
async fn a_tag_that_moved_is_not_written_whether_or_not_the_registry_checks() {
    for checks_itself in [true, false] {
        let world = World::new().await;
        let first = world.push("shop:prod", "a").await;
        if !checks_itself {
            // A registry that ignores conditions says nothing about them.
            for _ in 0..9 {
                world.order("PUT", Fault::Header("wharf-conditional-put", ""));
            }
        }
        let settings = world.registry.settings().clone();
        let world = world.with_client(settings);
        put_if(&world, "b", Condition::At(&first)).await.unwrap();
        let Err(Error::TagMoved(moved)) = put_if(&world, "c", Condition::At(&first)).await else {
            panic!("the tag was overwritten")
        };
        assert_eq!(moved.expected, Some(first));
        assert_eq!(moved.found, Some(wharf_registry::sha256(&manifest("b"))));
        assert!(put_if(&world, "d", Condition::Absent).await.is_err());
        let now = world.registry.manifest(&world.reference("shop:prod")).await.unwrap();
        assert_eq!(now.bytes, manifest("b"));
    }
}

#[tokio::test]
async fn a_conditional_move_on_a_registry_that_checks_is_one_request() {
    let world = World::new().await;
    let first = world.push("shop:prod", "a").await;
    world.requests();
    put_if(&world, "b", Condition::At(&first)).await.unwrap();
    assert_eq!(world.requests(), ["PUT /v2/shop/manifests/prod"]);
}

#[tokio::test]
async fn a_write_of_unknown_outcome_is_looked_up_before_it_is_repeated() {
    let world = World::new().await;
    let first = world.push("shop:prod", "a").await;
    world.requests();
    world.order("PUT", Fault::DropAfter);
    put_if(&world, "b", Condition::At(&first)).await.unwrap();
    assert_eq!(world.requests(), ["PUT /v2/shop/manifests/prod", "HEAD /v2/shop/manifests/prod"]);
    world.order("PUT", Fault::DropBefore);
    world.push("shop:prod", "c").await;
    let now = world.registry.manifest(&world.reference("shop:prod")).await.unwrap();
    assert_eq!(now.bytes, manifest("c"));
}

#[tokio::test]
async fn a_deleted_manifest_takes_its_tags_along_and_a_deleted_tag_does_not() {
    let world = World::new().await;
    let digest = world.push("shop:a", "a").await;
    world.registry.tag(&world.reference("shop:a"), "b").await.unwrap();
    world.registry.delete_tag(&world.reference("shop:b")).await.unwrap();
    assert_eq!(world.registry.tags(&world.reference("shop")).await.unwrap(), ["a"]);
    world.registry.delete_manifest(&world.reference("shop"), &digest).await.unwrap();
    world.registry.delete_manifest(&world.reference("shop"), &digest).await.unwrap();
    assert!(world.registry.tags(&world.reference("shop")).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_registry_that_does_not_delete_is_told_apart() {
    let world = World::new().await;
    world.push("shop:a", "a").await;
    world.order("DELETE", Fault::Status(405, None));
    let error = world.registry.delete_tag(&world.reference("shop:a")).await.unwrap_err();
    assert!(matches!(error, Error::Unsupported { .. }), "{error}");
}
