//! Putting back what somebody changed, without waiting for the interval.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::{World, config_map, deployment};

#[tokio::test]
async fn a_change_by_hand_is_put_back_within_seconds() {
    let world = World::start().await;
    let digest = world.push("app:latest", &[("a.yaml", &config_map("one", "1"))]).await;
    world.source("").await;
    world.kustomization("app", "prune: true\ninterval: 1h").await;
    world.until_applied("app", &digest).await;
    let started = Instant::now();
    world.patch("ConfigMap", "one", json!({ "data": { "key": "by hand" } })).await;
    world.until("ConfigMap", "one", |it| it["data"]["key"] == "1").await;
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
}

#[tokio::test]
async fn a_deleted_object_comes_back_within_seconds() {
    let world = World::start().await;
    let digest = world.push("app:latest", &[("a.yaml", &config_map("one", "1"))]).await;
    world.source("").await;
    world.kustomization("app", "prune: true\ninterval: 1h").await;
    world.until_applied("app", &digest).await;
    let uid = world.get("ConfigMap", "one").await.unwrap()["metadata"]["uid"].clone();
    world.delete("ConfigMap", "one").await;
    world.until("ConfigMap", "one", |it| it["metadata"]["uid"] != uid).await;
}

#[tokio::test]
async fn fields_that_the_bundle_does_not_name_are_left_to_others() {
    let world = World::start().await;
    let text = config_map("one", "1") + "---\n" + &deployment("web", "example.com/web:1");
    let digest = world.push("app:latest", &[("a.yaml", &text)]).await;
    world.source("").await;
    world.kustomization("app", "prune: true\nwait: true").await;
    world.until_applied("app", &digest).await;
    let annotation = json!({ "metadata": { "annotations": { "mine": "yes" } } });
    world.patch_as("some-controller", "ConfigMap", "one", annotation).await;
    world.ask("Kustomization", "app").await;
    let object = world.get("ConfigMap", "one").await.unwrap();
    assert_eq!(object["metadata"]["annotations"]["mine"], "yes");
}

#[tokio::test]
async fn what_was_edited_with_kubectl_is_taken_back_on_the_next_visit() {
    let world = World::start().await;
    let digest = world.push("app:latest", &[("a.yaml", &config_map("one", "1"))]).await;
    world.source("").await;
    world.kustomization("app", "prune: true").await;
    world.until_applied("app", &digest).await;
    world.patch_as("kubectl-edit", "ConfigMap", "one", json!({ "data": { "more": "x" } })).await;
    world.ask("Kustomization", "app").await;
    assert_eq!(world.get("ConfigMap", "one").await.unwrap()["data"], json!({ "key": "1" }));
}

#[tokio::test]
async fn an_object_that_is_marked_is_not_put_back() {
    let world = World::start().await;
    let text = config_map("one", "1").replace(
        "namespace: NS",
        "namespace: NS, annotations: {kustomize.toolkit.fluxcd.io/ssa: IfNotPresent}",
    );
    let digest = world.push("app:latest", &[("a.yaml", &text)]).await;
    world.source("").await;
    world.kustomization("app", "prune: true").await;
    world.until_applied("app", &digest).await;
    world.patch("ConfigMap", "one", json!({ "data": { "key": "by hand" } })).await;
    world.ask("Kustomization", "app").await;
    assert_eq!(world.get("ConfigMap", "one").await.unwrap()["data"]["key"], "by hand");
}

#[tokio::test]
async fn ignored_fields_may_drift() {
    let world = World::start().await;
    let digest = world.push("app:latest", &[("a.yaml", &config_map("one", "1"))]).await;
    world.source("").await;
    world
        .kustomization(
            "app",
            "prune: true\nignore: [{paths: [/data/key], target: {kind: ConfigMap}}]",
        )
        .await;
    world.until_applied("app", &digest).await;
    world.patch("ConfigMap", "one", json!({ "data": { "key": "by hand" } })).await;
    world.ask("Kustomization", "app").await;
    assert_eq!(world.get("ConfigMap", "one").await.unwrap()["data"]["key"], "by hand");
}
