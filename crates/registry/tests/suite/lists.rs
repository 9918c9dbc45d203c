//! Lists of tags and repositories.

use oci_spec::image::MediaType;
use wharf_registry::{Condition, Manifest};

use crate::world::{Fault, World, manifest};

#[tokio::test]
async fn every_page_of_tags_is_read() {
    let world = World::new().await;
    let one = Manifest::new(MediaType::ImageManifest, manifest("a"));
    let expected: Vec<String> = (0..2500).map(|n| format!("v{n:04}")).collect();
    for tag in &expected {
        world.store.put_manifest("shop", &one, Some(tag), Condition::None).unwrap();
    }
    assert_eq!(world.registry.tags(&world.reference("shop")).await.unwrap(), expected);
    assert_eq!(world.requests().len(), 3);
}

#[tokio::test]
async fn a_cursor_that_means_nothing_to_us_is_followed() {
    let world = World::new().await;
    world.push("shop:a", "a").await;
    let next = "</v2/shop/tags/list?token=%7B%22x%22%7D>; rel=\"next\"";
    world.order("tags/list", Fault::Header("link", next));
    let tags = world.registry.tags(&world.reference("shop")).await.unwrap();
    assert_eq!(tags, ["a", "a"]);
}

#[tokio::test]
async fn a_repository_without_tags_is_empty_and_an_absent_one_is_not_found() {
    let world = World::new().await;
    world.push("shop", "a").await;
    assert!(world.registry.tags(&world.reference("shop")).await.unwrap().is_empty());
    assert!(world.registry.tags(&world.reference("absent")).await.unwrap_err().is_not_found());
}

#[tokio::test]
async fn a_page_that_is_no_json_is_garbage() {
    let world = World::new().await;
    world.push("shop:a", "a").await;
    world.order("tags/list", Fault::Body("<html>login here</html>"));
    let error = world.registry.tags(&world.reference("shop")).await.unwrap_err();
    assert!(matches!(error, wharf_registry::Error::Garbage { .. }), "{error}");
}

#[tokio::test]
async fn repositories_are_listed() {
    let world = World::new().await;
    world.push("b:1", "a").await;
    world.push("a/c:1", "a").await;
    assert_eq!(world.registry.repositories(&world.reference("x")).await.unwrap(), ["a/c", "b"]);
}
