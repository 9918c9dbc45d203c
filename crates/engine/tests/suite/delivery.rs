//! From a bundle in the registry to objects in the cluster.

use serde_json::json;

use crate::support::{World, condition, config_map, deployment, inventory, ready, unique};

#[tokio::test]
async fn a_bundle_is_delivered_and_the_status_says_so() {
    let world = World::start().await;
    let digest = world.push("app:latest", &[("a.yaml", &config_map("one", "1"))]).await;
    world.source("ref: {tag: latest}").await;
    world.kustomization("app", "prune: true").await;

    let applied = world.until_applied("app", &digest).await;
    let status = &applied["status"];
    let revision = format!("latest@{digest}");
    assert_eq!(status["lastAppliedRevision"], revision);
    assert_eq!(status["lastAttemptedRevision"], revision);
    assert_eq!(status["lastAppliedOriginRevision"], "main@sha1:0123456789abcdef");
    assert_eq!(status["observedGeneration"], applied["metadata"]["generation"]);
    assert_eq!(inventory(&applied), [world.fill("NS_one__ConfigMap")]);
    let message = format!("Applied revision: {revision}");
    assert_eq!(
        ready(&applied),
        Some(("True".to_owned(), "ReconciliationSucceeded".to_owned(), message))
    );
    assert_eq!(status["history"][0]["lastReconciledStatus"], "ReconciliationSucceeded");
    assert_eq!(applied["metadata"]["finalizers"], json!(["finalizers.fluxcd.io"]));

    let about = ("Kustomization", "app");
    let done = world.until_event(about, ("Normal", "ReconciliationSucceeded")).await;
    assert!(done.starts_with("Reconciliation finished in "), "{done}");
    let changed = world.until_event(about, ("Normal", "Progressing")).await;
    assert_eq!(changed, world.fill("ConfigMap/NS/one created"));
    let fetched = world.until_event(("OCIRepository", "app"), ("Normal", "NewArtifact")).await;
    assert!(
        fetched.starts_with(&format!("stored artifact with revision '{revision}'")),
        "{fetched}"
    );

    let object = world.get("ConfigMap", "one").await.unwrap();
    let labels = &object["metadata"]["labels"];
    assert_eq!(labels["kustomize.toolkit.fluxcd.io/name"], "app");
    assert_eq!(labels["kustomize.toolkit.fluxcd.io/namespace"], world.namespace);
    assert_eq!(object["metadata"]["managedFields"][0]["manager"], "kustomize-controller");

    let source = world.until_ready("OCIRepository", "app", "True", "Succeeded").await;
    let artifact = &source["status"]["artifact"];
    assert_eq!(artifact["revision"], revision);
    let metadata = &artifact["metadata"];
    assert_eq!(metadata["org.opencontainers.image.revision"], "main@sha1:0123456789abcdef");
    assert!(condition(&source, "ArtifactInStorage").is_some_and(|it| it.0 == "True"));
}

#[tokio::test]
async fn the_stored_artifact_can_be_fetched_by_others_and_has_its_digest() {
    let world = World::start().await;
    world.push("app:latest", &[("a.yaml", &config_map("one", "1"))]).await;
    world.source("").await;
    let source = world.until_ready("OCIRepository", "app", "True", "Succeeded").await;
    let artifact = &source["status"]["artifact"];
    let response = reqwest::get(artifact["url"].as_str().unwrap()).await.unwrap();
    assert_eq!(response.status(), 200);
    let bytes = response.bytes().await.unwrap();
    assert_eq!(registry::sha256(&bytes).to_string(), artifact["digest"]);
    assert_eq!(json!(bytes.len()), artifact["size"]);
    let tree = bundle::unpack(&bytes, &bundle::Limits::default()).unwrap();
    assert!(tree.get("a.yaml").is_some());
}

