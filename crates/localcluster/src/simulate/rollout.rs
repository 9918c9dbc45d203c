//! The arithmetic of a rolling update. Pure.
//!
//! # Source
//!
//! `k8s.io/kubernetes/pkg/controller/deployment`, `rolling.go` and `recreate.go`.

use std::sync::Arc;

use serde_json::Value;

use crate::object;
use crate::store::Stored;

/// A deployment's replica sets.
pub(crate) struct Sets {
    pub(crate) current: Option<Arc<Stored>>,
    pub(crate) old: Vec<Arc<Stored>>,
}

/// The sums over all replica sets.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Numbers {
    pub(crate) wanted: i64,
    pub(crate) replicas: i64,
    pub(crate) updated: i64,
    pub(crate) ready: i64,
    pub(crate) available: i64,
    max_unavailable: i64,
}

impl Numbers {
    pub(crate) fn is_complete(&self) -> bool {
        self.updated == self.wanted && self.replicas == self.wanted && self.available == self.wanted
    }

    pub(crate) fn is_available(&self) -> bool {
        self.available >= self.wanted - self.max_unavailable
    }

    pub(crate) fn unavailable(&self) -> i64 {
        (self.replicas - self.available).max(0)
    }
}

fn spec_replicas(set: &Stored) -> i64 {
    set.value["spec"]["replicas"].as_i64().unwrap_or(0)
}

fn status(set: &Stored, field: &str) -> i64 {
    set.value["status"][field].as_i64().unwrap_or(0)
}

impl Sets {
    fn all(&self) -> impl Iterator<Item = &Arc<Stored>> {
        self.current.iter().chain(&self.old)
    }

    fn sum(&self, of: impl Fn(&Stored) -> i64) -> i64 {
        self.all().map(|set| of(set)).sum()
    }

    pub(crate) fn numbers(&self, deployment: &Value) -> Numbers {
        let wanted = deployment["spec"]["replicas"].as_i64().unwrap_or(1);
        Numbers {
            wanted,
            replicas: self.sum(|set| status(set, "replicas")),
            updated: self.current.as_ref().map_or(0, |set| status(set, "replicas")),
            ready: self.sum(|set| status(set, "readyReplicas")),
            available: self.sum(|set| status(set, "availableReplicas")),
            max_unavailable: unavailable(deployment, wanted),
        }
    }
}

/// How many pods may be there beyond the wanted number.
pub(crate) fn surge(deployment: &Value, wanted: i64) -> i64 {
    let rolling = &deployment["spec"]["strategy"]["rollingUpdate"];
    resolve(&rolling["maxSurge"], wanted, true)
}

/// How many pods may be missing.
fn unavailable(deployment: &Value, wanted: i64) -> i64 {
    let rolling = &deployment["spec"]["strategy"]["rollingUpdate"];
    if deployment["spec"]["strategy"]["type"] == "Recreate" {
        return 0;
    }
    let missing = resolve(&rolling["maxUnavailable"], wanted, false).min(wanted);
    if missing == 0 && surge(deployment, wanted) == 0 { 1.min(wanted) } else { missing }
}

/// A number, or a percentage of `of`.
fn resolve(value: &Value, of: i64, round_up: bool) -> i64 {
    match value {
        Value::Number(number) => number.as_i64().unwrap_or(0),
        Value::String(text) => {
            let percent: i64 = text.trim_end_matches('%').parse().unwrap_or(0);
            (of * percent + if round_up { 99 } else { 0 }) / 100
        }
        _ => 0,
    }
}

/// The replica sets to scale now: name, from, to.
pub(crate) fn scale(deployment: &Value, sets: &Sets, is_paused: bool) -> Vec<(String, i64, i64)> {
    let wanted = deployment["spec"]["replicas"].as_i64().unwrap_or(1);
    let Some(current) = &sets.current else { return Vec::new() };
    let change = |set: &Stored, to: i64| {
        let from = spec_replicas(set);
        (from != to).then(|| (object::name(&set.value).to_owned(), from, to))
    };
    let active: Vec<_> = sets.old.iter().filter(|set| spec_replicas(set) > 0).collect();
    if is_paused {
        return Vec::new();
    }
    if active.is_empty() && sets.old.iter().all(|set| status(set, "replicas") == 0) {
        return change(current, wanted).into_iter().collect();
    }
    if deployment["spec"]["strategy"]["type"] == "Recreate" {
        return active.iter().filter_map(|set| change(set, 0)).collect();
    }
    rolling(deployment, wanted, sets, &change)
}

/// Tells a replica set's change to a number, unless it has that number.
type Change<'a> = &'a dyn Fn(&Stored, i64) -> Option<(String, i64, i64)>;

fn rolling(
    deployment: &Value,
    wanted: i64,
    sets: &Sets,
    change: Change<'_>,
) -> Vec<(String, i64, i64)> {
    let Some(current) = &sets.current else { return Vec::new() };
    let mut changes = Vec::new();
    let total = sets.sum(spec_replicas);
    let have = spec_replicas(current);
    let room = wanted + surge(deployment, wanted) - total;
    let mut grown = have;
    if have > wanted {
        grown = wanted;
    } else if room > 0 {
        grown = wanted.min(have + room);
    }
    changes.extend(change(current, grown));
    let least = wanted - unavailable(deployment, wanted);
    let not_serving = grown - status(current, "availableReplicas").min(grown);
    let mut may_go = total + (grown - have) - least - not_serving;
    let mut old: Vec<(&Arc<Stored>, i64)> =
        sets.old.iter().map(|set| (set, spec_replicas(set))).collect();
    // Old pods that do not serve go first: that costs nothing.
    for (set, left) in &mut old {
        let broken = (*left - status(set, "availableReplicas")).clamp(0, may_go.max(0));
        *left -= broken;
        may_go -= broken;
    }
    let available = sets.sum(|set| status(set, "availableReplicas"));
    let mut spare = (available - least).max(0);
    for (_, left) in &mut old {
        let gone = (*left).min(spare).min(may_go.max(0));
        *left -= gone;
        spare -= gone;
        may_go -= gone;
    }
    changes.extend(old.into_iter().filter_map(|(set, left)| change(set, left)));
    changes
}
