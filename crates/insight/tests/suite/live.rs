//! The same answers from a real ledger in a registry and a live API server.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bundle::{PackOptions, pack};
use cluster::{Cluster, Connection};
use jiff::Timestamp;
use ledger::{Expect, Kind, Ledger, MarkRequest, MoveRequest, Provenance};
use localcluster::{ImageLookup, ImageState, LocalCluster};
use manifest::Tree;
use oci_spec::image::Digest;
use registry::{Reference, Registry, Store};
use serde_json::{Value, json};
use ulid::Ulid;
use wharf_insight::{Insight, State, Target};

/// No image exists.
struct NoImages;

impl ImageLookup for NoImages {
    fn look_up<'a>(
        &'a self,
        image: &'a str,
    ) -> Pin<Box<dyn Future<Output = ImageState> + Send + 'a>> {
        Box::pin(async move { ImageState::NotFound(format!("{image}: not found")) })
    }
}

/// A registry with a ledger, and a cluster that follows it.
struct World {
    ledger: Ledger,
    registry: Registry,
    cluster: Cluster,
    _local: LocalCluster,
}

impl World {
    async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let host = listener.local_addr().expect("an address");
        tokio::spawn(registry_server::serve(listener, Arc::new(Store::memory())));
        let registry = Registry::new(registry::Settings::default()).expect("a client");
        let repository = Reference::parse(&format!("{host}/acme/shop")).expect("a reference");
        let images: Option<Arc<dyn ImageLookup>> = Some(Arc::new(NoImages));
        let options = localcluster::Options { images, ..localcluster::Options::in_memory() };
        let local = LocalCluster::start(options).await.expect("a cluster");
        let connection = Connection::KubeconfigText(local.kubeconfig());
        let cluster = Cluster::connect(&connection).await.expect("a cluster");
        let ledger = Ledger::new(registry.clone(), &repository);
        Self { ledger, registry, cluster, _local: local }
    }

    async fn push(&self, version: &str) -> Digest {
        let mut tree = Tree::new();
        tree.insert("prod/version.yaml", format!("# {version}\n")).expect("a path");
        let created = "2026-11-20T10:00:00Z".parse().expect("a time");
        let options = PackOptions {
            source: "https://git.example.com/acme/shop".into(),
            revision: format!("main@sha1:{version}"),
            created,
            ..PackOptions::default()
        };
        let packed = pack(&tree, &options).expect("a bundle");
        let repository = self.ledger.repository();
        for blob in [&packed.config, &packed.layer] {
            self.registry.push_blob(repository, blob.clone()).await.expect("pushed");
        }
        let kind = packed.manifest_descriptor.media_type();
        let pushed = self.registry.push_manifest(repository, kind, packed.manifest.clone()).await;
        pushed.expect("pushed")
    }

    async fn shift(&self, channel: &str, to: &Digest, version: &str, kind: Kind) {
        let request = MoveRequest {
            channel: channel.parse().expect("a channel"),
            to: to.clone(),
            expect: Expect::Anything,
            kind,
            source: (kind == Kind::Promote).then(|| "dev".parse().expect("a channel")),
            version: Some(version.to_owned()),
            provenance: Provenance { actor: Some("mira".into()), ..Provenance::default() },
            reason: Some(format!("release {version}")),
            break_glass: false,
            at: Timestamp::now(),
            id: Ulid::generate(),
        };
        self.ledger.move_channel(&request).await.expect("moved");
    }

    fn insight(&self) -> Insight {
        Insight::new(self.cluster.clone(), self.registry.clone())
    }

    /// Creates an object, with its status where it has one.
    async fn create(&self, object: Value) {
        let fields = object.as_object().expect("an object").clone();
        let text = |name: &str| fields[name].as_str().expect("a text").to_owned();
        let resource = self.cluster.resource(&text("apiVersion"), &text("kind")).await;
        let resource = resource.expect("a known kind");
        self.cluster.create(&resource, &fields).await.expect("created");
        if let Some(status) = fields.get("status") {
            let name = fields["metadata"]["name"].as_str().expect("a name");
            let namespace = fields["metadata"]["namespace"].as_str().unwrap_or_default();
            let patch = json!({ "status": status });
            let place = (namespace, name);
            self.cluster.patch_status(&resource, place, "test", &patch).await.expect("patched");
        }
    }

    /// Makes the kinds known, and the objects of a delivery of `tried` that was once `good`.
    async fn deliver(&self, good: &Digest, tried: &Digest) {
        for crd in api::crds() {
            self.create(serde_json::to_value(&crd).expect("JSON")).await;
        }
        let source = ("source.toolkit.fluxcd.io/v1", "OCIRepository");
        let kustomization = ("kustomize.toolkit.fluxcd.io/v1", "Kustomization");
        for (api_version, kind) in [source, kustomization] {
            while self.cluster.resource(api_version, kind).await.is_err() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
        let at = Timestamp::now().to_string();
        let ready = |status: &str, reason: &str| {
            json!([{ "type": "Ready", "status": status, "reason": reason, "message": "m",
                "lastTransitionTime": at }])
        };
        let metadata = json!({ "name": "shop", "namespace": "default" });
        self.create(json!({ "apiVersion": source.0, "kind": source.1, "metadata": metadata,
            "spec": { "interval": "1m", "ref": { "tag": "prod" },
                "url": format!("oci://{}", self.ledger.repository().name()) },
            "status": { "conditions": ready("True", "Succeeded"),
                "artifact": { "revision": format!("prod@{tried}"), "digest": tried.to_string(),
                    "path": "p", "url": "http://a/p", "lastUpdateTime": at } } }))
            .await;
        self.create(json!({ "apiVersion": kustomization.0, "kind": kustomization.1,
            "metadata": metadata,
            "spec": { "interval": "1m", "prune": true, "wait": true, "path": "./prod",
                "sourceRef": { "kind": "OCIRepository", "name": "shop" } },
            "status": { "conditions": ready("False", "HealthCheckFailed"),
                "lastAttemptedRevision": format!("prod@{tried}"),
                "lastAppliedRevision": format!("prod@{good}"),
                "inventory": { "entries": [{ "id": "default_web_apps_Deployment", "v": "v1" }] } } }))
            .await;
        let labels = json!({ "app": "web" });
        self.create(json!({ "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": { "name": "web", "namespace": "default" },
            "spec": { "selector": { "matchLabels": labels }, "template": {
                "metadata": { "labels": labels },
                "spec": { "containers": [{ "name": "web", "image": "registry.test/shop:2" }] } } } }))
            .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_image_is_explained_with_its_mover_from_live_parts() {
    let world = World::start().await;
    let (one, two) = (world.push("1").await, world.push("2").await);
    world.shift("dev", &one, "1.0.0", Kind::Push).await;
    world.shift("prod", &one, "1.0.0", Kind::Promote).await;
    world.shift("prod", &two, "2.0.0", Kind::Promote).await;
    world.deliver(&one, &two).await;
    let (insight, target) = (world.insight(), Target::parse("ks/shop", "default").unwrap());
    let mut view = insight.explain(&target, Timestamp::now()).await.unwrap();
    for _ in 0..100 {
        if view.cause.is_some() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        view = insight.explain(&target, Timestamp::now()).await.unwrap();
    }
    assert_eq!(view.trouble, [""; 0]);
    assert_eq!(view.cause.unwrap().cause.kind.to_string(), "ImageNotFound");
    assert_eq!(view.bundle.unwrap().version.as_deref(), Some("2.0.0"));
    assert_eq!(view.last_good.unwrap().version.as_deref(), Some("1.0.0"));
    let mover = view.mover.unwrap();
    assert_eq!(mover.sentence(), "mira promoted 2.0.0 from dev (“release 2.0.0”)");
    assert_eq!(mover.from_version.as_deref(), Some("1.0.0"));
    let pod = world.cluster.resource("v1", "Pod").await.unwrap();
    let pods = world.cluster.list(&pod, "default", "").await.unwrap();
    let pod = format!("pod/{}", pods[0]["metadata"]["name"].as_str().unwrap());
    let target = Target::parse(&pod, "default").unwrap();
    let behind = insight.explain(&target, Timestamp::now()).await.unwrap();
    assert_eq!(behind.delivery.object.to_string(), "Kustomization/default/shop");
}

#[tokio::test(flavor = "multi_thread")]
async fn holds_foreign_moves_and_channels_that_nobody_follows_are_seen() {
    let world = World::start().await;
    let (one, two) = (world.push("1").await, world.push("2").await);
    world.shift("dev", &one, "1.0.0", Kind::Push).await;
    world.shift("prod", &one, "1.0.0", Kind::Promote).await;
    let hold = MarkRequest {
        channel: "prod".parse().unwrap(),
        about: None,
        provenance: Provenance { actor: Some("olu".into()), ..Provenance::default() },
        reason: Some("freeze".into()),
        at: Timestamp::now(),
        id: Ulid::generate(),
    };
    world.ledger.hold(&hold).await.unwrap();
    let moved = world.ledger.repository().with_digest(two.clone());
    world.registry.tag(&moved, "prod").await.unwrap();
    world.deliver(&one, &two).await;
    let status = world.insight().status("", Timestamp::now()).await.unwrap();
    assert_eq!(status.environments, ["dev", "prod"]);
    let app = status.app("shop").unwrap();
    let (dev, prod) = (&app.environments[0], &app.environments[1]);
    assert!(dev.deliveries.is_empty());
    assert_eq!(dev.channel.version.as_deref(), Some("1.0.0"));
    assert_eq!(prod.state, State::Failing);
    assert_eq!(prod.channel.hold().unwrap().sentence(), "held by olu: “freeze”");
    let foreign = prod.channel.out_of_band.as_ref().unwrap();
    assert_eq!(foreign.actual.as_deref(), Some(two.to_string().as_str()));
    let target = Target::parse("ks/shop", "default").unwrap();
    let view = world.insight().explain(&target, Timestamp::now()).await.unwrap();
    assert_eq!(view.mover, None, "nobody's name belongs to a foreign move");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registry_that_does_not_answer_is_a_sentence() {
    let world = World::start().await;
    let one = world.push("1").await;
    world.deliver(&one, &one).await;
    let nowhere = registry::Settings { retry: registry::RetryPolicy::once(), ..Default::default() };
    let insight = Insight::new(world.cluster.clone(), Registry::new(nowhere).unwrap());
    let source = world.cluster.resource("source.toolkit.fluxcd.io/v1", "OCIRepository").await;
    let source = source.unwrap();
    let mut object = world.cluster.get(&source, "default", "shop").await.unwrap().unwrap();
    object["spec"]["url"] = "oci://127.0.0.1:1/gone".into();
    object["metadata"] = json!({ "name": "gone", "namespace": "default" });
    world.cluster.create(&source, &object).await.unwrap();
    let status = insight.status("", Timestamp::now()).await.unwrap();
    assert_eq!(status.trouble.len(), 1, "{:?}", status.trouble);
    assert!(status.trouble[0].starts_with("the ledger of `127.0.0.1:1/gone` cannot be read: "));
    assert_eq!(status.apps.len(), 2);
}