#[tokio::test]
async fn what_leaves_the_bundle_leaves_the_cluster() {
    let world = World::start().await;
    let both = [("a.yaml", &*config_map("one", "1")), ("b.yaml", &*config_map("two", "1"))];
    let first = world.push("app:latest", &both).await;
    world.source("").await;
    world.kustomization("app", "prune: true").await;
    world.until_applied("app", &first).await;

    let second = world.push("app:latest", &both[..1]).await;
    world.ask("OCIRepository", "app").await;
    let applied = world.until_applied("app", &second).await;
    assert_eq!(inventory(&applied), [world.fill("NS_one__ConfigMap")]);
    assert!(world.get("ConfigMap", "two").await.is_none());
}

#[tokio::test]
async fn without_prune_nothing_is_deleted() {
    let world = World::start().await;
    let both = [("a.yaml", &*config_map("one", "1")), ("b.yaml", &*config_map("two", "1"))];
    let first = world.push("app:latest", &both).await;
    world.source("").await;
    world.kustomization("app", "prune: false").await;
    world.until_applied("app", &first).await;
    let second = world.push("app:latest", &both[..1]).await;
    world.ask("OCIRepository", "app").await;
    world.until_applied("app", &second).await;
    assert!(world.get("ConfigMap", "two").await.is_some());
}

#[tokio::test]
async fn an_object_that_was_handed_to_somebody_else_is_not_deleted() {
    let world = World::start().await;
    let both = [("a.yaml", &*config_map("one", "1")), ("b.yaml", &*config_map("two", "1"))];
    let first = world.push("app:latest", &both).await;
    world.source("").await;
    world.kustomization("app", "prune: true").await;
    world.until_applied("app", &first).await;
    // The new owner takes it over in the same moment in which the old one drops it.
    world.patch("Kustomization", "app", json!({ "spec": { "suspend": true } })).await;
    let labels = json!({ "kustomize.toolkit.fluxcd.io/name": "other" });
    world.patch("ConfigMap", "two", json!({ "metadata": { "labels": labels } })).await;
    let second = world.push("app:latest", &both[..1]).await;
    world.ask("OCIRepository", "app").await;
    world.patch("Kustomization", "app", json!({ "spec": { "suspend": false } })).await;
    world.until_applied("app", &second).await;
    assert!(world.get("ConfigMap", "two").await.is_some());
}

#[tokio::test]
async fn a_definition_is_applied_and_served_before_its_objects() {
    let world = World::start().await;
    let group = format!("{}.example.com", unique("g"));
    let definition = format!(
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\n\
         metadata: {{name: widgets.{group}}}\nspec:\n  group: {group}\n  scope: Namespaced\n  \
         names: {{plural: widgets, singular: widget, kind: Widget}}\n  versions:\n  - name: v1\n    \
         served: true\n    storage: true\n    schema: {{openAPIV3Schema: {{type: object, \
         x-kubernetes-preserve-unknown-fields: true}}}}\n"
    );
    let widget = format!(
        "apiVersion: {group}/v1\nkind: Widget\nmetadata: {{name: w, namespace: NS}}\nspec: {{size: 3}}\n"
    );
    let digest = world.push("app:latest", &[("a.yaml", &widget), ("z.yaml", &definition)]).await;
    world.source("").await;
    world.kustomization("app", "prune: true").await;
    let applied = world.until_applied("app", &digest).await;
    let mut expected =
        vec![format!("_widgets.{group}_apiextensions.k8s.io_CustomResourceDefinition")];
    expected.push(format!("{}_w_{group}_Widget", world.namespace));
    assert_eq!(inventory(&applied), expected);
    world.patch("Kustomization", "app", json!({ "spec": { "prune": true } })).await;
    world.delete("Kustomization", "app").await;
    world.until_gone("Kustomization", "app").await;
}

