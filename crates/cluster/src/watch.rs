//! Shared watches: what the API server has, kept current without polling.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, RwLock};

use futures::StreamExt as _;
use kube::Client;
use kube::api::{Api, DynamicObject, TypeMeta};
use kube::runtime::{WatchStreamExt as _, watcher};
use plan::Fields;
use serde_json::Value;
use tokio::sync::{broadcast, watch};
use tokio::task::AbortHandle;

use crate::connect::Cluster;
use crate::mapping::Resource;

/// Namespace (empty for cluster-scoped objects) and name.
pub type Key = (String, String);

/// Which objects of a kind are watched.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Selection {
    /// Every object.
    All,
    /// Every object in one namespace.
    Namespace(String),
    /// Objects that match a label selector.
    Labels(String),
    /// One object.
    One(Key),
}

impl Selection {
    /// Objects that some Kustomization applied.
    pub fn owned() -> Self {
        Self::Labels(plan::OWNER_NAME.to_owned())
    }
}

/// One change of one object; `None` stands for absence.
#[derive(Debug, Clone)]
pub struct Change {
    /// The object.
    pub key: Key,
    /// As it was, if it was known.
    pub before: Option<Arc<Seen>>,
    /// As it is.
    pub after: Option<Arc<Seen>>,
}

/// An object as a watch keeps it: without managed fields, and without the data of Secrets.
#[derive(Debug, PartialEq)]
pub struct Seen {
    /// The object.
    pub fields: Fields,
    /// The fields that the engine's field manager owned, as text; `None` when it owned none.
    pub owned_fields: Option<String>,
}

/// A running watch of one kind. Cloning shares it; it ends with the last clone.
#[derive(Clone)]
pub struct Watch {
    inner: Arc<Inner>,
}

struct Inner {
    items: Arc<Items>,
    task: AbortHandle,
}

struct Items {
    objects: RwLock<BTreeMap<Key, Arc<Seen>>>,
    changes: broadcast::Sender<Change>,
    state: watch::Sender<State>,
}

/// How far a watch is.
#[derive(Debug, Clone, Default)]
pub struct State {
    /// Whether the first list is complete.
    pub is_ready: bool,
    /// Rises with each change.
    pub version: u64,
    /// Why the watch does not get on, if it does not.
    pub trouble: Option<String>,
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch").finish_non_exhaustive()
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The watches that are under way, by kind and selection.
pub(crate) struct Watches {
    client: Client,
    running: Mutex<BTreeMap<(String, String, Selection), Watch>>,
}

impl Watches {
    pub(crate) fn new(client: Client) -> Self {
        Self { client, running: Mutex::default() }
    }

    fn join(&self, key: (String, String, Selection), start: impl FnOnce() -> Watch) -> Watch {
        let mut running = self.running.lock().expect("no holder of this lock panics");
        running.entry(key).or_insert_with(start).clone()
    }
}

impl Cluster {
    /// Joins the shared watch of a kind, starting it if nobody has; it then runs on.
    pub fn watch(&self, resource: &Resource, selection: &Selection) -> Watch {
        let key = (resource.api.api_version.clone(), resource.api.kind.clone(), selection.clone());
        self.watches.join(key, || self.watch_apart(resource, selection))
    }

    /// Starts a watch that nobody else joins; it ends when it is dropped.
    pub fn watch_apart(&self, resource: &Resource, selection: &Selection) -> Watch {
        let items = Arc::new(Items {
            objects: RwLock::default(),
            changes: broadcast::channel(1024).0,
            state: watch::Sender::default(),
        });
        let task =
            run(self.watches.client.clone(), resource.clone(), selection.clone(), items.clone());
        let task = tokio::spawn(task).abort_handle();
        Watch { inner: Arc::new(Inner { items, task }) }
    }
}

impl Watch {
    /// The object as last seen.
    pub fn get(&self, key: &Key) -> Option<Arc<Seen>> {
        self.read().get(key).cloned()
    }

    /// All objects as last seen, sorted by key.
    pub fn list(&self) -> Vec<(Key, Arc<Seen>)> {
        self.read().iter().map(|(key, seen)| (key.clone(), seen.clone())).collect()
    }

    /// Changes from now on; a receiver that falls 1,024 behind is told so and has to look at [`Watch::list`].
    pub fn changes(&self) -> broadcast::Receiver<Change> {
        self.inner.items.changes.subscribe()
    }

    /// The progress of the watch, to wait on.
    pub fn state(&self) -> watch::Receiver<State> {
        self.inner.items.state.subscribe()
    }

