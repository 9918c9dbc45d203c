//! Where objects and ledgers are read from.

use std::collections::BTreeMap;
use std::sync::Arc;

use cluster::{Cluster, Fields, ObjectId};
use jiff::Timestamp;

use super::ledgers::Ledgers;
use crate::error::Error;
use crate::fields::id_of;
use crate::world::Ledger;

/// A cluster with its registries, or what they once said.
#[derive(Clone)]
pub(super) enum Reader {
    Live { cluster: Cluster, ledgers: Ledgers },
    Recorded(Arc<Recording>),
}

/// Objects and ledgers as they were at one moment: a world without servers.
#[derive(Debug, Clone)]
pub struct Recording {
    /// The moment; every answer is as of then.
    pub at: Timestamp,
    /// Every object of the cluster, events included.
    pub objects: Vec<Fields>,
    /// The ledgers by repository without scheme.
    pub ledgers: BTreeMap<String, Ledger>,
    /// What could not be read.
    pub trouble: Vec<String>,
}

impl Reader {
    /// Lists one kind in a namespace (`""` = all); a kind that is not served has no objects.
    pub(super) async fn list(
        &self,
        group: &str,
        kind: &str,
        namespace: &str,
    ) -> Result<Vec<Fields>, Error> {
        match self {
            Self::Live { cluster, .. } => list(cluster, group, kind, namespace).await,
            Self::Recorded(recording) => Ok(recording.list(group, kind, namespace)),
        }
    }

    /// Reads one object; `None` when it or its kind does not exist. The id's group counts.
    pub(super) async fn get(&self, id: &ObjectId) -> Result<Option<Fields>, Error> {
        match self {
            Self::Live { cluster, .. } => get(cluster, id).await,
            Self::Recorded(recording) => {
                Ok(recording.objects.iter().find(|object| id_of(object) == *id).cloned())
            }
        }
    }

    /// The ledgers of the repositories that sources name, and what could not be read of them.
    pub(super) async fn ledgers(
        &self,
        sources: &[Fields],
    ) -> (BTreeMap<String, Ledger>, Vec<String>) {
        match self {
            Self::Live { ledgers, .. } => ledgers.read(sources).await,
            Self::Recorded(recording) => (recording.ledgers.clone(), recording.trouble.clone()),
        }
    }
}

impl Recording {
    fn list(&self, group: &str, kind: &str, namespace: &str) -> Vec<Fields> {
        let is_wanted = |id: &ObjectId| {
            id.kind == kind
                && id.group == group
                && (namespace.is_empty() || id.namespace == namespace)
        };
        self.objects.iter().filter(|object| is_wanted(&id_of(object))).cloned().collect()
    }
}

async fn list(
    cluster: &Cluster,
    group: &str,
    kind: &str,
    namespace: &str,
) -> Result<Vec<Fields>, Error> {
    let failed =
        |source| Error::Cluster { what: format!("{kind} objects"), source: Box::new(source) };
    let resource = match cluster.preferred_resource(group, kind).await {
        Ok(resource) => resource,
        Err(cluster::Error::UnknownKind { .. }) => return Ok(Vec::new()),
        Err(error) => return Err(failed(error)),
    };
    let mut found = cluster.list(&resource, namespace, "").await.map_err(failed)?;
    // The items of a list do not repeat what the list says.
    for object in &mut found {
        object.entry("kind").or_insert_with(|| kind.into());
        object.entry("apiVersion").or_insert_with(|| resource.api.api_version.clone().into());
    }
    Ok(found)
}

async fn get(cluster: &Cluster, id: &ObjectId) -> Result<Option<Fields>, Error> {
    let failed = |source| Error::Cluster { what: format!("`{id}`"), source: Box::new(source) };
    let resource = match cluster.preferred_resource(&id.group, &id.kind).await {
        Ok(resource) => resource,
        Err(cluster::Error::UnknownKind { .. }) => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    cluster.get(&resource, &id.namespace, &id.name).await.map_err(failed)
}
