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
pub(crate) fn source_changed(context: &Context, change: &Change) {
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
    let uses = |spec: &Value, namespace: &str| {
        let source = |field: &str| spec["sourceRef"][field].as_str();
        let place = (source("namespace").unwrap_or(namespace), source("name").unwrap_or_default());
        place == (change.key.0.as_str(), change.key.1.as_str())
    };
    for key in kustomizations(context, uses) {
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
    let waits = |spec: &Value, namespace: &str| {
        let dependencies = spec["dependsOn"].as_array().into_iter().flatten();
        let is_it = |it: &Value| {
            let place = (it["namespace"].as_str().unwrap_or(namespace), it["name"].as_str());
            place == (change.key.0.as_str(), Some(change.key.1.as_str()))
        };
        dependencies.into_iter().any(is_it)
    };
    for key in kustomizations(context, waits) {
        context.kustomizations.queue.visit(key);
    }
}

/// The Kustomizations that a change concerns, by spec and namespace.
///
/// Looks at the JSON as it is: with a thousand of them, reading each as its type would cost more than
/// everything else that a change brings about.
fn kustomizations(context: &Context, is_meant: impl Fn(&Value, &str) -> bool) -> Vec<Key> {
    let listed = context.kustomizations.watch.list().into_iter();
    let meant = |(key, seen): &(Key, Arc<Seen>)| {
        seen.fields.get("spec").is_some_and(|spec| is_meant(spec, &key.0))
    };
    listed.filter(meant).map(|(key, _)| key).collect()
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
        let reads = |spec: &Value, namespace: &str| {
            let references = spec["postBuild"]["substituteFrom"].as_array();
            let is_it = |it: &Value| {
                it["kind"] == kind && it["name"] == change.key.1 && namespace == change.key.0
            };
            references.into_iter().flatten().any(is_it)
        };
        for key in kustomizations(&context, reads) {
            context.kustomizations.queue.visit(key);
        }
    }
}

/// What tells one state of a config from another.
fn content(seen: Option<&Arc<Seen>>) -> Option<&Value> {
    seen?.fields.get("metadata")?.get("resourceVersion")
}
