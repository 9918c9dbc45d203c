//! Writing down what happened: conditions, history, events.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use api::condition::{self, READY, RECONCILING, Status, Writer};
use api::label::{APPLY_MANAGER, KUSTOMIZATION_STATUS_MANAGER, KUSTOMIZE_GROUP};
use api::{Interval, Kustomization, KustomizationReason as Reason, KustomizationStatus};
use cluster::event::{About, Note};
use cluster::watch::Seen;
use serde_json::{Value, json};

use super::Outcome;
use super::conclude::{Finish, conclude};
use crate::context::Context;
use crate::error::Error;
use crate::human_time::human;
use crate::object;
use crate::queue::Key;

/// Writes the status of one Kustomization during one visit, and knows what it wrote last.
pub(crate) struct Reporter<'a> {
    context: &'a Context,
    kustomization: &'a Kustomization,
    key: Key,
    now: Mutex<Now>,
}

/// What the status says now.
struct Now {
    status: KustomizationStatus,
    /// The revision that is being delivered.
    revision: Option<String>,
}

impl<'a> Reporter<'a> {
    pub(crate) fn new(context: &'a Context, kustomization: &'a Kustomization) -> Self {
        let metadata = &kustomization.metadata;
        Self {
            context,
            kustomization,
            key: (
                metadata.namespace.clone().unwrap_or_default(),
                metadata.name.clone().unwrap_or_default(),
            ),
            now: Mutex::new(Now {
                status: kustomization.status.clone().unwrap_or_default(),
                revision: None,
            }),
        }
    }

    /// Notes which revision is being delivered.
    pub(crate) fn begin(&self, revision: &str) {
        self.lock().revision = Some(revision.to_owned());
    }

    /// Tells what is going on, if there is something new to deliver or something to recover from.
    ///
    /// A revision that has failed before keeps its `Ready=False` while it is tried again.
    pub(crate) async fn progress(&self, message: &str) {
        let (before, after) = {
            let mut now = self.lock();
            if !self.is_news(&now) {
                return;
            }
            let before = now.status.clone();
            let writer = self.writer();
            let conditions = &mut now.status.conditions;
            let is_retry = condition::find(conditions, READY).is_some_and(|ready| {
                ready.status == "False"
                    && ready.reason != Reason::HealthCheckCanceled.as_str()
                    && ready.observed_generation == self.kustomization.metadata.generation
            }) && before.last_attempted_revision == now.revision;
            let conditions = &mut now.status.conditions;
            let reason = if is_retry { Reason::ProgressingWithRetry } else { Reason::Progressing };
            writer.set(conditions, (RECONCILING, Status::True), reason.as_str(), message);
            if !is_retry {
                writer.set(conditions, (READY, Status::Unknown), reason.as_str(), message);
            }
            (before, now.status.clone())
        };
        self.write(&before, &after).await;
    }

    /// Writes the end of the visit and tells it as events.
    pub(crate) async fn finished(
        &self,
        outcome: &Outcome,
        (result, took, pause): (&Result<(), Error>, Duration, Option<Duration>),
    ) {
        let first = self.kustomization.status.clone().unwrap_or_default();
        let before = self.lock().status.clone();
        let finish = Finish { writer: self.writer(), requested_at: self.requested_at(), took };
        let after = conclude(before.clone(), outcome, result, &finish);
        self.write(&before, &after).await;
        for note in notes(&first, &after, outcome, (result, took, pause)) {
            self.tell(note, outcome).await;
        }
    }

    /// Whether a person who looks at the status should see that work is going on.
    fn is_news(&self, now: &Now) -> bool {
        let status = &now.status;
        status.observed_generation != self.kustomization.metadata.generation
            || status.last_handled_reconcile_at != self.requested_at()
            || status.last_applied_revision != now.revision
            || !condition::is_true(&status.conditions, READY)
    }

    fn requested_at(&self) -> Option<String> {
        let annotations = self.kustomization.metadata.annotations.as_ref();
        let asked = annotations.and_then(|all| all.get(api::label::REQUESTED_AT)).cloned();
        let status = self.kustomization.status.as_ref();
        asked.or_else(|| status.and_then(|status| status.last_handled_reconcile_at.clone()))
    }