    /// Waits until the first list is complete.
    pub async fn ready(&self) {
        let mut state = self.state();
        // The sender lives in `self`, so waiting can only end with readiness.
        drop(state.wait_for(|state| state.is_ready).await);
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, BTreeMap<Key, Arc<Seen>>> {
        self.inner.items.objects.read().expect("no holder of this lock panics")
    }
}

async fn run(client: Client, resource: Resource, selection: Selection, items: Arc<Items>) {
    let mut config = watcher::Config::default();
    let mut api: Api<DynamicObject> = Api::all_with(client.clone(), &resource.api);
    match &selection {
        Selection::All => {}
        Selection::Namespace(namespace) => {
            if resource.is_namespaced {
                api = Api::namespaced_with(client, namespace, &resource.api);
            }
        }
        Selection::Labels(labels) => config = config.labels(labels),
        Selection::One((namespace, name)) => {
            config = config.fields(&format!("metadata.name={name}"));
            if resource.is_namespaced {
                api = Api::namespaced_with(client, namespace, &resource.api);
            }
        }
    }
    let mut listed = BTreeMap::new();
    let mut stream = watcher(api, config).default_backoff().boxed();
    while let Some(event) = stream.next().await {
        match event {
            Ok(watcher::Event::Init) => listed.clear(),
            Ok(watcher::Event::InitApply(object)) => {
                let (key, seen) = seen(object, &resource);
                listed.insert(key, Arc::new(seen));
            }
            Ok(watcher::Event::InitDone) => items.replace(std::mem::take(&mut listed)),
            Ok(watcher::Event::Apply(object)) => {
                let (key, seen) = seen(object, &resource);
                items.set(key, Some(Arc::new(seen)));
            }
            Ok(watcher::Event::Delete(object)) => items.set(seen(object, &resource).0, None),
            Err(error) => items.trouble(&error.to_string()),
        }
    }
}

impl Items {
    fn set(&self, key: Key, after: Option<Arc<Seen>>) {
        let before = {
            let mut objects = self.objects.write().expect("no holder of this lock panics");
            match &after {
                Some(seen) => objects.insert(key.clone(), seen.clone()),
                None => objects.remove(&key),
            }
        };
        // Nobody listening is fine: the store is what counts.
        drop(self.changes.send(Change { key, before, after }));
        self.state.send_modify(|state| {
            state.version += 1;
            state.trouble = None;
        });
    }

    /// Takes over a complete list; what differs from before is told as changes.
    fn replace(&self, listed: BTreeMap<Key, Arc<Seen>>) {
        let before = {
            let mut objects = self.objects.write().expect("no holder of this lock panics");
            std::mem::replace(&mut *objects, listed.clone())
        };
        for (key, old) in &before {
            if !listed.contains_key(key) {
                let change = Change { key: key.clone(), before: Some(old.clone()), after: None };
                drop(self.changes.send(change));
            }
        }
        for (key, new) in listed {
            let old = before.get(&key).cloned();
            if old.as_ref() != Some(&new) {
                drop(self.changes.send(Change { key, before: old, after: Some(new) }));
            }
        }
        self.state.send_modify(|state| {
            state.is_ready = true;
            state.version += 1;
            state.trouble = None;
        });
    }

    fn trouble(&self, what: &str) {
        self.state.send_modify(|state| state.trouble = Some(what.to_owned()));
    }
}

/// Turns an object of the client library into what is kept.
///
/// Items of a list do not say their kind; health and much else go by it.
fn seen(mut object: DynamicObject, resource: &Resource) -> (Key, Seen) {
    object.types = Some(TypeMeta {
        api_version: resource.api.api_version.clone(),
        kind: resource.api.kind.clone(),
    });
    let key = (
        object.metadata.namespace.clone().unwrap_or_default(),
        object.metadata.name.clone().unwrap_or_default(),
    );
    let mut fields = match serde_json::to_value(object) {
        Ok(Value::Object(fields)) => fields,
        _ => Fields::new(),
    };
    let owned_fields = owned_fields(&fields);
    if let Some(Value::Object(metadata)) = fields.get_mut("metadata") {
        metadata.remove("managedFields");
    }
    if fields.get("kind").and_then(Value::as_str) == Some("Secret") {
        fields.remove("data");
    }
    (key, Seen { fields, owned_fields })
}

/// The fields that the engine's field manager has applied, as text; `None` when it has applied none.
pub(crate) fn owned_fields(object: &Fields) -> Option<String> {
    let entries = object.get("metadata")?.get("managedFields")?.as_array()?;
    let is_ours = |entry: &&Value| {
        let text = |field: &str| entry.get(field).and_then(Value::as_str);
        text("manager") == Some(api::label::APPLY_MANAGER)
            && text("operation") == Some("Apply")
            && text("subresource").unwrap_or_default().is_empty()
    };
    let fields = entries.iter().find(is_ours)?.get("fieldsV1");
    Some(fields.map(Value::to_string).unwrap_or_default())
}
