//! A world for one test: an API server, a registry, an engine, a namespace.

mod images;
mod publish;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use cluster::{Cluster, Connection, Resource};
use kube::api::{Patch, PatchParams};
use localcluster::LocalCluster;
use plan::Fields;
use registry::{Reference, Registry, Store};
use registry_server::RegistryServer;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use wharf_engine::{Engine, Settings, install_crds};

use images::Images;

/// How long anything may take before a test gives up.
const PATIENCE: Duration = Duration::from_secs(40);

/// Everything that one test needs.
pub(crate) struct World {
    pub(crate) cluster: Cluster,
    pub(crate) registry: Registry,
    /// `127.0.0.1:port` of the registry.
    pub(crate) host: String,
    /// The test's own namespace; a name that nothing else uses.
    pub(crate) namespace: String,
    engine: Option<Engine>,
    settings: Settings,
    serving: Option<Runtime>,
    store: Arc<Store>,
    _local: Option<LocalCluster>,
}

impl World {
    /// Starts everything.
    pub(crate) async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// Starts everything, with other settings than the usual ones.
    pub(crate) async fn start_with(change: impl FnOnce(&mut Settings)) -> Self {
        drop(
            tracing_subscriber::fmt()
                .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
                .with_test_writer()
                .try_init(),
        );
        let store = Arc::new(Store::memory());
        let (serving, host) = serve("127.0.0.1:0", store.clone());
        let registry = Registry::new(registry::Settings::default()).unwrap();
        let images = Images { registry: registry.clone(), host: host.clone() };
        let (cluster, local) = cluster(images).await;
        install_crds(&cluster).await.unwrap();
        let namespace = unique("t");
        let mut settings = Settings {
            watch_namespace: Some(namespace.clone()),
            minimum_timeout: Duration::from_secs(1),
            requeue_dependency: Duration::from_secs(5),
            receiver_address: Some("127.0.0.1:0".parse().unwrap()),
            status_address: Some("127.0.0.1:0".parse().unwrap()),
            ..Settings::new(cluster.clone(), registry::Settings::default())
        };
        change(&mut settings);
        let mut world = Self {
            cluster,
            registry,
            host,
            namespace: namespace.clone(),
            engine: None,
            settings,
            serving: Some(serving),
            store,
            _local: local,
        };
        let text = format!("apiVersion: v1\nkind: Namespace\nmetadata: {{name: {namespace}}}\n");
        world.apply(&text).await;
        world.start_engine().await;
        world
    }

    /// Starts the engine; it has to be stopped.
    pub(crate) async fn start_engine(&mut self) {
        self.engine = Some(Engine::start(self.settings.clone()).await.unwrap());
    }

    /// Stops the engine, as an upgrade would.
    pub(crate) async fn stop_engine(&mut self) {
        self.engine.take().unwrap().shutdown().await;
    }

    /// The settings that the engine is started with.
    pub(crate) fn settings(&self) -> Settings {
        self.settings.clone()
    }

    pub(crate) fn engine(&self) -> &Engine {
        self.engine.as_ref().unwrap()
    }

    /// Takes the registry off the network.
    pub(crate) async fn stop_registry(&mut self) {
        // With the runtime go all connections, also those that are kept open.
        self.serving.take().unwrap().shutdown_background();
        tokio::time::sleep(Duration::from_millis(50)).await;
    }

    /// Brings the registry back at the same address, with the same content.
    pub(crate) fn start_registry(&mut self) {
        self.serving = Some(serve(&self.host, self.store.clone()).0);
    }

    /// A reference in the test's registry.
    pub(crate) fn reference(&self, name: &str) -> Reference {
        Reference::parse(&format!("{}/{name}", self.host)).unwrap()
    }

    /// Applies YAML as a user would; `NS` and `HOST` stand for the namespace and the registry.
    pub(crate) async fn apply(&self, yaml: &str) {
        let text = self.fill(yaml);
        let (objects, problems) = manifest::read("test.yaml", text.as_bytes());
        assert!(problems.is_empty(), "{problems:?}\n{text}");
        for object in objects {
            let resource =
                self.cluster.resource(object.api_version(), object.kind()).await.unwrap();
            let place = (object.namespace().unwrap_or_default(), object.name());
            let params = PatchParams::apply("test").force();
            let patch = Patch::Apply(object.to_value());
            self.cluster.patch(&resource, place, &params, &patch).await.unwrap();
        }
    }

    /// Puts the world's names into a text.
    pub(crate) fn fill(&self, text: &str) -> String {
        text.replace("NS", &self.namespace).replace("HOST", &self.host)
    }

    /// Makes an OCIRepository `app` that follows `spec` (YAML of further fields).
    pub(crate) async fn source(&self, more: &str) {
        self.source_named("app", more).await;
    }

