//! Writing to the engine's own kinds: status, finalizers.

use api::label::{FINALIZER, REQUESTED_AT};
use cluster::Cluster;
use cluster::event::{About, Note, record};
use cluster::status::status_patch;
use cluster::watch::Seen;
use k8s_openapi::jiff::Timestamp;
use kube::api::{Patch, PatchParams};
use serde_json::{Value, json};

use crate::context::{Context, Kind};
use crate::error::Error;
use crate::queue::Key;

/// Writes a status, if it differs from what is there; trouble is logged, the next visit tries again.
pub(crate) async fn write_status(
    cluster: &Cluster,
    kind: &Kind,
    key: &Key,
    (before, after): (&Value, &Value),
    manager: &str,
) {
    let Some(patch) = status_patch(Some(before), after) else { return };
    let written = cluster.patch_status(&kind.resource, (&key.0, &key.1), manager, &patch).await;
    match written {
        Ok(object) => kind.wrote(key, object),
        Err(error) if error.is_not_found() => {}
        Err(error) => {
            tracing::warn!(namespace = key.0, name = key.1, "status not written: {error}");
        }
    }
}

/// Makes sure that the object cannot go before the engine has cleaned up after it.
pub(crate) async fn add_finalizer(
    cluster: &Cluster,
    kind: &Kind,
    seen: &Seen,
) -> Result<(), Error> {
    let mut finalizers = finalizers(seen);
    if finalizers.iter().any(|finalizer| finalizer == FINALIZER) {
        return Ok(());
    }
    finalizers.push(FINALIZER.to_owned());
    write_finalizers(cluster, kind, seen, &finalizers).await
}

/// Lets the object go.
pub(crate) async fn remove_finalizer(
    cluster: &Cluster,
    kind: &Kind,
    key: &Key,
) -> Result<(), Error> {
    let Some(seen) = kind.seen(key) else { return Ok(()) };
    let mut finalizers = finalizers(&seen);
    if !finalizers.iter().any(|finalizer| finalizer == FINALIZER) {
        return Ok(());
    }
    finalizers.retain(|finalizer| finalizer != FINALIZER);
    match write_finalizers(cluster, kind, &seen, &finalizers).await {
        Err(Error::Cluster(error)) if error.is_not_found() => Ok(()),
        other => other,
    }
}

async fn write_finalizers(
    cluster: &Cluster,
    kind: &Kind,
    seen: &Seen,
    finalizers: &[String],
) -> Result<(), Error> {
    let (namespace, name) = (metadata(seen, "namespace"), metadata(seen, "name"));
    // The version makes a change that came in between a conflict; the next visit tries again.
    let version = metadata(seen, "resourceVersion");
    let patch = json!({ "metadata": { "finalizers": finalizers, "resourceVersion": version } });
    let params = PatchParams::default();
    let patch = Patch::Merge(patch);
    let object = cluster.patch(&kind.resource, (namespace, name), &params, &patch).await?;
    kind.wrote(&(namespace.to_owned(), name.to_owned()), object);
    Ok(())
}

fn finalizers(seen: &Seen) -> Vec<String> {
    let list = seen.fields.get("metadata").and_then(|all| all.get("finalizers"));
    let list = list.and_then(Value::as_array).into_iter().flatten();
    list.filter_map(|entry| entry.as_str().map(str::to_owned)).collect()
}

/// A text in the object's metadata; empty when absent.
pub(crate) fn metadata<'a>(seen: &'a Seen, field: &str) -> &'a str {
    let value = seen.fields.get("metadata").and_then(|all| all.get(field));
    value.and_then(Value::as_str).unwrap_or_default()
}

/// The value with which somebody asked for a visit now.
pub(crate) fn requested_at(seen: &Seen) -> Option<&str> {
    seen.fields.get("metadata")?.get("annotations")?.get(REQUESTED_AT)?.as_str()
}

/// Tells a note about one of the engine's objects; trouble is logged.
pub(crate) async fn tell(context: &Context, note: Note, now: Timestamp) {
    if let Err(error) = record(&context.cluster, &note, now).await {
        tracing::warn!(object = note.about.name, "event not written: {error}");
    }
}

/// How events refer to an object.
pub(crate) fn about<K>(object: &K) -> About
where
    K: kube::Resource<DynamicType = ()>,
{
    let metadata = object.meta().clone();
    About {
        api_version: K::api_version(&()).into_owned(),
        kind: K::kind(&()).into_owned(),
        namespace: metadata.namespace.unwrap_or_default(),
        name: metadata.name.unwrap_or_default(),
        uid: metadata.uid.unwrap_or_default(),
        resource_version: metadata.resource_version.unwrap_or_default(),
    }
}
