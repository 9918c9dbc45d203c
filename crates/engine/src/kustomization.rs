//! Kustomizations: the way of one bundle into the cluster.
//!
//! ```text
//!   Request ──▶ dependencies ──▶ Verified<Bundle> ──▶ build ──▶ Built ──▶ Plan ──▶ apply ──▶ rollout
//!                                                                                    │
//!                                                              Outcome ◀─────────────┘ ──▶ report
//! ```

mod conclude;
mod dependency;
mod finalize;
mod outcome;
mod report;
mod request;

use std::sync::Arc;
use std::time::Duration;

use api::Kustomization;
use cluster::Cluster;
use k8s_openapi::jiff::Timestamp;
use tokio::sync::Notify;

use crate::apply::apply;
use crate::build::build;
use crate::content;
use crate::context::{Context, read};
use crate::error::Error;
use crate::next_visit::{Rhythm, Visit, chance, next_visit};
use crate::object;
use crate::queue::Key;
use crate::rollout::rollout;

use report::Reporter;

pub(crate) use outcome::Outcome;
pub(crate) use request::Request;

/// What the stages of one delivery work with.
pub(crate) struct Stages<'a> {
    pub(crate) context: &'a Arc<Context>,
    /// The cluster as the one sees it on whose behalf objects are applied.
    pub(crate) cluster: Cluster,
    /// Told when something newer is to be delivered.
    pub(crate) outdated: &'a Notify,
    reporter: &'a Reporter<'a>,
}

impl Stages<'_> {
    /// Tells what is going on, if it is news.
    pub(crate) async fn progress(&self, message: &str) {
        self.reporter.progress(message).await;
    }
}

/// Makes the cluster agree with one Kustomization, then writes down what happened.
///
/// Safe to run again at any point: every step starts from what is there, never from why it was
/// called. Returns when the next visit is due.
pub(crate) async fn reconcile(
    context: Arc<Context>,
    key: Key,
    outdated: Arc<Notify>,
) -> Option<Duration> {
    let Some(seen) = context.kustomizations.seen(&key) else {
        context.expectations.forget(&key);
        context.metrics.forget("Kustomization", &key);
        return None;
    };
    let started = context.now();
    let kustomization: Kustomization = match read(&seen) {
        Ok(kustomization) => kustomization,
        Err(unreadable) => {
            report::unreadable(&context, &seen, &unreadable).await;
            return None;
        }
    };
    if kustomization.metadata.deletion_timestamp.is_some() {
        return finalize::finalize(&context, &key, kustomization).await;
    }
    if kustomization.spec.suspend {
        return None;
    }
    if let Err(error) =
        object::add_finalizer(&context.cluster, &context.kustomizations, &seen).await
    {
        tracing::warn!(namespace = key.0, name = key.1, "finalizer: {}", error.sentence());
    }
    let reporter = Reporter::new(&context, &kustomization);
    let mut outcome = Outcome::default();
    let result = match Request::read(&kustomization, &context.settings) {
        Ok(request) => attempt(&context, request, (&outdated, &reporter), &mut outcome).await,
        Err(unsupported) => Err(unsupported),
    };
    let visit = visit(&context, &key, &result);
    let rhythm = rhythm(&context, &kustomization);
    let pause = next_visit(visit, rhythm, chance(started));
    let took = Timestamp::duration_since(context.now(), started);
    reporter.finished(&outcome, (&result, took.unsigned_abs(), pause)).await;
    context.metrics.observe("Kustomization", &key, took.unsigned_abs());
    pause
}

/// The cluster as the one sees it on whose behalf objects are applied.
fn cluster_for(context: &Context, request: &Request) -> Result<Cluster, Error> {
    match &request.account {
        Some(account) => context.cluster_as(&request.key.0, account),
        None => Ok(context.cluster.clone()),
    }
}

async fn attempt(
    context: &Arc<Context>,
    request: Request,
    (outdated, reporter): (&Notify, &Reporter<'_>),
    outcome: &mut Outcome,
) -> Result<(), Error> {
    let cluster = cluster_for(context, &request)?;
    let stages = Stages { context, cluster, outdated, reporter };
    let result = deliver(&stages, &request, outcome).await;
    context.note_delivery(&request.key, None);
    result
}

/// Delivers one request; `outcome` holds what became true, also when a stage fails.
async fn deliver(
    stages: &Stages<'_>,
    request: &Request,
    outcome: &mut Outcome,
) -> Result<(), Error> {
    let slot = stages.context.slots.acquire().await.expect("the slots are never closed");
    let source = content::content(stages.context, request).await?;
    let bundle = source.get();
    let content = (bundle.revision.clone(), bundle.content.digest.clone());
    stages.context.note_delivery(&request.key, Some(content));
    dependency::check(stages.context, request, &bundle.revision)?;
    stages.reporter.begin(&source.get().revision);
    stages.progress(&request.fetching(&source.get().revision)).await;
    let built = build(stages, source, request, outcome).await?;
    let plan = request.plan(built)?;
    let applied = apply(stages, plan, request, outcome).await?;
    drop(slot);
    rollout(stages, applied, request, outcome).await
}

fn visit(context: &Context, key: &Key, result: &Result<(), Error>) -> Visit {
    let attempts = context.kustomizations.count(key, result.is_err());
    match result {
        Ok(()) => Visit::Done,
        Err(error) if error.is_stalling() => Visit::Over,
        Err(Error::Dependency { .. } | Error::Artifact { is_pending: true, .. }) => Visit::Waiting,
        Err(error) => Visit::Failed { retry: error.retry(), attempts },
    }
}

fn rhythm(context: &Context, kustomization: &Kustomization) -> Rhythm {
    let spec = &kustomization.spec;
    Rhythm {
        interval: spec.interval.0,
        retry_interval: Some(spec.retry_interval.unwrap_or(spec.interval).0),
        requeue_dependency: context.settings.requeue_dependency,
    }
}