#[tokio::test]
async fn path_namespace_prefix_images_patches_and_metadata_of_the_spec_shape_the_objects() {
    let world = World::start().await;
    let plain = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\n\
         spec:\n  selector: {matchLabels: {app: web}}\n  template:\n    \
         metadata: {labels: {app: web}}\n    spec: {containers: [{name: web, image: web}]}\n";
    let image = world.push_image("web:2").await;
    let files = [
        ("prod/kustomization.yaml", "resources: [web.yaml]\n"),
        ("prod/web.yaml", plain),
        ("dev/broken.yaml", "nothing: here\n"),
    ];
    let digest = world.push("app:latest", &files).await;
    world.source("").await;
    world
        .kustomization(
            "app",
            "prune: true\npath: ./prod\nwait: true\ntargetNamespace: NS\nnamePrefix: my-\n\
             images: [{name: web, newName: HOST/web, newTag: '2'}]\n\
             commonMetadata: {labels: {team: shop}}\n\
             patches:\n- patch: |\n    - {op: add, path: /spec/replicas, value: 2}\n  \
             target: {kind: Deployment}",
        )
        .await;
    let applied = world.until_applied("app", &digest).await;
    assert!(condition(&applied, "Healthy").is_some_and(|it| it.0 == "True"), "{applied}");
    let web = world.get("Deployment", "my-web").await.unwrap();
    assert_eq!(web["spec"]["replicas"], 2);
    assert_eq!(web["metadata"]["labels"]["team"], "shop");
    assert_eq!(web["spec"]["template"]["spec"]["containers"][0]["image"], image);
}

#[tokio::test]
async fn variables_come_from_the_spec_and_from_config_maps_and_a_change_is_delivered() {
    let world = World::start().await;
    world
        .apply(
            "apiVersion: v1\nkind: ConfigMap\n\
             metadata: {name: vars, namespace: NS, labels: {reconcile.fluxcd.io/watch: Enabled}}\n\
             data: {region: north, tier: gold}\n",
        )
        .await;
    let text = config_map("one", "${region} ${tier} ${zone:=a}");
    let digest = world.push("app:latest", &[("a.yaml", &text)]).await;
    world.source("").await;
    let post_build = "prune: true\npostBuild:\n  substitute: {tier: silver}\n  \
        substituteFrom: [{kind: ConfigMap, name: vars}, {kind: Secret, name: none, optional: true}]";
    world.kustomization("app", post_build).await;
    world.until_applied("app", &digest).await;
    let is = |text: &'static str| move |object: &serde_json::Value| object["data"]["key"] == text;
    world.until("ConfigMap", "one", is("north silver a")).await;
    world.patch("ConfigMap", "vars", json!({ "data": { "region": "south" } })).await;
    world.until("ConfigMap", "one", is("south silver a")).await;
}

#[tokio::test]
async fn all_files_that_do_not_parse_are_named_and_the_last_good_state_stays() {
    let world = World::start().await;
    let good = world.push("app:latest", &[("a.yaml", &config_map("one", "1"))]).await;
    world.source("").await;
    world.kustomization("app", "prune: true").await;
    world.until_applied("app", &good).await;

    let files = [("a.yaml", "kind: [\n"), ("b.yaml", "kind: Nothing\n"), ("c.yaml", "x: 1\n")];
    world.push("app:latest", &files).await;
    world.ask("OCIRepository", "app").await;
    let failed = world.until_ready("Kustomization", "app", "False", "BuildFailed").await;
    let message = ready(&failed).unwrap().2;
    for named in ["a.yaml:", "b.yaml:1:", "c.yaml:1:"] {
        assert!(message.contains(named), "{named} in {message}");
    }
    assert!(failed["status"]["lastAppliedRevision"].as_str().unwrap().ends_with(&good));
    assert!(world.get("ConfigMap", "one").await.is_some());
}

#[tokio::test]
async fn every_object_that_the_api_server_refuses_is_named_and_nothing_of_its_wave_is_written() {
    let world = World::start().await;
    let bad = |name: &str| {
        format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, namespace: NS}}\ndata: [1]\n"
        )
    };
    let files = [
        ("a.yaml", &*config_map("good", "1")),
        ("b.yaml", &*bad("bad-one")),
        ("c.yaml", &*bad("bad-two")),
    ];
    world.push("app:latest", &files).await;
    world.source("").await;
    world.kustomization("app", "prune: true").await;
    let failed = world.until_ready("Kustomization", "app", "False", "ReconciliationFailed").await;
    let message = ready(&failed).unwrap().2;
    for named in ["ConfigMap/NS/bad-one", "ConfigMap/NS/bad-two", "dry-run failed"] {
        assert!(message.contains(&world.fill(named)), "{named} in {message}");
    }
    assert!(world.get("ConfigMap", "good").await.is_none());
    let told =
        world.until_event(("Kustomization", "app"), ("Warning", "ReconciliationFailed")).await;
    assert!(told.contains("bad-two"), "{told}");
}

