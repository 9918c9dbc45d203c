//! Noticing at once that somebody changed what the engine applied.
//!
//! The API server keeps, per field, who set it last. When another manager changes or removes a field of
//! ours, our entry loses it; when the object goes, the watch says so. Changes of anything else (status,
//! fields that the bundle does not name) leave our entry alone and are no drift.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, Weak};
use std::time::Duration;

use api::label::{OWNER_NAME, OWNER_NAMESPACE};
use cluster::apply::Applied;
use cluster::watch::{Change, Seen};
use cluster::{Resource, Selection, Watch};
use serde_json::Value;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, sleep};

use crate::context::Context;
use crate::queue::Key;

/// How long to gather changes before judging them; our own writes are known by then.
const GATHER: Duration = Duration::from_millis(250);

/// The longest pause between corrections when somebody keeps changing things back.
const LONGEST: Duration = Duration::from_mins(5);

/// After this long without drift, corrections are immediate again.
const CALM: Duration = Duration::from_mins(10);

/// API version, kind, namespace and name.
type Place = (String, String, Key);

/// How everything looked right after it was applied.
#[derive(Default)]
pub(crate) struct Expectations {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// By owner: our fields of each of its objects.
    owned: BTreeMap<Key, BTreeMap<Place, Option<String>>>,
    /// Kinds that are followed.
    followed: BTreeSet<(String, String)>,
    /// By owner: how often in a row, and when last.
    corrections: BTreeMap<Key, (u32, Instant)>,
}

/// Remembers how an owner's objects look after an apply, and follows their kinds.
pub(crate) fn expect(context: &Arc<Context>, owner: &Key, applied: &Applied) {
    let mut owned = BTreeMap::new();
    let mut kinds: Vec<Resource> = Vec::new();
    for target in &applied.targets {
        let api = &target.resource.api;
        let namespace =
            if target.resource.is_namespaced { target.id.namespace.clone() } else { String::new() };
        let key = (namespace, target.id.name.clone());
        let place = (api.api_version.clone(), api.kind.clone(), key);
        owned.insert(place, target.owned_fields.clone());
        if !kinds.contains(&target.resource) {
            kinds.push(target.resource.clone());
        }
    }
    let mut state = context.expectations.lock();
    state.owned.insert(owner.clone(), owned);
    for resource in kinds {
        let kind = (resource.api.api_version.clone(), resource.api.kind.clone());
        if state.followed.insert(kind) {
            let watch = context.cluster.watch(&resource, &Selection::owned());
            tokio::spawn(follow(Arc::downgrade(context), resource, watch));
        }
    }
}

impl Expectations {
    /// Forgets an owner: nothing of its objects is corrected any more.
    pub(crate) fn forget(&self, owner: &Key) {
        let mut state = self.lock();
        state.owned.remove(owner);
        state.corrections.remove(owner);
    }

    /// Tells whether an object looks otherwise than after the apply; `None` = it is gone.
    fn has_drifted(&self, owner: &Key, place: &Place, seen: Option<&Seen>) -> bool {
        let state = self.lock();
        let Some(expected) = state.owned.get(owner).and_then(|owned| owned.get(place)) else {
            return false;
        };
        match seen {
            None => true,
            Some(seen) => seen.owned_fields != *expected,
        }
    }

    /// Every object of a kind that should be there, with its owner.
    fn of_kind(&self, resource: &Resource) -> Vec<(Key, Key)> {
        let api = &resource.api;
        let is_meant =
            |(version, kind, _): &&Place| *version == api.api_version && *kind == api.kind;
        let state = self.lock();
        let owned = state.owned.iter();
        owned
            .flat_map(|(owner, places)| {
                let places = places.keys().filter(is_meant);
                places.map(move |(_, _, key)| (owner.clone(), key.clone()))
            })
            .collect()
    }

    /// How long to wait before the next correction: not at all, unless it keeps coming back.
    fn pause(&self, owner: &Key) -> Duration {
        let mut state = self.lock();
        let now = Instant::now();
        let (count, last) = state.corrections.entry(owner.clone()).or_insert((0, now));
        if now.duration_since(*last) > CALM {
            *count = 0;
        }
        *last = now;
        *count = count.saturating_add(1);
        match *count {
            0..=3 => Duration::ZERO,
            count => Duration::from_secs(1).saturating_mul(1 << (count - 4).min(16)).min(LONGEST),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no holder of this lock panics")
    }
}

/// Follows the changes of one kind for as long as the engine runs.
async fn follow(context: Weak<Context>, resource: Resource, watch: Watch) {
    let mut changes = watch.changes();
    // What went before the watch began is told by nobody.
    watch.ready().await;
    let mut suspects = everything(&context, &resource, &watch);
    loop {
        let next = async {
            if !suspects.is_empty() {
                sleep(GATHER).await;
            }
        };
        tokio::select! {
            change = changes.recv() => match change {
                Ok(change) => suspects.extend(suspect(&change)),
                Err(RecvError::Lagged(_)) => {
                    suspects.extend(everything(&context, &resource, &watch));
                }
                Err(RecvError::Closed) => return,
            },
            () = next, if !suspects.is_empty() => {
                let Some(context) = context.upgrade() else { return };
                judge(&context, &resource, &watch, &mut suspects);
            }
        }
    }
}

/// The owner and place of a changed object.
fn suspect(change: &Change) -> Option<(Key, Key)> {
    let seen = change.after.as_ref().or(change.before.as_ref())?;
    Some((owner(seen)?, change.key.clone()))
}

/// Every object of a kind that is there or should be, with its owner.
fn everything(context: &Weak<Context>, resource: &Resource, watch: &Watch) -> BTreeSet<(Key, Key)> {
    let listed = watch.list().into_iter();
    let there = listed.filter_map(|(key, seen)| Some((owner(&seen)?, key)));
    let expected = context.upgrade().map(|context| context.expectations.of_kind(resource));
    there.chain(expected.into_iter().flatten()).collect()
}

fn owner(seen: &Seen) -> Option<Key> {
    let labels = seen.fields.get("metadata")?.get("labels")?;
    let label = |key: &str| labels.get(key).and_then(Value::as_str).map(str::to_owned);
    Some((label(OWNER_NAMESPACE)?, label(OWNER_NAME)?))
}

/// Asks for a visit to the owners of what has drifted; owners at work are judged when they are done.
fn judge(
    context: &Context,
    resource: &Resource,
    watch: &Watch,
    suspects: &mut BTreeSet<(Key, Key)>,
) {
    let queue = &context.kustomizations.queue;
    let (later, now): (BTreeSet<_>, BTreeSet<_>) =
        std::mem::take(suspects).into_iter().partition(|(owner, _)| queue.is_running(owner));
    *suspects = later;
    let mut drifted = BTreeSet::new();
    for (owner, key) in now {
        let place = (resource.api.api_version.clone(), resource.api.kind.clone(), key.clone());
        let seen = watch.get(&key);
        if context.expectations.has_drifted(&owner, &place, seen.as_deref()) {
            tracing::info!(kind = place.1, namespace = key.0, name = key.1, "drift");
            drifted.insert(owner);
        }
    }
    for owner in drifted {
        let at = Instant::now() + context.expectations.pause(&owner);
        queue.visit_at(owner, at);
    }
}
