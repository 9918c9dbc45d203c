//! Health after the apply, failures and the way back.

use serde_json::json;

use crate::support::{World, condition, deployment, ready};

#[tokio::test]
async fn a_missing_image_fails_the_rollout_and_going_back_heals_it() {
    let world = World::start().await;
    world.push_image("web:1").await;
    let good = world.push("app:latest", &[("a.yaml", &deployment("web", "HOST/web:1"))]).await;
    world.source("").await;
    world.kustomization("app", "prune: true\nwait: true\ntimeout: 4s\nretryInterval: 10m").await;
    let healthy = world.until_applied("app", &good).await;
    assert_eq!(condition(&healthy, "Healthy").unwrap().0, "True");

    world.push("app:latest", &[("a.yaml", &deployment("web", "HOST/web:nope"))]).await;
    world.ask("OCIRepository", "app").await;
    let failed = world.until_ready("Kustomization", "app", "False", "HealthCheckFailed").await;
    let message = ready(&failed).unwrap().2;
    for named in ["Deployment/NS/web", "HOST/web:nope", "container `web`"] {
        assert!(message.contains(&world.fill(named)), "{named} in {message}");
    }
    assert_eq!(condition(&failed, "Healthy").unwrap().1, "HealthCheckFailed");
    let applied = failed["status"]["lastAppliedRevision"].as_str().unwrap();
    assert!(applied.ends_with(&good), "the last good revision is remembered");
    let told = world.until_event(("Kustomization", "app"), ("Warning", "HealthCheckFailed")).await;
    assert!(told.contains("container `web`"), "{told}");

    let back = world.push("app:latest", &[("a.yaml", &deployment("web", "HOST/web:1"))]).await;
    assert_eq!(back, good, "the same files are the same bundle");
    world.ask("OCIRepository", "app").await;
    world.until_applied("app", &good).await;
}

#[tokio::test]
async fn a_newer_bundle_does_not_wait_for_a_rollout_that_hangs() {
    let world = World::start().await;
    world.push_image("web:1").await;
    world.push("app:latest", &[("a.yaml", &deployment("web", "HOST/web:nope"))]).await;
    world.source("").await;
    world.kustomization("app", "prune: true\nwait: true\ntimeout: 10m").await;
    world
        .until("Kustomization", "app", |it| {
            let message = it["status"]["conditions"][0]["message"].as_str().unwrap_or_default();
            message.starts_with("Running health checks")
        })
        .await;
    let fixed = world.push("app:latest", &[("a.yaml", &deployment("web", "HOST/web:1"))]).await;
    world.ask("OCIRepository", "app").await;
    world.until_applied("app", &fixed).await;
}

#[tokio::test]
async fn health_checks_wait_for_the_named_objects_only() {
    let world = World::start().await;
    world.push_image("web:1").await;
    let text = deployment("web", "HOST/web:1") + "---\n" + &deployment("broken", "HOST/web:nope");
    let digest = world.push("app:latest", &[("a.yaml", &text)]).await;
    world.source("").await;
    let checks = "prune: true\ntimeout: 30s\n\
        healthChecks: [{apiVersion: apps/v1, kind: Deployment, name: web, namespace: NS}]";
    world.kustomization("app", checks).await;
    let applied = world.until_applied("app", &digest).await;
    assert_eq!(condition(&applied, "Healthy").unwrap().1, "Succeeded");
}

#[tokio::test]
async fn an_object_of_somebody_else_can_be_waited_for() {
    let world = World::start().await;
    let digest =
        world.push("app:latest", &[("a.yaml", &crate::support::config_map("one", "1"))]).await;
    world.source("").await;
    let checks = "prune: true\ntimeout: 30s\n\
        healthChecks: [{apiVersion: apps/v1, kind: Deployment, name: foreign, namespace: NS}]";
    world.kustomization("app", checks).await;
    world.until("ConfigMap", "one", |_| true).await;
    let waiting = world.get("Kustomization", "app").await.unwrap();
    assert_ne!(ready(&waiting).map(|it| it.0), Some("True".to_owned()));
    world.apply(&deployment("foreign", "example.com/web:1")).await;
    world.until_applied("app", &digest).await;
}

#[tokio::test]
async fn a_failed_rollout_does_not_hold_up_other_deliveries() {
    let world = World::start_with(|settings| settings.concurrent = 1).await;
    let files = [
        ("bad/a.yaml", &*deployment("bad", "HOST/web:nope")),
        ("good/b.yaml", &*crate::support::config_map("good", "1")),
    ];
    let digest = world.push("app:latest", &files).await;
    world.source("").await;
    world.kustomization("bad", "prune: true\npath: bad\nwait: true\ntimeout: 10m").await;
    world.until("Deployment", "bad", |_| true).await;
    world.kustomization("good", "prune: true\npath: good").await;
    world.until_applied("good", &digest).await;
    world.patch("Kustomization", "bad", json!({ "spec": { "suspend": true } })).await;
}

#[tokio::test]
async fn what_hangs_is_explained_while_it_is_waited_for() {
    let world = World::start().await;
    world.push("app:latest", &[("a.yaml", &deployment("web", "HOST/web:nope"))]).await;
    world.source("").await;
    world.kustomization("app", "prune: true\nwait: true\ntimeout: 10m").await;
    world
        .until("Kustomization", "app", |it| {
            let message = ready(it).map(|it| it.2).unwrap_or_default();
            message.starts_with("Running health checks") && message.contains("container `web`")
        })
        .await;
}

#[tokio::test]
async fn a_watch_that_begins_after_the_apply_knows_the_kinds_of_what_it_lists() {
    let world = World::start().await;
    world.push("app:latest", &[("a.yaml", &deployment("web", "HOST/web:nope"))]).await;
    world.source("").await;
    world.kustomization("app", "prune: true").await;
    world.until("Deployment", "web", |it| it["status"]["replicas"] == 1).await;
    let resource = world.cluster.resource("apps/v1", "Deployment").await.unwrap();
    let watch = world.cluster.watch_apart(&resource, &cluster::Selection::owned());
    watch.ready().await;
    let key = (world.namespace.clone(), "web".to_owned());
    let seen = watch.get(&key).unwrap();
    assert_eq!(
        (&seen.fields["kind"], &seen.fields["apiVersion"]),
        (&json!("Deployment"), &json!("apps/v1"))
    );
    assert!(!plan::health(&seen.fields).is_current());
}
