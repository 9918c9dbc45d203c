//! The Rollout stage: wait until what was applied is healthy.

mod cause;
mod wait;

use std::time::Duration;

use api::Interval;
use api::kustomization::ObjectReference;
use cluster::apply::{Applied, Target};
use cluster::settle::{End, Settled};
use manifest::ObjectId;

use crate::error::Error;
use crate::human_time::human;
use crate::kustomization::{Outcome, Request, Stages};

/// Waits for the health of everything (`wait`) or of the named objects (`healthChecks`), from watches.
///
/// # Errors
///
/// [`Error::Unhealthy`] names every object that is not as asked, and the first cause of each failing
/// workload; [`Error::Superseded`] when something newer is to be delivered.
pub(crate) async fn rollout(
    stages: &Stages<'_>,
    applied: Applied,
    request: &Request,
    outcome: &mut Outcome,
) -> Result<(), Error> {
    let targets = targets(stages, applied, request).await?;
    outcome.has_health_checks = request.spec.wait || !request.spec.health_checks.is_empty();
    if !outcome.has_health_checks {
        return Ok(());
    }
    let timeout = request.timeout;
    let revision = outcome.revision.as_deref().unwrap_or_default();
    let timeout_text = Interval(timeout);
    let message =
        format!("Running health checks for revision {revision} with a timeout of {timeout_text}");
    stages.progress(&message).await;
    let started = tokio::time::Instant::now();
    let settled = tokio::select! {
        settled = wait::wait(stages, &targets, timeout, &message) => settled,
        () = stages.outdated.notified() => return Err(Error::Superseded),
    };
    if settled.end == End::Current {
        outcome.healthy_after = Some(started.elapsed());
        return Ok(());
    }
    Err(unhealthy(stages, &settled, &targets, started.elapsed()).await)
}

/// What is waited for: never the Kustomization itself.
async fn targets(
    stages: &Stages<'_>,
    applied: Applied,
    request: &Request,
) -> Result<Vec<Target>, Error> {
    let own = request.own_id();
    if request.spec.wait {
        return Ok(applied.targets.into_iter().filter(|target| target.id != own).collect());
    }
    let mut targets = Vec::new();
    for reference in &request.spec.health_checks {
        let id = id(reference, &request.key.0);
        if let Some(target) = applied.targets.iter().find(|target| target.id == id) {
            targets.push(target.clone());
        } else if id != own {
            targets.push(foreign(stages, reference, id).await?);
        }
    }
    Ok(targets)
}

/// An object that somebody else applied.
async fn foreign(
    stages: &Stages<'_>,
    reference: &ObjectReference,
    mut id: ObjectId,
) -> Result<Target, Error> {
    let cluster = &stages.context.cluster;
    let resource = match &reference.api_version {
        Some(api_version) => cluster.resource(api_version, &reference.kind).await,
        None => cluster.preferred_resource("", &reference.kind).await,
    };
    let resource = resource.map_err(|error| Error::Unhealthy {
        reason: format!("health check of {id} failed: {error}"),
    })?;
    if !resource.is_namespaced {
        id.namespace.clear();
    }
    Ok(Target {
        id,
        resource,
        uid: String::new(),
        generation: 0,
        is_owned: false,
        owned_fields: None,
    })
}

fn id(reference: &ObjectReference, namespace: &str) -> ObjectId {
    let group = reference.api_version.as_deref().and_then(|it| it.split_once('/'));
    ObjectId {
        group: group.map_or("", |(group, _)| group).to_owned(),
        kind: reference.kind.clone(),
        namespace: reference.namespace.clone().unwrap_or_else(|| namespace.to_owned()),
        name: reference.name.clone(),
    }
}

async fn unhealthy(
    stages: &Stages<'_>,
    settled: &Settled,
    targets: &[Target],
    took: Duration,
) -> Error {
    let listed: Vec<String> =
        settled.unready().map(|(id, health)| format!("{id} status: '{}'", health.status)).collect();
    let how = match settled.end {
        End::Failed => "failed early due to stalled resources",
        End::TimedOut | End::Current => "timeout waiting for",
    };
    let mut reason =
        format!("health check failed after {}: {how}: [{}]", human(took), listed.join(", "));
    let unready: Vec<_> = settled.unready().cloned().collect();
    for sentence in cause::causes(&stages.context.cluster, &unready, targets, true).await {
        reason.push('\n');
        reason.push_str(&sentence);
    }
    Error::Unhealthy { reason }
}