    pub(crate) async fn source_named(&self, name: &str, more: &str) {
        let text = format!(
            "apiVersion: source.toolkit.fluxcd.io/v1\nkind: OCIRepository\n\
             metadata: {{name: {name}, namespace: NS}}\n\
             spec:\n  url: oci://HOST/{name}\n{}",
            indent(&with_interval(more))
        );
        self.apply(&text).await;
    }

    /// Makes a Kustomization of the source `app`.
    pub(crate) async fn kustomization(&self, name: &str, more: &str) {
        let text = format!(
            "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\n\
             metadata: {{name: {name}, namespace: NS}}\n\
             spec:\n  sourceRef: {{kind: OCIRepository, name: app}}\n{}",
            indent(&with_interval(more))
        );
        self.apply(&text).await;
    }

    /// Sends a merge patch to an object in the test's namespace.
    pub(crate) async fn patch(&self, kind: &str, name: &str, patch: Value) {
        self.patch_as("kubectl-edit", kind, name, patch).await;
    }

    /// Sends a merge patch as somebody.
    pub(crate) async fn patch_as(&self, manager: &str, kind: &str, name: &str, patch: Value) {
        let resource = self.resource(kind).await;
        let place = (self.namespace.as_str(), name);
        let params =
            PatchParams { field_manager: Some(manager.to_owned()), ..PatchParams::default() };
        self.cluster.patch(&resource, place, &params, &Patch::Merge(patch)).await.unwrap();
    }

    /// Asks for a visit now, and waits until it has taken place.
    pub(crate) async fn ask(&self, kind: &str, name: &str) {
        let at = unique("at");
        self.patch(kind, name, requested(&at)).await;
        self.until(kind, name, |object| object["status"]["lastHandledReconcileAt"] == at).await;
    }

    /// Deletes an object in the test's namespace.
    pub(crate) async fn delete(&self, kind: &str, name: &str) {
        let resource = self.resource(kind).await;
        self.cluster.delete(&resource, &self.namespace, name).await.unwrap();
    }

    /// Reads an object in the test's namespace.
    pub(crate) async fn get(&self, kind: &str, name: &str) -> Option<Value> {
        let resource = self.resource(kind).await;
        let found = self.cluster.get(&resource, &self.namespace, name).await.unwrap();
        found.map(Value::Object)
    }

