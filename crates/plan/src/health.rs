//! Whether a live object has become what it was asked to be (the kstatus rules).

mod builtin;
mod pod;
mod workload;

use std::fmt;

use crate::fields::{Fields, dig, group_and_version, list, number, text};

/// How far an object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
pub enum HealthStatus {
    /// The object is as asked.
    Current,
    /// The object is on its way.
    InProgress,
    /// The object will not get there by itself.
    Failed,
    /// The object is being deleted.
    Terminating,
    /// The object does not exist.
    NotFound,
    /// The object's status makes no sense.
    Unknown,
}

impl fmt::Display for HealthStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// The health of one object.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Health {
    /// How far it is.
    pub status: HealthStatus,
    /// A short CamelCase reason, such as `LessAvailable`; empty when current.
    pub reason: String,
    /// A sentence, such as `Available: 0/1`.
    pub message: String,
}

impl Health {
    /// The health of an object that the API server does not have.
    pub fn not_found() -> Self {
        Self::new(HealthStatus::NotFound, "NotFound", "Resource not found")
    }

    fn new(status: HealthStatus, reason: &str, message: impl Into<String>) -> Self {
        Self { status, reason: reason.to_owned(), message: message.into() }
    }

    fn current(message: impl Into<String>) -> Self {
        Self::new(HealthStatus::Current, "", message)
    }

    fn in_progress(reason: &str, message: impl Into<String>) -> Self {
        Self::new(HealthStatus::InProgress, reason, message)
    }

    fn failed(reason: &str, message: impl Into<String>) -> Self {
        Self::new(HealthStatus::Failed, reason, message)
    }

    /// Tells whether the object is as asked.
    pub fn is_current(&self) -> bool {
        self.status == HealthStatus::Current
    }
}

/// Computes the health of a live object.
///
/// A pod that cannot be scheduled counts as in progress here, because only time tells; see
/// [`health_at`].
///
/// # Source
///
/// facts/flux.md §4.8: kstatus' generic rules, then the rules of built-in kinds, then the `Ready`
/// condition; Jobs by Flux's own reader (current only when complete or suspended).
pub fn health(object: &Fields) -> Health {
    assess(object, None)
}

/// Computes the health of a live object at a given time.
///
/// Differs from [`health`] for pods only: one that is unschedulable 15 s after its creation has failed.
pub fn health_at(object: &Fields, now: jiff::Timestamp) -> Health {
    assess(object, Some(now))
}

fn assess(object: &Fields, now: Option<jiff::Timestamp>) -> Health {
    if let Some(health) = generic(object) {
        return health;
    }
    let (group, _) = group_and_version(text(object, &["apiVersion"]));
    match (group, text(object, &["kind"])) {
        ("apps", "Deployment") => workload::deployment(object),
        ("apps", "StatefulSet") => workload::stateful_set(object),
        ("apps", "DaemonSet") => workload::daemon_set(object),
        ("apps", "ReplicaSet") => workload::replica_set(object),
        ("batch", "Job") => workload::job(object),
        ("", "Pod") => pod::pod(object, now),
        ("", "PersistentVolumeClaim") => builtin::volume_claim(object),
        ("", "Service") => builtin::service(object),
        ("policy", "PodDisruptionBudget") => {
            Health::current("AllowedDisruptions has been computed.")
        }
        ("apiextensions.k8s.io", "CustomResourceDefinition") => builtin::definition(object),
        ("", "ConfigMap" | "Secret") | ("batch", "CronJob") => {
            Health::current("Resource is always ready")
        }
        _ => by_ready_condition(object),
    }
}

/// What holds for every kind: deletion, an unobserved generation, `Reconciling` and `Stalled`.
fn generic(object: &Fields) -> Option<Health> {
    if !text(object, &["metadata", "deletionTimestamp"]).is_empty() {
        let message = "Resource scheduled for deletion";
        return Some(Health::new(HealthStatus::Terminating, "Terminating", message));
    }
    let generation = number(object, &["metadata", "generation"]);
    let observed = number(object, &["status", "observedGeneration"]);
    if let (Some(generation), Some(observed)) = (generation, observed)
        && generation != observed
    {
        let kind = text(object, &["kind"]);
        let message = format!(
            "{kind} generation is {generation}, but latest observed generation is {observed}"
        );
        return Some(Health::in_progress("LatestGenerationNotObserved", message));
    }
    conditions(object).find_map(|condition| match (condition.kind, condition.status) {
        ("Reconciling", "True") => Some(Health::in_progress(condition.reason, condition.message)),
        ("Stalled", "True") => Some(Health::failed(condition.reason, condition.message)),
        _ => None,
    })
}

fn by_ready_condition(object: &Fields) -> Health {
    match conditions(object).find(|condition| condition.kind == "Ready") {
        Some(ready) if ready.status == "True" => Health::current("Resource is Ready"),
        Some(ready) if ready.status == "False" || ready.status == "Unknown" => {
            Health::in_progress(ready.reason, ready.message)
        }
        _ => Health::current("Resource is current"),
    }
}

/// One entry of `status.conditions`.
pub(crate) struct ConditionView<'a> {
    pub(crate) kind: &'a str,
    pub(crate) status: &'a str,
    pub(crate) reason: &'a str,
    pub(crate) message: &'a str,
    pub(crate) since: Option<jiff::Timestamp>,
}

/// Iterates over `status.conditions`.
pub(crate) fn conditions(object: &Fields) -> impl Iterator<Item = ConditionView<'_>> {
    list(object, &["status", "conditions"]).map(|condition| ConditionView {
        kind: text(condition, &["type"]),
        status: text(condition, &["status"]),
        reason: text(condition, &["reason"]),
        message: text(condition, &["message"]),
        since: text(condition, &["lastTransitionTime"]).parse().ok(),
    })
}

/// The whole number at `path`, or `default`.
fn count(object: &Fields, path: &[&str], default: i64) -> i64 {
    dig(object, path).and_then(|_| number(object, path)).unwrap_or(default)
}
