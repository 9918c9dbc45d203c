//! Who is visited when something changes.

use std::sync::Arc;

use api::Kustomization;
use api::condition::{READY, is_true};
use api::label::WATCH;
use cluster::watch::{Change, Seen};
use cluster::{Resource, Selection};
use k8s_openapi::api::core::v1::{ConfigMap, Secret};
use serde_json::Value;
use tokio::sync::broadcast::error::RecvError;
use tokio::task::JoinSet;

use crate::context::{Context, Kind, read};
use crate::kustomization::dependency;
use crate::object::{metadata, requested_at};
use crate::queue::Key;

/// Starts to follow the changes of everything that leads to visits.
pub(crate) fn follow(context: &Arc<Context>, tasks: &mut JoinSet<()>) {
    tasks.spawn(follow_kind(context.clone(), |context| &context.repositories, source_changed));
    tasks.spawn(follow_kind(
        context.clone(),
        |context| &context.kustomizations,
        dependency_changed,
    ));
    tasks.spawn(follow_kind(context.clone(), |context| &context.receivers, |_, _| {}));
    for (resource, kind) in
        [(Resource::of::<ConfigMap>(true), "ConfigMap"), (Resource::of::<Secret>(true), "Secret")]
    {
        tasks.spawn(follow_configs(context.clone(), resource, kind));
    }
}

/// Visits the objects of one kind when they are new, change, or are asked to be visited.
async fn follow_kind(
    context: Arc<Context>,
    kind: fn(&Context) -> &Kind,
    also: fn(&Context, &Change),
) {
    let kind = kind(&context);
    let mut changes = kind.watch.changes();
    // What was listed before the subscription is not told as a change.
    for (key, _) in kind.watch.list() {
        kind.queue.visit(key);
    }
    loop {
        match changes.recv().await {
            Ok(change) => {
                if is_call(&change) {
                    kind.queue.supersede(change.key.clone());
                }
                also(&context, &change);
            }
            Err(RecvError::Lagged(_)) => {
                for (key, _) in kind.watch.list() {
                    kind.queue.visit(key);
                }
            }
            Err(RecvError::Closed) => return,
        }
    }
}

/// Tells whether a change is by a person or another controller, and not of the status alone.
fn is_call(change: &Change) -> bool {
    let (Some(before), Some(after)) = (&change.before, &change.after) else { return true };
    let generation = |seen: &Seen| seen.fields.get("metadata")?.get("generation")?.as_i64();
    generation(before) != generation(after)
        || requested_at(before) != requested_at(after)
        || metadata(before, "deletionTimestamp") != metadata(after, "deletionTimestamp")
        || metadata(before, "uid") != metadata(after, "uid")
}

/// A source has new content: everybody who builds from it is outdated.
fn source_changed(context: &Context, change: &Change) {
    let artifact = |seen: &Option<Arc<Seen>>| {
        let artifact = seen.as_ref()?.fields.get("status")?.get("artifact")?;
        let text = |field: &str| artifact.get(field)?.as_str().map(str::to_owned);
        Some((text("revision")?, text("digest").unwrap_or_default()))
    };
    let newest = artifact(&change.after);
    if artifact(&change.before) == newest {
        return;
    }
    // Content is at hand a moment before the status says so; who works on it already is not outdated.
    let is_known = |key: &Key| newest.as_ref().is_some_and(|it| context.is_delivering(key, it));
    let uses = |kustomization: &Kustomization, namespace: &str| {
        let source = &kustomization.spec.source_ref;
        let source_namespace = source.namespace.as_deref().unwrap_or(namespace);
        (source_namespace, source.name.as_str()) == (&change.key.0, &change.key.1)
    };
    for (key, _) in kustomizations(context, uses) {
        if !is_known(&key) {
            context.kustomizations.queue.supersede(key);
        }
    }
}

/// A Kustomization became ready or delivered another revision: those who wait for it may go on.
fn dependency_changed(context: &Context, change: &Change) {
    let state = |seen: &Option<Arc<Seen>>| {
        let kustomization: Kustomization = read(seen.as_ref()?).ok()?;
        let status = kustomization.status?;
        Some((
            is_true(&status.conditions, READY),
            status.last_applied_revision,
            status.observed_generation,
        ))
    };
    let after = state(&change.after);
    if after.as_ref().is_none_or(|(is_ready, ..)| !is_ready) || state(&change.before) == after {
        return;
    }
    let waits = |kustomization: &Kustomization, namespace: &str| {
        let dependencies = &kustomization.spec.depends_on;
        dependencies.iter().any(|dependency| dependency::key(dependency, namespace) == change.key)
    };
    for (key, _) in kustomizations(context, waits) {
        context.kustomizations.queue.visit(key);
    }
}

fn kustomizations(
    context: &Context,
    is_meant: impl Fn(&Kustomization, &str) -> bool,
) -> Vec<(Key, Kustomization)> {
    let listed = context.kustomizations.watch.list().into_iter();
    listed
        .filter_map(|(key, seen)| Some((key, read::<Kustomization>(&seen).ok()?)))
        .filter(|(key, kustomization)| is_meant(kustomization, &key.0))
        .collect()
}

/// Visits the Kustomizations that take variables from a labelled ConfigMap or Secret that changed.
async fn follow_configs(context: Arc<Context>, resource: Resource, kind: &'static str) {
    let selection = Selection::Labels(format!("{WATCH}=Enabled"));
    let watch = context.cluster.watch(&resource, &selection);
    let mut changes = watch.changes();
    loop {
        let change = match changes.recv().await {
            Ok(change) => change,
            Err(RecvError::Lagged(_)) => continue,
            Err(RecvError::Closed) => return,
        };
        if content(change.before.as_ref()) == content(change.after.as_ref()) {
            continue;
        }
        let reads = |kustomization: &Kustomization, namespace: &str| {
            let references =
                kustomization.spec.post_build.iter().flat_map(|it| &it.substitute_from);
            let names = |name: &str| (namespace, name) == (&change.key.0, &change.key.1);
            references.into_iter().any(|it| it.kind == kind && names(&it.name))
        };
        for (key, _) in kustomizations(&context, reads) {
            context.kustomizations.queue.visit(key);
        }
    }
}

/// What tells one state of a config from another.
fn content(seen: Option<&Arc<Seen>>) -> Option<&Value> {
    seen?.fields.get("metadata")?.get("resourceVersion")
}
