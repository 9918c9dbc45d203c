//! Kubernetes events about what the engine did.

use std::collections::BTreeMap;
use std::sync::Mutex;

use k8s_openapi::api::core::v1::Event;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use k8s_openapi::jiff::Timestamp;
use kube::api::{Patch, PatchParams};
use serde_json::{Value, json};

use crate::connect::Cluster;
use crate::error::Error;
use crate::mapping::Resource;

/// Something to tell about an object.
#[derive(Debug, Clone)]
pub struct Note {
    /// The object it is about.
    pub about: About,
    /// Whether it is a problem.
    pub is_warning: bool,
    /// A reason of the object's kind, such as `ReconciliationSucceeded`.
    pub reason: String,
    /// What happened.
    pub message: String,
    /// Annotations, keys prefixed with the object's API group.
    pub metadata: BTreeMap<String, String>,
    /// The controller's name, such as `kustomize-controller`.
    pub controller: String,
}

/// The object that an event is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct About {
    /// API version.
    pub api_version: String,
    /// Kind.
    pub kind: String,
    /// Namespace.
    pub namespace: String,
    /// Name.
    pub name: String,
    /// UID.
    pub uid: String,
    /// Resource version when the event happened.
    pub resource_version: String,
}

/// Remembers recent events, so that the same one is counted rather than repeated.
#[derive(Default)]
pub(crate) struct Recorder {
    recent: Mutex<BTreeMap<(String, String, String), Recent>>,
}

#[derive(Clone)]
struct Recent {
    name: String,
    count: i32,
}

/// How many events are remembered for counting.
const REMEMBERED: usize = 512;

/// Longest message that the API server takes in an event.
const LONGEST: usize = 1024;

/// Tells a note as a Kubernetes event at a moment.
///
/// The same note again raises the count of the earlier event.
///
/// # Errors
///
/// Those of [`Cluster::create`].
pub async fn record(cluster: &Cluster, note: &Note, now: Timestamp) -> Result<(), Error> {
    let resource = Resource::of::<Event>(true);
    let key = (note.about.uid.clone(), note.reason.clone(), note.message.clone());
    if let Some(recent) = cluster.recorder.again(&key) {
        let patch = json!({ "count": recent.count, "lastTimestamp": Time(now) });
        let place = (note.about.namespace.as_str(), recent.name.as_str());
        let params = PatchParams::default();
        match cluster.patch(&resource, place, &params, &Patch::Merge(patch)).await {
            Err(error) if error.is_not_found() => {}
            other => return other.map(drop),
        }
    }
    let name = format!("{}.{:x}", note.about.name, now.as_nanosecond());
    let Value::Object(event) = event(note, &name, now) else { return Ok(()) };
    cluster.create(&resource, &event).await?;
    cluster.recorder.remember(key, name);
    Ok(())
}

fn event(note: &Note, name: &str, now: Timestamp) -> Value {
    let about = &note.about;
    let mut message = note.message.clone();
    if message.len() > LONGEST {
        let end = (0..=LONGEST - 3).rev().find(|end| message.is_char_boundary(*end));
        message.truncate(end.unwrap_or_default());
        message.push('…');
    }
    json!({
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {
            "name": name,
            "namespace": about.namespace,
            "annotations": note.metadata,
        },
        "involvedObject": {
            "apiVersion": about.api_version,
            "kind": about.kind,
            "namespace": about.namespace,
            "name": about.name,
            "uid": about.uid,
            "resourceVersion": about.resource_version,
        },
        "type": if note.is_warning { "Warning" } else { "Normal" },
        "reason": note.reason,
        "message": message,
        "source": { "component": note.controller },
        "reportingComponent": note.controller,
        "reportingInstance": note.controller,
        "firstTimestamp": Time(now),
        "lastTimestamp": Time(now),
        "count": 1,
    })
}

impl Recorder {
    fn again(&self, key: &(String, String, String)) -> Option<Recent> {
        let mut recent = self.recent.lock().expect("no holder of this lock panics");
        let found = recent.get_mut(key)?;
        found.count = found.count.saturating_add(1);
        Some(found.clone())
    }

    fn remember(&self, key: (String, String, String), name: String) {
        let mut recent = self.recent.lock().expect("no holder of this lock panics");
        if recent.len() >= REMEMBERED {
            recent.clear();
        }
        recent.insert(key, Recent { name, count: 1 });
    }
}
