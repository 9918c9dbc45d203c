//! The order in which objects are applied and deleted, and the waves that wait for each other.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use manifest::{Object, ObjectId};

/// Kinds applied before all others, in this order.
const FIRST: [&str; 23] = [
    "CustomResourceDefinition",
    "Namespace",
    "ClusterRole",
    "ClusterClass",
    "RuntimeClass",
    "PriorityClass",
    "StorageClass",
    "VolumeSnapshotClass",
    "IngressClass",
    "GatewayClass",
    "ClusterRoleBinding",
    "ResourceQuota",
    "ServiceAccount",
    "Role",
    "RoleBinding",
    "ConfigMap",
    "Secret",
    "Service",
    "LimitRange",
    "Deployment",
    "StatefulSet",
    "CronJob",
    "PodDisruptionBudget",
];

/// Kinds applied after all others: a webhook must not intercept what brings up its own backend.
const LAST: [&str; 2] = ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"];

/// Which of the four waves an object belongs to, in the order they run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WaveKind {
    /// CRDs, namespaces and cluster roles: what other objects need to be accepted at all.
    Definitions,
    /// Kinds whose name ends in `Class`.
    Classes,
    /// Kinds that the operator asked to have in a wave of their own.
    Custom,
    /// Everything else.
    Rest,
}

impl WaveKind {
    /// Tells whether the wave's objects must be ready (at most 60 s) before the next wave starts.
    pub fn must_settle(self) -> bool {
        self != Self::Rest
    }
}

/// Objects that are dry-run together and then applied, before the next wave is looked at.
#[derive(Debug, Clone, PartialEq)]
pub struct Wave {
    /// Which wave this is.
    pub kind: WaveKind,
    /// The objects in apply order; never empty.
    pub objects: Vec<Object>,
}

/// Splits objects into the waves that are not empty, each sorted in apply order.
///
/// `custom` holds the `(group, kind)` pairs that get their own wave before the rest.
///
/// # Source
///
/// facts/flux.md §4.6: the stages of Flux's `ApplyAllStaged`.
pub fn waves(mut objects: Vec<Object>, custom: &BTreeSet<(String, String)>) -> Vec<Wave> {
    sort(&mut objects);
    let mut waves: Vec<Wave> =
        [WaveKind::Definitions, WaveKind::Classes, WaveKind::Custom, WaveKind::Rest]
            .map(|kind| Wave { kind, objects: Vec::new() })
            .into();
    for object in objects {
        let kind = wave_of(&object, custom);
        waves[kind as usize].objects.push(object);
    }
    waves.retain(|wave| !wave.objects.is_empty());
    waves
}

/// Sorts objects in apply order: known kinds by rank, others by group and kind, then by namespace
/// and name.
pub fn sort(objects: &mut [Object]) {
    objects.sort_by_cached_key(|object| key(&object.id()));
}

/// Sorts ids in the order to delete them, the reverse of the apply order.
pub fn delete_order(ids: &mut [ObjectId]) {
    ids.sort_by(|a, b| compare_ids(b, a));
}

/// Compares two ids by apply order.
pub(crate) fn compare_ids(a: &ObjectId, b: &ObjectId) -> Ordering {
    key(a).cmp(&key(b))
}

fn key(id: &ObjectId) -> (isize, String, String, String, String) {
    let id = id.clone();
    (rank(&id.kind), id.group, id.kind, id.namespace, id.name)
}

/// Negative for kinds that go first, positive for those that go last, 0 between.
fn rank(kind: &str) -> isize {
    let position = |kinds: &[&str]| kinds.iter().position(|known| *known == kind);
    let place = |index: usize| isize::try_from(index).expect("the tables are short");
    if let Some(index) = position(&FIRST) {
        return place(index) - place(FIRST.len());
    }
    position(&LAST).map_or(0, |index| place(index) + 1)
}

fn wave_of(object: &Object, custom: &BTreeSet<(String, String)>) -> WaveKind {
    match object.kind() {
        "CustomResourceDefinition" | "Namespace" | "ClusterRole" => WaveKind::Definitions,
        kind if kind.ends_with("Class") => WaveKind::Classes,
        kind if custom.contains(&(object.group().to_owned(), kind.to_owned())) => WaveKind::Custom,
        _ => WaveKind::Rest,
    }
}

#[cfg(test)]
mod tests;
