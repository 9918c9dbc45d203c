//! What all visits share.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use api::{Kustomization, OCIRepository, Receiver};
use cluster::watch::Seen;
use cluster::{Cluster, Resource, Selection, Watch};
use k8s_openapi::jiff::Timestamp;
use manifest::Object;
use plan::Fields;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::sync::Semaphore;

use crate::cache::Cache;
use crate::drift::Expectations;
use crate::error::Error;
use crate::foreign::Followed;
use crate::metrics::Metrics;
use crate::object::metadata;
use crate::queue::{Key, Queue};
use crate::settings::Settings;
use crate::source::Sources;
use crate::webhook::Hooks;

/// What all visits share: the cluster as watched, queues, caches, clients.
pub(crate) struct Context {
    pub(crate) settings: Settings,
    pub(crate) cluster: Cluster,
    pub(crate) repositories: Kind,
    pub(crate) kustomizations: Kind,
    pub(crate) receivers: Kind,
    pub(crate) sources: Sources,
    /// Objects that a kustomize build made, by the digest of its inputs.
    pub(crate) renders: Cache<Arc<Vec<Object>>>,
    /// How many builds and applies may be under way.
    pub(crate) slots: Semaphore,
    /// How many bundles may be pulled and unpacked at the same time; apart from `slots`, because a
    /// delivery that holds a slot may have to pull.
    pub(crate) pulls: Semaphore,
    pub(crate) expectations: Expectations,
    pub(crate) hooks: Hooks,
    pub(crate) followed: Followed,
    pub(crate) metrics: Metrics,
    /// `host:port` under which artifacts can be fetched.
    pub(crate) artifact_host: String,
    users: Mutex<BTreeMap<String, Cluster>>,
    /// What each Kustomization at work delivers: revision and digest.
    delivering: Mutex<BTreeMap<Key, (String, String)>>,
}

/// One kind that the engine fulfils.
pub(crate) struct Kind {
    pub(crate) resource: Resource,
    pub(crate) watch: Watch,
    pub(crate) queue: Queue,
    /// How often each object has failed in a row.
    failures: Mutex<BTreeMap<Key, u32>>,
    /// What the API server answered to our own writes, until the watch shows it.
    written: Mutex<BTreeMap<Key, Arc<Seen>>>,
}

impl Context {
    pub(crate) fn new(settings: Settings, artifact_host: String) -> Result<Self, registry::Error> {
        let cluster = settings.cluster.clone();
        let looked_after =
            settings.watch_namespace.clone().map_or(Selection::All, Selection::Namespace);
        let kind = |resource| Kind::new(&cluster, resource, &looked_after);
        Ok(Self {
            repositories: kind(Resource::of::<OCIRepository>(true)),
            kustomizations: kind(Resource::of::<Kustomization>(true)),
            receivers: kind(Resource::of::<Receiver>(true)),
            sources: Sources::new(&settings)?,
            renders: Cache::new(settings.cache_bytes),
            slots: Semaphore::new(settings.concurrent.max(1)),
            pulls: Semaphore::new(settings.concurrent.max(1)),
            expectations: Expectations::default(),
            hooks: Hooks::default(),
            followed: Followed::default(),
            metrics: Metrics::default(),
            users: Mutex::default(),
            delivering: Mutex::default(),
            artifact_host,
            cluster,
            settings,
        })
    }

    /// The time.
    pub(crate) fn now(&self) -> Timestamp {
        (self.settings.now)()
    }

    /// Notes what a Kustomization at work delivers; `None` when it is done.
    pub(crate) fn note_delivery(&self, key: &Key, content: Option<(String, String)>) {
        let mut delivering = self.delivering.lock().expect("no holder of this lock panics");
        match content {
            Some(content) => drop(delivering.insert(key.clone(), content)),
            None => drop(delivering.remove(key)),
        }
    }

    /// Tells whether a Kustomization is at work on this content already.
    pub(crate) fn is_delivering(&self, key: &Key, content: &(String, String)) -> bool {
        let delivering = self.delivering.lock().expect("no holder of this lock panics");
        delivering.get(key) == Some(content)
    }

    /// The cluster as a ServiceAccount sees it.
    pub(crate) fn cluster_as(&self, namespace: &str, account: &str) -> Result<Cluster, Error> {
        let user = format!("system:serviceaccount:{namespace}:{account}");
        let mut users = self.users.lock().expect("no holder of this lock panics");
        if let Some(cluster) = users.get(&user) {
            return Ok(cluster.clone());
        }
        let cluster = self.cluster.on_behalf_of(&user)?;
        if users.len() >= 256 {
            users.clear();
        }
        users.insert(user, cluster.clone());
        Ok(cluster)
    }
}

impl Kind {
    fn new(cluster: &Cluster, resource: Resource, looked_after: &Selection) -> Self {
        Self {
            watch: cluster.watch(&resource, looked_after),
            resource,
            queue: Queue::default(),
            failures: Mutex::default(),
            written: Mutex::default(),
        }
    }

    /// The object as last seen: by the watch, or in an answer that the watch has not shown yet.
    ///
    /// Without the latter, a visit soon after another would start from an old status.
    pub(crate) fn seen(&self, key: &Key) -> Option<Arc<Seen>> {
        let mut written = self.written.lock().expect("no holder of this lock panics");
        let Some(watched) = self.watch.get(key) else {
            written.remove(key);
            return None;
        };
        match written.get(key) {
            Some(answer) if is_newer(answer, &watched) => Some(answer.clone()),
            _ => {
                written.remove(key);
                Some(watched)
            }
        }
    }

    /// Remembers what the API server answered to a write.
    pub(crate) fn wrote(&self, key: &Key, fields: Fields) {
        let answer = Arc::new(Seen { fields, owned_fields: None });
        self.written.lock().expect("no holder of this lock panics").insert(key.clone(), answer);
    }

    /// Counts a failure, or forgets earlier ones; how many there are in a row now.
    pub(crate) fn count(&self, key: &Key, has_failed: bool) -> u32 {
        let mut failures = self.failures.lock().expect("no holder of this lock panics");
        if !has_failed {
            failures.remove(key);
            return 0;
        }
        let count = failures.entry(key.clone()).or_default();
        *count = count.saturating_add(1);
        *count
    }
}

/// Tells whether `answer` is a later state of the same object.
fn is_newer(answer: &Seen, watched: &Seen) -> bool {
    let version =
        |seen: &Seen| metadata(seen, "resourceVersion").parse::<u64>().unwrap_or_default();
    metadata(answer, "uid") == metadata(watched, "uid") && version(answer) > version(watched)
}

/// Reads a watched object as one of the engine's kinds.
pub(crate) fn read<K: DeserializeOwned>(seen: &Seen) -> Result<K, Error> {
    serde_json::from_value(Value::Object(seen.fields.clone())).map_err(Error::Unreadable)
}
