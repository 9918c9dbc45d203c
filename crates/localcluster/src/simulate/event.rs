//! Events: written once, counted when they come again, the oldest forgotten.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::kinds::Resource;
use crate::object;
use crate::store::Key;
use crate::world::{World, new_uid, random_hex};

/// How many events a cluster keeps.
const KEPT: usize = 1000;

/// How long an event is kept, as a real server has it.
const LIFETIME_SECONDS: i64 = 3600;

/// Which event was written where.
#[derive(Debug, Default)]
pub(crate) struct Recorder {
    known: BTreeMap<(String, String, String), Key>,
    order: std::collections::VecDeque<(String, String, String)>,
    seen: u64,
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

    /// Forgets the oldest events, of whoever, when there are too many or they are older than an hour.
    pub(crate) fn cap(&mut self, world: &World) {
        self.seen += 1;
        if !self.seen.is_multiple_of(100) {
            return;
        }
        let events = Resource::new("", "events");
        let (mut all, _) = world.store.list(&events, "");
        all.sort_by_key(|event| event.revision);
        let excess = all.len().saturating_sub(KEPT);
        let limit = world.timestamp().as_second() - LIFETIME_SECONDS;
        let is_old = |event: &Value| {
            let last = event["lastTimestamp"].as_str().or(event["eventTime"].as_str());
            let time = last.unwrap_or_else(|| object::meta(event, "creationTimestamp"));
            time.parse::<jiff::Timestamp>().is_ok_and(|time| time.as_second() < limit)
        };
        for (index, event) in all.iter().enumerate() {
            if index < excess || is_old(&event.value) {
                let key = Key {
                    resource: events.clone(),
                    namespace: object::namespace(&event.value).into(),
                    name: object::name(&event.value).into(),
                };
                // Somebody who counts it just now makes it young again.
                drop(world.store.commit(&key, event.revision, None));
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
