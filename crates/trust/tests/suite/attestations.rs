//! Statements about a digest.

use jiff::Timestamp;
use serde_json::json;
use wharf_trust::{Error, KeyPair, Statement, attest, attestations};

use crate::world::World;

async fn said(world: &World, key: &KeyPair, kind: &str, word: &str) {
    let statement = Statement::new(&world.pinned.digest, kind, json!(word));
    let created = Timestamp::UNIX_EPOCH;
    attest(&world.registry, &world.pinned, &statement, key, created).await.unwrap();
}

#[tokio::test]
async fn only_what_the_keys_said_is_heard_and_by_type() {
    let world = World::new().await;
    said(&world, &world.key, "https://x/render", "passed").await;
    said(&world, &world.key, "https://x/policy", "failed").await;
    said(&world, &world.other, "https://x/policy", "passed").await;
    let keys = [world.key.public().clone()];
    let heard = async |kind| {
        let found = attestations(&world.registry, &world.pinned, &keys, kind).await.unwrap();
        let mut words: Vec<_> = found.iter().map(|s| s.get().predicate.to_string()).collect();
        words.sort();
        words
    };
    assert_eq!(heard(Some("https://x/policy")).await, ["\"failed\""]);
    assert_eq!(heard(None).await, ["\"failed\"", "\"passed\""]);
}

#[tokio::test]
async fn a_statement_about_something_else_is_not_attached() {
    let world = World::new().await;
    let another = world.another().await;
    let statement = Statement::new(&another.digest, "https://x/y", json!({}));
    let created = Timestamp::UNIX_EPOCH;
    let result = attest(&world.registry, &world.pinned, &statement, &world.key, created).await;
    assert!(matches!(result, Err(Error::BadSignature { .. })));
}
