//! The demo's look at the cluster: tell it what to follow, then wait until something comes true.

use std::time::Duration;

use cluster::{Cluster, Key, Resource, Selection, Watch};
use kube::api::{Patch, PatchParams};
use registry::{Reference, Registry};
use serde_json::{Map, Value};

use crate::parts::Parts;
use crate::report::{Attempt as _, Report};

/// Where the sample's Kustomizations live.
const NAMESPACE: &str = "delivery";
const MANAGER: &str = "wharf-demo";

/// Waits for Kustomizations, by watching them.
pub(super) struct Observer {
    kustomizations: Watch,
    receivers: Watch,
    registry: Registry,
    repository: Reference,
}

impl Observer {
    /// Tells the cluster what to follow, and begins to watch.
    pub(super) async fn start(parts: &Parts, objects: &str) -> Result<Self, Report> {
        let cannot = || "cannot tell the cluster what to follow".to_owned();
        let cluster = parts.cluster();
        seed(cluster, objects).await?;
        let kustomizations = Resource::of::<api::Kustomization>(true);
        let receivers = Resource::of::<api::Receiver>(true);
        let repository = format!("{}/acme/shop", parts.registry_host());
        Ok(Self {
            kustomizations: cluster.watch(&kustomizations, &Selection::All),
            receivers: cluster.watch(&receivers, &Selection::All),
            registry: Registry::new(registry::Settings::default()).attempt(cannot)?,
            repository: Reference::parse(&repository).attempt(cannot)?,
        })
    }

    /// Where the receiver takes notifications, as its status says.
    pub(super) async fn receiver_path(&self) -> Result<String, Report> {
        let key = (NAMESPACE.to_owned(), "shop".to_owned());
        let path = || {
            let path = status(&self.receivers, &key)["webhookPath"].as_str()?.to_owned();
            Some(path).filter(|path| !path.is_empty())
        };
        let mut state = self.receivers.state();
        let arrived = state.wait_for(|_| path().is_some());
        drop(tokio::time::timeout(Duration::from_secs(30), arrived).await);
        path().ok_or_else(|| {
            Report::new("cannot start the story").reason("the receiver has no path after 30 s")
        })
    }

    /// Waits until the environment runs what its channel names now, and is healthy.
    pub(super) async fn healthy(&self, channel: &str, patience: Duration) -> Result<(), Report> {
        self.wait(channel, "lastAppliedRevision", "True", patience).await
    }

    /// Waits until the environment tried what its channel names now, and failed.
    pub(super) async fn failed(&self, channel: &str, patience: Duration) -> Result<(), Report> {
        self.wait(channel, "lastAttemptedRevision", "False", patience).await
    }

    async fn wait(
        &self,
        channel: &str,
        field: &str,
        ready: &str,
        patience: Duration,
    ) -> Result<(), Report> {
        let cannot = || format!("cannot follow `{channel}`");
        let tag = self.repository.with_tag(channel).attempt(cannot)?;
        let digest = self.registry.resolve(&tag).await.attempt(cannot)?.digest().to_string();
        let key = (NAMESPACE.to_owned(), format!("shop-{channel}"));
        let is_there = |status: &Value| {
            let revision = status[field].as_str().unwrap_or_default();
            revision.ends_with(&digest) && condition(status)["status"] == ready
        };
        let status = || status(&self.kustomizations, &key);
        let mut state = self.kustomizations.state();
        let arrived = state.wait_for(|_| is_there(&status()));
        match tokio::time::timeout(patience, arrived).await {
            Ok(_) => Ok(()),
            Err(_) => Err(Report::new(cannot())
                .reason(format!("`Ready` did not become {ready} within {patience:?}"))
                .reason(condition(&status())["message"].to_string())),
        }
    }
}

/// Applies objects one after another, as `kubectl apply --server-side` would.
async fn seed(cluster: &Cluster, objects: &str) -> Result<(), Report> {
    let cannot = || "cannot tell the cluster what to follow".to_owned();
    let namespace =
        format!("apiVersion: v1\nkind: Namespace\nmetadata: {{ name: {NAMESPACE} }}\n---\n");
    let (objects, _) = manifest::read("shop.yaml", (namespace + objects).as_bytes());
    for object in objects {
        let resource =
            cluster.resource(object.api_version(), object.kind()).await.attempt(cannot)?;
        let place = (object.namespace().unwrap_or_default(), object.name());
        let patch = Patch::Apply(Value::Object(Map::clone(&object.value)));
        let params = PatchParams::apply(MANAGER).force();
        cluster.patch(&resource, place, &params, &patch).await.attempt(cannot)?;
    }
    Ok(())
}

/// The status of a watched object; `null` while there is none.
fn status(watch: &Watch, key: &Key) -> Value {
    watch.get(key).and_then(|seen| seen.fields.get("status").cloned()).unwrap_or_default()
}

/// The `Ready` condition.
fn condition(status: &Value) -> Value {
    let conditions = status["conditions"].as_array().cloned().unwrap_or_default();
    conditions.into_iter().find(|one| one["type"] == "Ready").unwrap_or_default()
}
