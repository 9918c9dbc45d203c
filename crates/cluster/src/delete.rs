//! Deleting what is no longer delivered.

use std::time::Duration;

use plan::{Action, ChangeSet, ObjectId, Owner};

use crate::connect::Cluster;
use crate::error::Error;
use crate::mapping::Resource;
use crate::watch::{Selection, Watch};

/// What deleting stale objects did.
#[derive(Debug, Clone, Default)]
pub struct Pruned {
    /// Every object that was looked at: deleted, or skipped because it is no longer ours to delete.
    pub changes: ChangeSet,
    /// Objects that could not be deleted: id, API version and the whole sentence.
    pub failures: Vec<(ObjectId, String, String)>,
    /// What was deleted and may still be on its way out.
    pub going: Vec<(ObjectId, Resource)>,
}

/// Deletes the objects that a plan calls stale, in its order.
///
/// An object is deleted only if its labels still name `owner` and nothing on it forbids; what does not
/// exist, or is of a kind no longer served, counts as deleted. One failure does not stop the others.
///
/// # Source
///
/// facts/flux.md §4.7.
pub async fn prune(cluster: &Cluster, stale: &[(ObjectId, String)], owner: &Owner) -> Pruned {
    let mut pruned = Pruned::default();
    for (id, version) in stale {
        match delete_one(cluster, id, version, owner).await {
            Ok((action, going)) => {
                pruned.changes.push(id.clone(), action);
                pruned.going.extend(going.map(|resource| (id.clone(), resource)));
            }
            Err(error) => {
                let sentence = match error.reason() {
                    "" => format!("{id} delete failed: {error}"),
                    reason => format!("{id} delete failed ({reason}): {error}"),
                };
                pruned.failures.push((id.clone(), version.clone(), sentence));
            }
        }
    }
    pruned
}

async fn delete_one(
    cluster: &Cluster,
    id: &ObjectId,
    version: &str,
    owner: &Owner,
) -> Result<(Action, Option<Resource>), Error> {
    let api_version =
        if id.group.is_empty() { version.to_owned() } else { format!("{}/{version}", id.group) };
    let mut resource = cluster.resource(&api_version, &id.kind).await;
    if matches!(resource, Err(Error::UnknownKind { .. })) {
        resource = cluster.preferred_resource(&id.group, &id.kind).await;
    }
    let resource = match resource {
        Ok(resource) => resource,
        Err(Error::UnknownKind { .. }) => return Ok((Action::Deleted, None)),
        Err(error) => return Err(error),
    };
    let Some(live) = cluster.get(&resource, &id.namespace, &id.name).await? else {
        return Ok((Action::Deleted, None));
    };
    if !plan::may_delete(&live, owner) {
        return Ok((Action::Skipped, None));
    }
    cluster.delete(&resource, &id.namespace, &id.name).await?;
    Ok((Action::Deleted, Some(resource)))
}

/// Waits until an object is gone; `false` when the time is up.
pub async fn wait_until_gone(
    cluster: &Cluster,
    resource: &Resource,
    (namespace, name): (&str, &str),
    timeout: Duration,
) -> bool {
    let key = (
        if resource.is_namespaced { namespace.to_owned() } else { String::new() },
        name.to_owned(),
    );
    let watch = cluster.watch_apart(resource, &Selection::One(key.clone()));
    tokio::time::timeout(timeout, gone(&watch, &key)).await.is_ok()
}

async fn gone(watch: &Watch, key: &(String, String)) {
    let mut state = watch.state();
    let is_gone = |ready: bool| ready && watch.get(key).is_none();
    // The sender lives in `watch`, so waiting can only end with the object's end.
    drop(state.wait_for(|state| is_gone(state.is_ready)).await);
}
