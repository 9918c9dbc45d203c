//! Asking, suspending, waiting for others, and what is not supported.

use serde_json::json;

use crate::support::{World, config_map, ready};

#[tokio::test]
async fn a_request_is_acted_upon_and_confirmed() {
    let world = World::start().await;
    let first = world.push("app:latest", &[("a.yaml", &config_map("one", "1"))]).await;
    world.source("").await;
    world.kustomization("app", "prune: true").await;
    world.until_applied("app", &first).await;

    let second = world.push("app:latest", &[("a.yaml", &config_map("one", "2"))]).await;
    world.patch("OCIRepository", "app", crate::support::requested("now-1")).await;
    world
        .until("OCIRepository", "app", |it| it["status"]["lastHandledReconcileAt"] == "now-1")
        .await;
    world.until_applied("app", &second).await;
    world.patch("Kustomization", "app", crate::support::requested("now-2")).await;
    world
        .until("Kustomization", "app", |it| it["status"]["lastHandledReconcileAt"] == "now-2")
        .await;
}

#[tokio::test]
async fn a_suspended_source_does_not_move_and_a_resumed_one_catches_up() {
    let world = World::start().await;
    let first = world.push("app:latest", &[("a.yaml", &config_map("one", "1"))]).await;
    world.source("").await;
    world.kustomization("app", "prune: true").await;
    world.until_applied("app", &first).await;

    world.patch("OCIRepository", "app", json!({ "spec": { "suspend": true } })).await;
    let second = world.push("app:latest", &[("a.yaml", &config_map("one", "2"))]).await;
    world.patch("OCIRepository", "app", crate::support::requested("while-suspended")).await;
    tokio::time::sleep(std::time::Duration::from_millis(700)).await;
    assert_eq!(world.get("ConfigMap", "one").await.unwrap()["data"]["key"], "1");

    world.patch("OCIRepository", "app", json!({ "spec": { "suspend": false } })).await;
    world.until_applied("app", &second).await;
}

#[tokio::test]
async fn a_suspended_kustomization_leaves_everything_as_it_is() {
    let world = World::start().await;
    let first = world.push("app:latest", &[("a.yaml", &config_map("one", "1"))]).await;
    world.source("").await;
    world.kustomization("app", "prune: true").await;
    world.until_applied("app", &first).await;
    world.patch("Kustomization", "app", json!({ "spec": { "suspend": true } })).await;
    world.patch("ConfigMap", "one", json!({ "data": { "key": "by hand" } })).await;
    tokio::time::sleep(std::time::Duration::from_millis(900)).await;
    assert_eq!(world.get("ConfigMap", "one").await.unwrap()["data"]["key"], "by hand");
    world.patch("Kustomization", "app", json!({ "spec": { "suspend": false } })).await;
    world.until("ConfigMap", "one", |it| it["data"]["key"] == "1").await;
}

#[tokio::test]
async fn a_dependency_is_delivered_first() {
    let world = World::start().await;
    let files =
        [("base/a.yaml", &*config_map("base", "1")), ("app/b.yaml", &*config_map("app", "1"))];
    let digest = world.push("app:latest", &files).await;
    world.source("").await;
    world.kustomization("app", "prune: true\npath: app\ndependsOn: [{name: base}]").await;
    let waiting = world.until_ready("Kustomization", "app", "False", "DependencyNotReady").await;
    assert_eq!(ready(&waiting).unwrap().2, world.fill("dependency 'NS/base' is not found"));
    assert!(world.get("ConfigMap", "app").await.is_none());

    world.kustomization("base", "prune: true\npath: base").await;
    world.until_applied("base", &digest).await;
    world.until_applied("app", &digest).await;
}

#[tokio::test]
async fn a_dependency_that_fails_holds_back_those_who_wait_for_it() {
    let world = World::start().await;
    let files = [("base/a.yaml", "nonsense"), ("app/b.yaml", &*config_map("app", "1"))];
    world.push("app:latest", &files).await;
    world.source("").await;
    world.kustomization("base", "prune: true\npath: base").await;
    world.kustomization("app", "prune: true\npath: app\ndependsOn: [{name: base}]").await;
    world.until_ready("Kustomization", "base", "False", "BuildFailed").await;
    world.until_ready("Kustomization", "app", "False", "DependencyNotReady").await;
    assert!(world.get("ConfigMap", "app").await.is_none());
}

#[tokio::test]
async fn what_is_not_supported_is_refused_and_nothing_is_applied() {
    let world = World::start().await;
    world.push("app:latest", &[("a.yaml", &config_map("one", "1"))]).await;
    world.source("").await;
    world.kustomization("app", "prune: true\ndecryption: {provider: sops}").await;
    let refused = world.until_ready("Kustomization", "app", "False", "FeatureGateDisabled").await;
    assert!(ready(&refused).unwrap().2.contains("spec.decryption"));
    let stalled = crate::support::condition(&refused, "Stalled").unwrap();
    assert_eq!(stalled.0, "True");
    assert!(world.get("ConfigMap", "one").await.is_none());
}

#[tokio::test]
async fn references_into_other_namespaces_can_be_forbidden() {
    let world = World::start_with(|settings| settings.no_cross_namespace_references = true).await;
    let text = "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\n\
        metadata: {name: app, namespace: NS}\nspec:\n  interval: 10m\n  prune: true\n  \
        sourceRef: {kind: OCIRepository, name: app, namespace: default}\n";
    world.apply(text).await;
    let refused = world.until_ready("Kustomization", "app", "False", "AccessDenied").await;
    assert!(ready(&refused).unwrap().2.contains("cross-namespace references have been blocked"));
}

#[tokio::test]
async fn without_a_source_the_kustomization_says_which_one_is_missing() {
    let world = World::start().await;
    world.kustomization("app", "prune: true\nretryInterval: 10m").await;
    let waiting = world.until_ready("Kustomization", "app", "False", "ArtifactFailed").await;
    assert!(ready(&waiting).unwrap().2.contains("not found"), "{waiting}");
    // The source's coming is enough; nobody has to wait for the retry.
    let digest = world.push("app:latest", &[("a.yaml", &config_map("one", "1"))]).await;
    world.source("").await;
    world.until_applied("app", &digest).await;
}

#[tokio::test]
async fn a_path_that_is_not_in_the_bundle_is_named() {
    let world = World::start().await;
    world.push("app:latest", &[("a.yaml", &config_map("one", "1"))]).await;
    world.source("").await;
    world.kustomization("app", "prune: true\npath: ./prod").await;
    world
        .until("Kustomization", "app", |it| {
            ready(it).is_some_and(|(_, reason, message)| {
                reason == "ArtifactFailed"
                    && message.contains("kustomization path not found: stat prod")
            })
        })
        .await;
}
