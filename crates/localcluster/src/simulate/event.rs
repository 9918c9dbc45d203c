//! Events: written once, counted when they come again, the oldest forgotten.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::kinds::Resource;
use crate::object;
use crate::store::Key;
use crate::world::{World, new_uid, random_hex};

/// How many events a cluster keeps.
const KEPT: usize = 1000;

/// Which event was written where.
#[derive(Debug, Default)]
pub(crate) struct Recorder {
    known: BTreeMap<(String, String, String), Key>,
    order: std::collections::VecDeque<(String, String, String)>,
}

/// What an event says.
pub(crate) struct Said<'a> {
    /// `Normal` or `Warning`.
    pub(crate) kind: &'a str,
    pub(crate) reason: &'a str,
    pub(crate) message: String,
    pub(crate) component: &'a str,
}

impl Recorder {
    /// Writes an event about `about`, or counts it when it was said before.
    pub(crate) fn record(&mut self, world: &World, about: &Value, said: &Said<'_>) {
        let same = (object::uid(about).to_owned(), said.reason.to_owned(), said.message.clone());
        if let Some(key) = self.known.get(&same)
            && let Some(live) = world.store.get(key)
        {
            let mut event = live.value.clone();
            event["count"] = json!(event["count"].as_i64().unwrap_or(1) + 1);
            event["lastTimestamp"] = json!(world.now());
            // Only this task counts events; if a user changed it meanwhile, the count may be lost.
            drop(world.store.commit(key, live.revision, Some(event)));
            return;
        }
        let key = Self::write(world, about, said);
        self.known.insert(same.clone(), key);
        self.order.push_back(same);
        while self.order.len() > KEPT {
            let Some(oldest) = self.order.pop_front() else { return };
            if let Some(key) = self.known.remove(&oldest)
                && let Some(live) = world.store.get(&key)
            {
                drop(world.store.commit(&key, live.revision, None));
            }
        }
    }

    fn write(world: &World, about: &Value, said: &Said<'_>) -> Key {
        let namespace = match object::namespace(about) {
            "" => "default",
            namespace => namespace,
        };
        let key = Key {
            resource: Resource::new("", "events"),
            namespace: namespace.into(),
            name: format!("{}.{}", object::name(about), random_hex(8)),
        };
        let now = world.now();
        let meta = &about["metadata"];
        let event = json!({
            "apiVersion": "v1", "kind": "Event",
            "metadata": {
                "name": key.name, "namespace": key.namespace, "uid": new_uid(), "creationTimestamp": now,
            },
            "involvedObject": {
                "apiVersion": about["apiVersion"], "kind": about["kind"], "name": meta["name"],
                "namespace": meta["namespace"], "uid": meta["uid"],
                "resourceVersion": meta["resourceVersion"],
            },
            "type": said.kind, "reason": said.reason, "message": said.message,
            "source": { "component": said.component },
            "reportingComponent": said.component, "reportingInstance": "",
            "firstTimestamp": now, "lastTimestamp": now, "count": 1,
        });
        // The name is new, so that nobody can have written there before.
        drop(world.store.commit(&key, 0, Some(event)));
        key
    }
}
