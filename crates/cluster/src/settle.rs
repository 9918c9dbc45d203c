//! Waiting until applied objects are healthy, from watches.

use std::collections::BTreeSet;
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::select_all;
use plan::{Health, HealthStatus, ObjectId};
use serde_json::Value;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until};

use crate::apply::Target;
use crate::connect::Cluster;
use crate::watch::{Key, Selection, State, Watch};

/// How long to gather further changes before looking again.
const GATHER: Duration = Duration::from_millis(20);

/// How waiting ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Every object is as asked.
    Current,
    /// An object has failed and will not recover by itself.
    Failed,
    /// The time was up.
    TimedOut,
}

/// The health of each object when waiting ended.
#[derive(Debug, Clone)]
pub struct Settled {
    /// How waiting ended.
    pub end: End,
    /// One verdict per target, in the order given.
    pub verdicts: Vec<(ObjectId, Health)>,
}

impl Settled {
    /// The objects that are not as asked.
    pub fn unready(&self) -> impl Iterator<Item = &(ObjectId, Health)> {
        self.verdicts.iter().filter(|(_, health)| !health.is_current())
    }
}

/// Objects that are being waited for, with the watches that show them.
pub struct Waiting<'a> {
    targets: &'a [Target],
    watches: Vec<Watch>,
    states: Vec<watch::Receiver<State>>,
    /// Targets that have been seen as applied.
    met: BTreeSet<usize>,
}

/// Waits until all targets are as asked, one has failed (with `fail_fast`), or `timeout` is up.
///
/// A target counts only once the watch shows at least the generation that was applied, so an answer
/// from before the apply is never taken for one from after it. Nothing is polled.
pub async fn settle(
    cluster: &Cluster,
    targets: &[Target],
    timeout: Duration,
    fail_fast: bool,
) -> Settled {
    Waiting::new(cluster, targets).settle(timeout, fail_fast).await
}

impl<'a> Waiting<'a> {
    /// Joins or starts the watches of all targets.
    pub fn new(cluster: &Cluster, targets: &'a [Target]) -> Self {
        let watches: Vec<Watch> = targets.iter().map(|target| watch_for(cluster, target)).collect();
        let states = watches.iter().map(Watch::state).collect();
        Self { targets, watches, states, met: BTreeSet::new() }
    }

    /// Waits as [`settle`] does; may be called again when the time was up, to wait longer.
    pub async fn settle(&mut self, timeout: Duration, fail_fast: bool) -> Settled {
        let deadline = Instant::now() + timeout;
        loop {
            for state in &mut self.states {
                state.mark_unchanged();
            }
            let verdicts = self.assess_all();
            let failed = verdicts.iter().any(|(_, health)| health.status == HealthStatus::Failed);
            if verdicts.iter().all(|(_, health)| health.is_current()) {
                return Settled { end: End::Current, verdicts };
            }
            if failed && fail_fast {
                return Settled { end: End::Failed, verdicts };
            }
            let change = select_all(self.states.iter_mut().map(|state| state.changed().boxed()));
            tokio::select! {
                _ = change => sleep(GATHER).await,
                () = sleep_until(deadline) => return Settled { end: End::TimedOut, verdicts },
            }
        }
    }

    fn assess_all(&mut self) -> Vec<(ObjectId, Health)> {
        let pairs = self.targets.iter().zip(&self.watches).enumerate();
        pairs
            .map(|(index, (target, watch))| {
                (target.id.clone(), assess(target, watch, index, &mut self.met))
            })
            .collect()
    }
}

fn watch_for(cluster: &Cluster, target: &Target) -> Watch {
    if target.is_owned {
        cluster.watch(&target.resource, &Selection::owned())
    } else {
        cluster.watch_apart(&target.resource, &Selection::One(key_of(target)))
    }
}

fn key_of(target: &Target) -> Key {
    let namespace =
        if target.resource.is_namespaced { target.id.namespace.clone() } else { String::new() };
    (namespace, target.id.name.clone())
}

/// The health of one target as far as its watch has got.
fn assess(target: &Target, watch: &Watch, index: usize, met: &mut BTreeSet<usize>) -> Health {
    let Some(seen) = watch.get(&key_of(target)) else {
        let state = watch.state().borrow().clone();
        return match state.trouble {
            _ if met.contains(&index) && may_vanish(&target.id) => current(),
            Some(trouble) => in_progress(format!("cannot be watched: {trouble}")),
            None if state.is_ready && target.uid.is_empty() => Health::not_found(),
            None => in_progress("not seen yet".to_owned()),
        };
    };
    let metadata = seen.fields.get("metadata");
    let uid = metadata.and_then(|all| all.get("uid")).and_then(Value::as_str).unwrap_or_default();
    let generation = metadata.and_then(|all| all.get("generation")).and_then(Value::as_i64);
    if !target.uid.is_empty() && uid != target.uid {
        return in_progress("the object from before the apply is still there".to_owned());
    }
    if generation.unwrap_or_default() < target.generation {
        return in_progress("the applied change has not been seen yet".to_owned());
    }
    met.insert(index);
    plan::health(&seen.fields)
}

/// Finished Jobs may be removed by their own time to live.
fn may_vanish(id: &ObjectId) -> bool {
    id.group == "batch" && id.kind == "Job"
}

fn current() -> Health {
    Health {
        status: HealthStatus::Current,
        reason: String::new(),
        message: "the object was there and has been removed after it finished".to_owned(),
    }
}

fn in_progress(message: String) -> Health {
    Health { status: HealthStatus::InProgress, reason: "NotObserved".to_owned(), message }
}
