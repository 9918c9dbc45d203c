//! The status of a source at the end of a visit: a function of what was and what happened.

use api::condition::{
    self, ARTIFACT_IN_STORAGE, ARTIFACT_OUTDATED, FETCH_FAILED, READY, RECONCILING,
    SOURCE_VERIFIED, STALLED, STORAGE_OPERATION_FAILED, Status, Writer,
};
use api::{Artifact, OCIRepositorySpec, OCIRepositoryStatus, SourceReason as Reason};

use crate::error::Error;

/// The circumstances of the end.
pub(super) struct Finish<'a> {
    pub(super) writer: Writer,
    pub(super) spec: &'a OCIRepositorySpec,
    /// The value of `requestedAt` that this visit has acted upon.
    pub(super) requested_at: Option<String>,
    /// New content, where there is some.
    pub(super) artifact: Option<Artifact>,
    /// Stable address of the newest content.
    pub(super) url: String,
    /// When it will be tried again, as a clause for messages.
    pub(super) next: String,
}

/// Computes the status after a visit.
///
/// # Source
///
/// facts/flux.md §2.2, §2.5; conditions that speak of trouble exist only while it lasts.
pub(super) fn conclude(
    mut status: OCIRepositoryStatus,
    error: Option<&Error>,
    finish: Finish<'_>,
) -> OCIRepositoryStatus {
    status.last_handled_reconcile_at.clone_from(&finish.requested_at);
    match error {
        None => succeed(&mut status, finish),
        Some(error) => fail(&mut status, error, &finish),
    }
    status
}

fn succeed(status: &mut OCIRepositoryStatus, finish: Finish<'_>) {
    let writer = &finish.writer;
    if let Some(artifact) = finish.artifact {
        status.artifact = Some(artifact);
        status.url = Some(finish.url);
    }
    status.observed_generation = Some(writer.generation);
    status.observed_ignore.clone_from(&finish.spec.ignore);
    status.observed_layer_selector.clone_from(&finish.spec.layer_selector);
    let revision = status.artifact.as_ref().map(|artifact| artifact.revision.clone());
    let revision = revision.unwrap_or_default();
    let conditions = &mut status.conditions;
    for gone in [FETCH_FAILED, STORAGE_OPERATION_FAILED, ARTIFACT_OUTDATED, RECONCILING, STALLED] {
        condition::remove(conditions, gone);
    }
    let stored = format!("stored artifact for digest '{revision}'");
    let reason = Reason::Succeeded.as_str();
    writer.set(conditions, (READY, Status::True), reason, &stored);
    writer.set(conditions, (ARTIFACT_IN_STORAGE, Status::True), reason, &stored);
    if finish.spec.verify.is_some() {
        let message = format!("verified signature of revision {revision}");
        writer.set(conditions, (SOURCE_VERIFIED, Status::True), reason, &message);
    } else {
        condition::remove(conditions, SOURCE_VERIFIED);
    }
}

fn fail(status: &mut OCIRepositoryStatus, error: &Error, finish: &Finish<'_>) {
    let writer = &finish.writer;
    let reason = error.reason();
    let message = format!("{}{}", error.sentence(), finish.next);
    let conditions = &mut status.conditions;
    writer.set(conditions, (READY, Status::False), reason, &message);
    if matches!(error, Error::Verify { .. }) {
        writer.set(conditions, (SOURCE_VERIFIED, Status::False), reason, &message);
        condition::remove(conditions, FETCH_FAILED);
    } else {
        writer.set(conditions, (FETCH_FAILED, Status::True), reason, &message);
    }
    if error.is_stalling() {
        status.observed_generation = Some(writer.generation);
        writer.set(conditions, (STALLED, Status::True), reason, &message);
        condition::remove(conditions, RECONCILING);
    } else {
        let retrying = Reason::ProgressingWithRetry.as_str();
        writer.set(conditions, (RECONCILING, Status::True), retrying, &message);
        condition::remove(conditions, STALLED);
    }
}
