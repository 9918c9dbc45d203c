//! Everything an engine is told before it starts.

use std::net::SocketAddr;
use std::time::Duration;

use cluster::Cluster;
use cluster::lease::Terms;
use k8s_openapi::jiff::Timestamp;

/// How an engine works; every field given, nothing read from the environment.
#[derive(Clone)]
pub struct Settings {
    /// The API server to look after.
    pub cluster: Cluster,
    /// How registries are reached when a source says nothing else.
    pub registry: registry::Settings,
    /// The namespace that the engine itself runs in; for its lease and events.
    pub controller_namespace: String,
    /// The only namespace whose sources, Kustomizations and receivers are looked after; all when `None`.
    pub watch_namespace: Option<String>,
    /// How many objects of each kind are worked on at the same time; waiting for health does not count.
    pub concurrent: usize,
    /// How soon something that is waited for is looked at again, should its own change be missed.
    pub requeue_dependency: Duration,
    /// The shortest time that apply and health checks get, whatever the spec says; 30 s in Flux.
    pub minimum_timeout: Duration,
    /// The ServiceAccount on whose behalf objects are applied when a Kustomization names none.
    pub default_service_account: Option<String>,
    /// Forbids references to sources and dependencies in other namespaces.
    pub no_cross_namespace_references: bool,
    /// How much one bundle may be.
    pub limits: bundle::Limits,
    /// How many bytes of unpacked and built bundles are kept for reuse.
    pub cache_bytes: usize,
    /// The lease that an engine has to hold to work; `None` = it works at once.
    pub lease: Option<Terms>,
    /// Where webhooks are received; `None` = not at all.
    pub receiver_address: Option<SocketAddr>,
    /// Where `/metrics`, `/healthz`, `/readyz` and stored artifacts are served; `None` = not at all.
    pub status_address: Option<SocketAddr>,
    /// `host:port` under which others reach the artifacts; the bound address when `None`.
    pub advertised_address: Option<String>,
    /// The clock.
    pub now: fn() -> Timestamp,
}

impl Settings {
    /// Flux's defaults for one cluster, without servers.
    pub fn new(cluster: Cluster, registry: registry::Settings) -> Self {
        Self {
            cluster,
            registry,
            controller_namespace: "flux-system".to_owned(),
            watch_namespace: None,
            concurrent: 8,
            requeue_dependency: Duration::from_secs(30),
            minimum_timeout: Duration::from_secs(30),
            default_service_account: None,
            no_cross_namespace_references: false,
            limits: bundle::Limits::default(),
            cache_bytes: 256 << 20,
            lease: None,
            receiver_address: None,
            status_address: None,
            advertised_address: None,
            now: Timestamp::now,
        }
    }
}
