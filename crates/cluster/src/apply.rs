//! Carrying out a plan: wave by wave, dry run first, only what differs.

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use futures::FutureExt as _;
use plan::{Action, ChangeSet, Fields, Object, ObjectId, Plan, Wave};

use crate::connect::Cluster;
use crate::mapping::Resource;
use crate::observe::concurrently;
use crate::request::metadata;
use crate::settle::{End, settle};
use crate::watch::owned_fields;

mod prepare;
mod served;
mod write;

use prepare::{Intent, Step, prepare};

/// How long the objects of an early wave (definitions, namespaces, classes) may take to become ready.
const EARLY_WAVE: Duration = Duration::from_mins(1);

/// One object in the cluster whose health may be waited for.
#[derive(Debug, Clone)]
pub struct Target {
    /// The object.
    pub id: ObjectId,
    /// Where it is served.
    pub resource: Resource,
    /// Its UID when it was written or found the same; empty when not known.
    pub uid: String,
    /// Its generation then.
    pub generation: i64,
    /// Whether it carries our owner labels, so that the shared watch of its kind shows it.
    pub is_owned: bool,
    /// The fields that our field manager owned then, as [`crate::watch::Seen::owned_fields`].
    pub owned_fields: Option<String>,
}

/// What applying did.
#[derive(Debug, Clone, Default)]
pub struct Applied {
    /// Every object and what was done to it, in order.
    pub changes: ChangeSet,
    /// The objects that were not skipped.
    pub targets: Vec<Target>,
}

/// Why applying ended early, and what had been done by then.
#[derive(Debug)]
pub struct ApplyFailure {
    /// Every object that failed, with the whole sentence about it.
    pub failures: Vec<(ObjectId, String)>,
    /// What had been done.
    pub applied: Applied,
}

impl fmt::Display for ApplyFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (_, failure)) in self.failures.iter().enumerate() {
            let separator = if index == 0 { "" } else { "\n" };
            write!(f, "{separator}{failure}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ApplyFailure {}

impl Target {
    fn new(id: ObjectId, resource: Resource, live: &Fields) -> Self {
        let generation = live.get("metadata").and_then(|all| all.get("generation"));
        Self {
            id,
            resource,
            uid: metadata(live, "uid").to_owned(),
            generation: generation.and_then(serde_json::Value::as_i64).unwrap_or_default(),
            is_owned: true,
            owned_fields: owned_fields(live),
        }
    }
}

/// Applies every wave of a plan, in order.
///
/// A wave is first tried with a dry run, all objects together; if any object fails, nothing of the wave
/// is written. Objects that would not change are not sent. Deleting what is stale is a step of its own:
/// [`crate::delete::prune`].
///
/// # Errors
///
/// [`ApplyFailure`] names every object of the wave that failed. Earlier waves stay applied.
///
/// # Source
///
/// facts/flux.md §4.6. Within a wave, objects of the same kind are written at the same time; Flux writes
/// one after another.
pub async fn apply(cluster: &Cluster, plan: &Plan) -> Result<Applied, ApplyFailure> {
    let mut applied = Applied::default();
    for wave in &plan.waves {
        if let Err(failures) = apply_wave(cluster, plan, wave, &mut applied).await {
            return Err(ApplyFailure { failures, applied });
        }
    }
    Ok(applied)
}

type Failures = Vec<(ObjectId, String)>;

async fn apply_wave(
    cluster: &Cluster,
    plan: &Plan,
    wave: &Wave,
    applied: &mut Applied,
) -> Result<(), Failures> {
    let preparations = wave.objects.iter().map(|object| prepare(cluster, plan, object).boxed());
    let prepared = concurrently(preparations.collect()).await;
    let mut steps = Vec::with_capacity(prepared.len());
    let mut failures = Vec::new();
    for (object, step) in wave.objects.iter().zip(prepared) {
        match step {
            Ok(step) => steps.push((object, step)),
            Err(sentence) => failures.push((object.id(), sentence)),
        }
    }
    if !failures.is_empty() {
        return Err(failures);
    }
    let first = applied.targets.len();
    write_steps(cluster, steps, applied).await?;
    if wave.kind.must_settle() {
        wait_for_early_wave(cluster, &applied.targets[first..]).await?;
        let definitions =
            wave.objects.iter().filter(|object| object.kind() == "CustomResourceDefinition");
        served::wait_until_served(cluster, definitions).await?;
    }
    Ok(())
}

/// Writes what has to be written; neighbours of the same kind at the same time.
async fn write_steps(
    cluster: &Cluster,
    steps: Vec<(&Object, Step)>,
    applied: &mut Applied,
) -> Result<(), Failures> {
    let mut rest = steps.into_iter().peekable();
    while let Some(first) = rest.next() {
        let kind = first.0.kind().to_owned();
        let mut group = vec![first];
        while let Some(next) = rest.next_if(|(object, _)| object.kind() == kind) {
            group.push(next);
        }
        let writes = group.into_iter().map(|(object, step)| {
            async move { (object.id(), carry_out(cluster, step).await) }.boxed()
        });
        let written = concurrently(writes.collect()).await;
        let mut failures = Vec::new();
        for (id, result) in written {
            match result {
                Ok((action, target)) => {
                    applied.changes.push(id, action);
                    applied.targets.extend(target);
                }
                Err(sentence) => failures.push((id, sentence)),
            }
        }
        if !failures.is_empty() {
            return Err(failures);
        }
    }
    Ok(())
}

async fn carry_out(cluster: &Cluster, step: Step) -> Result<(Action, Option<Target>), String> {
    match step.intent {
        Intent::Skip => Ok((Action::Skipped, None)),
        Intent::Keep(live) => {
            Ok((Action::Unchanged, Some(Target::new(step.id, step.resource, &live))))
        }
        Intent::Write(request) => {
            let (action, live) = write::write(cluster, &step.id, &step.resource, *request).await?;
            Ok((action, Some(Target::new(step.id, step.resource, &live))))
        }
    }
}

/// Waits until definitions are served and namespaces active, or says which are not.
async fn wait_for_early_wave(cluster: &Cluster, targets: &[Target]) -> Result<(), Failures> {
    let settled = settle(cluster, targets, EARLY_WAVE, true).await;
    if settled.end == End::Current {
        return Ok(());
    }
    let unready = settled.verdicts.into_iter().filter(|(_, health)| !health.is_current());
    let failures = unready.map(|(id, health)| {
        let sentence = format!("{id} is not ready: status '{}': {}", health.status, health.message);
        (id, sentence)
    });
    Err(failures.collect())
}

impl Applied {
    /// Tells which objects exist because of this or earlier deliveries, skipped ones included.
    pub fn reached(&self) -> BTreeSet<ObjectId> {
        self.changes.changes.iter().map(|change| change.id.clone()).collect()
    }
}
