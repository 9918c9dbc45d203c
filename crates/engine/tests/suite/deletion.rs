//! The end of a Kustomization: the delivery of an empty set.

use serde_json::json;

use crate::support::{World, config_map};

async fn delivered(policy: &str) -> World {
    let world = World::start().await;
    let digest = world.push("app:latest", &[("a.yaml", &config_map("one", "1"))]).await;
    world.source("").await;
    world.kustomization("app", policy).await;
    world.until_applied("app", &digest).await;
    world
}

#[tokio::test]
async fn a_pruning_kustomization_takes_its_objects_along() {
    let world = delivered("prune: true").await;
    world.delete("Kustomization", "app").await;
    world.until_gone("Kustomization", "app").await;
    world.until_gone("ConfigMap", "one").await;
}

#[tokio::test]
async fn one_that_does_not_prune_leaves_them() {
    let world = delivered("prune: false").await;
    world.delete("Kustomization", "app").await;
    world.until_gone("Kustomization", "app").await;
    assert!(world.get("ConfigMap", "one").await.is_some());
}

#[tokio::test]
async fn the_policy_decides_whatever_prune_says() {
    let world = delivered("prune: false\ndeletionPolicy: WaitForTermination").await;
    world.delete("Kustomization", "app").await;
    world.until_gone("Kustomization", "app").await;
    assert!(world.get("ConfigMap", "one").await.is_none());

    let world = delivered("prune: true\ndeletionPolicy: Orphan").await;
    world.delete("Kustomization", "app").await;
    world.until_gone("Kustomization", "app").await;
    assert!(world.get("ConfigMap", "one").await.is_some());
}

#[tokio::test]
async fn a_suspended_one_leaves_everything() {
    let world = delivered("prune: true").await;
    world.patch("Kustomization", "app", json!({ "spec": { "suspend": true } })).await;
    world.delete("Kustomization", "app").await;
    world.until_gone("Kustomization", "app").await;
    assert!(world.get("ConfigMap", "one").await.is_some());
}

#[tokio::test]
async fn an_object_marked_as_not_to_be_pruned_stays() {
    let world = delivered("prune: true").await;
    let mark = json!({ "kustomize.toolkit.fluxcd.io/prune": "disabled" });
    world.patch("ConfigMap", "one", json!({ "metadata": { "annotations": mark } })).await;
    world.delete("Kustomization", "app").await;
    world.until_gone("Kustomization", "app").await;
    assert!(world.get("ConfigMap", "one").await.is_some());
}

#[tokio::test]
async fn a_source_can_go_while_its_objects_stay() {
    let world = delivered("prune: true").await;
    world.delete("OCIRepository", "app").await;
    world.until_gone("OCIRepository", "app").await;
    assert!(world.get("ConfigMap", "one").await.is_some());
}
