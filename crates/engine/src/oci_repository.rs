//! `OCIRepository`: keeping the newest bundle of a repository at hand.
//!
//! ```text
//!   spec ──▶ pin ──▶ Pinned ──▶ verify ──▶ Verified<Pinned> ──▶ fetch ──▶ Verified<Fetched> ──▶ unpack
//!                     │ the same as before: done                                               │
//!   status ◀──────────┴──────────────────── conclude ◀──── Verified<Bundle> ◀──────────────────┘
//! ```

mod conclude;
mod report;

use std::sync::Arc;
use std::time::Duration;

use api::condition::{SOURCE_VERIFIED, find};
use api::{OCIRepository, OCIRepositorySpec};
use registry::{Reference, Registry};
use tokio::sync::Notify;
use trust::Verified;

use crate::context::{Context, read};
use crate::error::Error;
use crate::next_visit::{Rhythm, Visit, chance, next_visit};
use crate::object;
use crate::queue::Key;
use crate::source::{Bundle, Revision, client, fetch, pin, unpack};
use crate::verify::verify;

/// What a visit to a source found.
pub(crate) enum Found {
    /// The content that is held is what upstream has.
    Unchanged,
    /// There is new content, or the same made by other rules.
    New(Arc<Verified<Bundle>>),
}

/// Brings one source up to date, then writes down what happened; returns when the next visit is due.
///
/// A source that cannot be fetched keeps what it holds: the last good content stays in use.
pub(crate) async fn reconcile(
    context: Arc<Context>,
    key: Key,
    _outdated: Arc<Notify>,
) -> Option<Duration> {
    let Some(seen) = context.repositories.seen(&key) else {
        context.sources.release(&key);
        context.metrics.forget("OCIRepository", &key);
        return None;
    };
    let started = context.now();
    let repository: OCIRepository = match read(&seen) {
        Ok(repository) => repository,
        Err(unreadable) => {
            tracing::warn!(namespace = key.0, name = key.1, "{}", unreadable.sentence());
            return None;
        }
    };
    if repository.metadata.deletion_timestamp.is_some() {
        context.sources.release(&key);
        let gone = object::remove_finalizer(&context.cluster, &context.repositories, &key).await;
        return gone.is_err().then_some(Duration::from_secs(1));
    }
    if repository.spec.suspend {
        return None;
    }
    if let Err(error) = object::add_finalizer(&context.cluster, &context.repositories, &seen).await
    {
        tracing::warn!(namespace = key.0, name = key.1, "finalizer: {}", error.sentence());
    }
    let result = refresh(&context, &key, &repository).await;
    let attempts = context.repositories.count(&key, result.is_err());
    let visit = match &result {
        Ok(_) => Visit::Done,
        Err(error) if error.is_stalling() => Visit::Over,
        Err(error) => Visit::Failed { retry: error.retry(), attempts },
    };
    let chance = chance(started);
    let pause = next_visit(visit, rhythm(&context, &repository.spec), chance);
    if let Ok(Found::New(bundle)) = &result {
        context.sources.hold(key.clone(), bundle.clone());
    }
    report::finished(&context, &key, &repository, (&result, pause)).await;
    let took = context.now().duration_since(started).unsigned_abs();
    context.metrics.observe("OCIRepository", &key, took);
    pause
}

async fn refresh(context: &Context, key: &Key, repository: &OCIRepository) -> Result<Found, Error> {
    let spec = &repository.spec;
    let work = async {
        let registry = client(&context.sources.clients, &context.cluster, &key.0, spec).await?;
        let revision = pin(&registry, spec).await?;
        if is_held(context, key, repository, &revision) {
            return Ok(Found::Unchanged);
        }
        take(context, &registry, (&key.0, spec), revision).await.map(Found::New)
    };
    let slow = |_| Error::Slow { url: spec.url.clone(), seconds: spec.timeout.0.as_secs() };
    tokio::time::timeout(spec.timeout.0, Box::pin(work)).await.map_err(slow)?
}

/// Takes in one revision: verified, fetched, unpacked, in this order.
async fn take(
    context: &Context,
    registry: &Registry,
    (namespace, spec): (&str, &OCIRepositorySpec),
    revision: Revision,
) -> Result<Arc<Verified<Bundle>>, Error> {
    let _pull = context.pulls.acquire().await.expect("the pulls are never closed");
    let Revision { pinned, text } = revision;
    let place = (&context.cluster, namespace);
    let verified = Box::pin(verify(place, registry, spec, pinned)).await?;
    let fetch = |pinned| {
        let revision = Revision { pinned, text };
        Box::pin(fetch(&context.sources, registry, spec, revision))
    };
    let fetched = verified.try_map_async(fetch).await?;
    unpack(&context.sources, spec, context.settings.limits, fetched).await.map(Arc::new)
}

/// Tells whether the content at hand is of this revision, made by these rules, and verified as demanded.
fn is_held(context: &Context, key: &Key, repository: &OCIRepository, revision: &Revision) -> bool {
    let Some(held) = context.sources.held(key) else { return false };
    let Some(status) = &repository.status else { return false };
    let spec = &repository.spec;
    let is_recorded = status.artifact.as_ref().is_some_and(|artifact| {
        artifact.revision == revision.text
            && artifact.digest.as_deref() == Some(held.get().content.digest.as_str())
    });
    let verified = find(&status.conditions, SOURCE_VERIFIED);
    let is_verified = match (&spec.verify, verified) {
        (None, None) => true,
        (Some(_), Some(verified)) => {
            verified.status == "True"
                && verified.observed_generation == repository.metadata.generation
        }
        _ => false,
    };
    held.get().revision == revision.text
        && is_recorded
        && is_verified
        && status.observed_ignore == spec.ignore
        && status.observed_layer_selector == spec.layer_selector
}

/// Fetches again what a source holds according to its status, after a restart.
///
/// # Errors
///
/// Those of a fetch; [`Error::NoTag`] when the recorded revision has no digest.
pub(crate) async fn restore(
    context: &Context,
    key: &Key,
    repository: &OCIRepository,
    recorded: &str,
) -> Result<Arc<Verified<Bundle>>, Error> {
    let spec = &repository.spec;
    let unusable = || Error::NoTag {
        url: spec.url.clone(),
        reason: format!("the recorded revision `{recorded}` names no digest"),
    };
    let digest = recorded.rsplit_once('@').map_or(recorded, |(_, digest)| digest);
    let digest = digest.parse().map_err(|_| unusable())?;
    let name = spec.url.strip_prefix("oci://").unwrap_or(&spec.url);
    let reference = Reference::parse(name).map_err(|_| unusable())?;
    let revision = Revision { pinned: reference.pin(digest), text: recorded.to_owned() };
    let work = async {
        let registry = client(&context.sources.clients, &context.cluster, &key.0, spec).await?;
        take(context, &registry, (&key.0, spec), revision).await
    };
    let slow = |_| Error::Slow { url: spec.url.clone(), seconds: spec.timeout.0.as_secs() };
    let bundle = tokio::time::timeout(spec.timeout.0, Box::pin(work)).await.map_err(slow)??;
    context.sources.hold(key.clone(), bundle.clone());
    Ok(bundle)
}

fn rhythm(context: &Context, spec: &OCIRepositorySpec) -> Rhythm {
    Rhythm {
        interval: spec.interval.0,
        retry_interval: None,
        requeue_dependency: context.settings.requeue_dependency,
    }
}