    /// Waits until an object is as it should be, and returns it.
    pub(crate) async fn until(
        &self,
        kind: &str,
        name: &str,
        is_so: impl Fn(&Value) -> bool,
    ) -> Value {
        let started = Instant::now();
        loop {
            let found = self.get(kind, name).await;
            if let Some(object) = found.as_ref().filter(|object| is_so(object)) {
                return object.clone();
            }
            if started.elapsed() > PATIENCE {
                let shown = found.map(|mut object| {
                    object["metadata"]["managedFields"] = Value::Null;
                    serde_json::to_string_pretty(&object).unwrap()
                });
                panic!("{kind} {name} is not as expected:\n{}", shown.unwrap_or_default());
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
    }

    /// Waits until an object does not exist.
    pub(crate) async fn until_gone(&self, kind: &str, name: &str) {
        let started = Instant::now();
        while self.get(kind, name).await.is_some() {
            assert!(started.elapsed() < PATIENCE, "{kind} {name} is still there");
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
    }

    /// Waits until a Kustomization has applied a revision of this digest and is ready.
    pub(crate) async fn until_applied(&self, name: &str, digest: &str) -> Value {
        self.until("Kustomization", name, |object| {
            let applied = object["status"]["lastAppliedRevision"].as_str().unwrap_or_default();
            applied.ends_with(digest) && ready(object).is_some_and(|it| it.0 == "True")
        })
        .await
    }

    /// Waits until `Ready` of an object has this status and reason.
    pub(crate) async fn until_ready(
        &self,
        kind: &str,
        name: &str,
        status: &str,
        reason: &str,
    ) -> Value {
        self.until(kind, name, |object| {
            ready(object).is_some_and(|it| (it.0.as_str(), it.1.as_str()) == (status, reason))
        })
        .await
    }

    /// Waits until there is an event of this type and reason about an object; its message.
    ///
    /// Events are written after the status that they tell of.
    pub(crate) async fn until_event(
        &self,
        (kind, name): (&str, &str),
        (type_, reason): (&str, &str),
    ) -> String {
        let started = Instant::now();
        loop {
            let events = self.events(kind, name).await;
            if let Some(found) = events.iter().find(|it| it.0 == type_ && it.1 == reason) {
                return found.2.clone();
            }
            assert!(started.elapsed() < PATIENCE, "no {type_} {reason} among {events:?}");
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
    }

    /// The events about an object: type, reason, message.
    async fn events(&self, kind: &str, name: &str) -> Vec<(String, String, String)> {
        let resource = self.resource("Event").await;
        let events = self.cluster.list(&resource, &self.namespace, "").await.unwrap();
        let text = |event: &Fields, key: &str| event[key].as_str().unwrap_or_default().to_owned();
        let about = |event: &Fields| {
            event["involvedObject"]["kind"] == kind && event["involvedObject"]["name"] == name
        };
        let events = events.iter().filter(|event| about(event));
        events
            .map(|event| (text(event, "type"), text(event, "reason"), text(event, "message")))
            .collect()
    }

    async fn resource(&self, kind: &str) -> Resource {
        let api_version = match kind {
            "OCIRepository" => "source.toolkit.fluxcd.io/v1",
            "Kustomization" => "kustomize.toolkit.fluxcd.io/v1",
            "Receiver" => "notification.toolkit.fluxcd.io/v1",
            "Deployment" => "apps/v1",
            "CustomResourceDefinition" => "apiextensions.k8s.io/v1",
            _ => "v1",
        };
        self.cluster.resource(api_version, kind).await.unwrap()
    }
}

/// Status, reason and message of `Ready`.
pub(crate) fn ready(object: &Value) -> Option<(String, String, String)> {
    condition(object, "Ready")
}

/// Status, reason and message of a condition, if it speaks about the current generation.
pub(crate) fn condition(object: &Value, type_: &str) -> Option<(String, String, String)> {
    let conditions = object["status"]["conditions"].as_array()?;
    let found = conditions.iter().find(|condition| condition["type"] == type_)?;
    if found["observedGeneration"] != object["metadata"]["generation"] {
        return None;
    }
    let text = |key: &str| found[key].as_str().unwrap_or_default().to_owned();
    Some((text("status"), text("reason"), text("message")))
}

/// The ids in the inventory of a Kustomization.
pub(crate) fn inventory(kustomization: &Value) -> Vec<String> {
    let entries = kustomization["status"]["inventory"]["entries"].as_array().cloned();
    let entries = entries.unwrap_or_default();
    entries.iter().map(|entry| entry["id"].as_str().unwrap_or_default().to_owned()).collect()
}

/// A ConfigMap in the test's namespace.
pub(crate) fn config_map(name: &str, value: &str) -> String {
    format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, namespace: NS}}\n\
         data: {{key: \"{value}\"}}\n"
    )
}

/// A Deployment in the test's namespace with one container, `web`.
pub(crate) fn deployment(name: &str, image: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}, namespace: NS}}\n\
         spec:\n  replicas: 1\n  selector: {{matchLabels: {{app: {name}}}}}\n  template:\n    \
         metadata: {{labels: {{app: {name}}}}}\n    spec:\n      \
         containers: [{{name: web, image: \"{image}\"}}]\n"
    )
}

/// Adds the usual interval unless the fields bring one.
fn with_interval(fields: &str) -> String {
    let has_one = fields.lines().any(|line| line.starts_with("interval:"));
    if has_one { fields.to_owned() } else { format!("interval: 10m\n{fields}") }
}

fn indent(text: &str) -> String {
    let lines: Vec<_> = text.lines().map(|line| format!("  {line}")).collect();
    lines.join("\n") + "\n"
}

/// Serves the registry in a runtime of its own; the runtime and `host:port`.
fn serve(address: &str, store: Arc<Store>) -> (Runtime, String) {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let listener = std::net::TcpListener::bind(address).unwrap();
    listener.set_nonblocking(true).unwrap();
    let host = listener.local_addr().unwrap().to_string();
    let server = RegistryServer::new(store, registry_server::Options::default());
    runtime.spawn(async move {
        let listener = TcpListener::from_std(listener).unwrap();
        drop(server.serve(listener, std::future::pending()).await);
    });
    (runtime, host)
}

impl Drop for World {
    fn drop(&mut self) {
        if let Some(serving) = self.serving.take() {
            serving.shutdown_background();
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the choice of API server is the test run's own")]
async fn cluster(images: Images) -> (Cluster, Option<LocalCluster>) {
    if let Ok(path) = std::env::var("WHARF_TEST_KUBECONFIG") {
        let connection = Connection::Kubeconfig { path: path.into(), context: None };
        return (Cluster::connect(&connection).await.unwrap(), None);
    }
    let options = localcluster::Options {
        images: Some(Arc::new(images)),
        ..localcluster::Options::in_memory()
    };
    let local = LocalCluster::start(options).await.unwrap();
    let cluster = Cluster::connect(&Connection::Url(local.url())).await.unwrap();
    (cluster, Some(local))
}

/// A name that no other test and no other run has used.
pub(crate) fn unique(prefix: &str) -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let now = k8s_openapi::jiff::Timestamp::now().as_millisecond();
    format!("{prefix}-{now:x}-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}

/// The value with which a visit is asked for.
pub(crate) fn requested(at: &str) -> Value {
    json!({ "metadata": { "annotations": { "reconcile.fluxcd.io/requestedAt": at } } })
}