#[tokio::test]
async fn an_object_without_a_namespace_is_refused_with_its_name() {
    let world = World::start().await;
    let text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: lost}\n";
    world.push("app:latest", &[("a.yaml", text)]).await;
    world.source("").await;
    world.kustomization("app", "prune: true").await;
    let failed = world.until_ready("Kustomization", "app", "False", "ReconciliationFailed").await;
    assert_eq!(ready(&failed).unwrap().2, "ConfigMap/lost namespace not specified");
}

#[tokio::test]
async fn an_immutable_field_is_an_error_unless_force_makes_the_object_anew() {
    let world = World::start().await;
    let service = |ip: &str| {
        format!(
            "apiVersion: v1\nkind: Service\nmetadata: {{name: web, namespace: NS}}\n\
             spec: {{selector: {{app: web}}, clusterIP: {ip}, ports: [{{port: 80}}]}}\n"
        )
    };
    let first = world.push("app:latest", &[("a.yaml", &service("None"))]).await;
    world.source("").await;
    world.kustomization("app", "prune: true\nretryInterval: 10m").await;
    world.until_applied("app", &first).await;
    let before = world.get("Service", "web").await.unwrap();
    assert_eq!(before["spec"]["ports"][0]["protocol"], "TCP");

    let secret = |value: &str| {
        format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: fixed, namespace: NS}}\n\
             immutable: true\ndata: {{key: \"{value}\"}}\n"
        )
    };
    let second = world.push("app:latest", &[("a.yaml", &secret("1"))]).await;
    world.ask("OCIRepository", "app").await;
    world.until_applied("app", &second).await;
    let third = world.push("app:latest", &[("a.yaml", &secret("2"))]).await;
    world.ask("OCIRepository", "app").await;
    world.until_ready("Kustomization", "app", "False", "ReconciliationFailed").await;
    world.patch("Kustomization", "app", json!({ "spec": { "force": true } })).await;
    world.until_applied("app", &third).await;
    assert_eq!(world.get("ConfigMap", "fixed").await.unwrap()["data"]["key"], "2");
}

#[tokio::test]
async fn nothing_is_written_when_nothing_changed() {
    let world = World::start().await;
    let text = config_map("one", "1") + "---\n" + &deployment("web", "example.com/web:1");
    let digest = world.push("app:latest", &[("a.yaml", &text)]).await;
    world.source("").await;
    world.kustomization("app", "prune: true\nwait: true").await;
    world.until_applied("app", &digest).await;
    let versions = async || {
        let one = world.get("ConfigMap", "one").await.unwrap();
        let web = world.get("Deployment", "web").await.unwrap();
        (one["metadata"]["resourceVersion"].clone(), web["metadata"]["generation"].clone())
    };
    let before = versions().await;
    world.ask("Kustomization", "app").await;
    assert_eq!(versions().await, before);
}

#[tokio::test]
async fn many_kustomizations_of_one_source_are_delivered_together() {
    let world = World::start().await;
    let names: Vec<String> = (0..60).map(|index| format!("app-{index}")).collect();
    let texts: Vec<_> =
        names.iter().map(|name| (format!("{name}/a.yaml"), config_map(name, "1"))).collect();
    let files: Vec<_> = texts.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let digest = world.push("app:latest", &files).await;
    for name in &names {
        world.kustomization(name, &format!("prune: true\npath: {name}")).await;
    }
    let started = std::time::Instant::now();
    world.source("").await;
    for name in &names {
        world.until_applied(name, &digest).await;
    }
    let took = started.elapsed();
    assert!(took < std::time::Duration::from_secs(30), "{took:?}");
}