    async fn write(&self, before: &KustomizationStatus, after: &KustomizationStatus) {
        let json = |status| serde_json::to_value(status).unwrap_or_default();
        object::write_status(
            &self.context.cluster,
            &self.context.kustomizations,
            &self.key,
            (&json(before), &json(after)),
            KUSTOMIZATION_STATUS_MANAGER,
        )
        .await;
    }

    async fn tell(&self, (is_warning, reason, message): (bool, String, String), outcome: &Outcome) {
        let note = note(object::about(self.kustomization), (is_warning, reason, message), outcome);
        object::tell(self.context, note, self.context.now()).await;
    }

    fn writer(&self) -> Writer {
        Writer {
            generation: self.kustomization.metadata.generation.unwrap_or_default(),
            now: self.context.now(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Now> {
        self.now.lock().expect("no holder of this lock panics")
    }
}

type Told = (bool, String, String);

/// What is worth an event: changes, recovered health, failures, and finished deliveries that were news.
fn notes(
    first: &KustomizationStatus,
    after: &KustomizationStatus,
    outcome: &Outcome,
    (result, took, pause): (&Result<(), Error>, Duration, Option<Duration>),
) -> Vec<Told> {
    let mut notes: Vec<Told> = Vec::new();
    let effective = outcome.changes.effective();
    if !effective.is_empty() {
        notes.push((false, Reason::Progressing.to_string(), effective.to_string()));
    }
    match result {
        Err(Error::Superseded) => {}
        Err(error) => notes.push((true, error.reason().to_owned(), error.sentence())),
        Ok(()) => {
            let was_ready = condition::is_true(&first.conditions, READY);
            let is_news = !effective.is_empty()
                || !was_ready
                || first.last_applied_revision != after.last_applied_revision
                || first.last_handled_reconcile_at != after.last_handled_reconcile_at;
            if is_news && let Some(healthy) = outcome.healthy_after {
                let message = format!("Health check passed in {}", human(healthy));
                notes.push((false, Reason::Succeeded.to_string(), message));
            }
            if is_news {
                let next = pause.map_or_else(String::new, |pause| {
                    format!(", next run in {}", Interval(Duration::from_secs(pause.as_secs())))
                });
                let message = format!("Reconciliation finished in {}{next}", human(took));
                notes.push((false, Reason::ReconciliationSucceeded.to_string(), message));
            }
        }
    }
    notes
}

fn note(about: About, (is_warning, reason, message): Told, outcome: &Outcome) -> Note {
    let mut metadata = BTreeMap::new();
    let pairs = [("revision", &outcome.revision), ("originRevision", &outcome.origin_revision)];
    for (key, value) in pairs {
        if let Some(value) = value {
            metadata.insert(format!("{KUSTOMIZE_GROUP}/{key}"), value.clone());
        }
    }
    Note { about, is_warning, reason, message, metadata, controller: APPLY_MANAGER.to_owned() }
}

/// Tells a failure outside of a delivery.
pub(super) async fn event(context: &Context, kustomization: &Kustomization, error: &Error) {
    let told = (true, error.reason().to_owned(), error.sentence());
    let note = note(object::about(kustomization), told, &Outcome::default());
    object::tell(context, note, context.now()).await;
}

/// Writes the conditions of an object that cannot be read.
pub(super) async fn unreadable(context: &Context, seen: &Seen, error: &Error) {
    let generation = seen.fields.get("metadata").and_then(|all| all.get("generation"));
    let writer = Writer {
        generation: generation.and_then(Value::as_i64).unwrap_or_default(),
        now: context.now(),
    };
    let mut conditions = Vec::new();
    let message = error.sentence();
    writer.set(&mut conditions, (READY, Status::False), error.reason(), &message);
    writer.set(&mut conditions, (condition::STALLED, Status::True), error.reason(), &message);
    let key =
        (object::metadata(seen, "namespace").to_owned(), object::metadata(seen, "name").to_owned());
    let before = seen.fields.get("status").cloned().unwrap_or_default();
    let mut after = before.clone();
    if !after.is_object() {
        after = json!({});
    }
    after["conditions"] = json!(conditions);
    let kind = &context.kustomizations;
    let manager = KUSTOMIZATION_STATUS_MANAGER;
    object::write_status(&context.cluster, kind, &key, (&before, &after), manager).await;
}
