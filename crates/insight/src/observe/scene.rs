//! Reading what surrounds one delivery.

use std::collections::BTreeSet;

use cluster::{Fields, ObjectId};
use futures::{StreamExt as _, stream};

use super::Insight;
use crate::error::Error;
use crate::fields::{id_of, list as items, text};
use crate::world::{Scene, Target, World};

/// Kinds whose health says nothing, and Secrets, which are never fetched.
const SILENT: [&str; 12] = [
    "Secret",
    "ConfigMap",
    "ServiceAccount",
    "Role",
    "RoleBinding",
    "ClusterRole",
    "ClusterRoleBinding",
    "NetworkPolicy",
    "ResourceQuota",
    "LimitRange",
    "PriorityClass",
    "StorageClass",
];

/// What pods hang on and what they are.
const RELATED: [(&str, &str); 4] =
    [("apps", "ReplicaSet"), ("batch", "Job"), ("", "Pod"), ("", "PersistentVolumeClaim")];

/// How many requests are under way at the same time, and how many objects are looked at closely.
const CONCURRENCY: usize = 8;
const OBJECT_LIMIT: usize = 500;

/// How far owner references are followed.
const OWNER_LIMIT: usize = 5;

impl Insight {
    /// Finds the Kustomization behind a target; `None` for a source that nothing uses.
    pub(crate) async fn delivery_behind(
        &self,
        world: &World,
        target: &Target,
    ) -> Result<Option<Fields>, Error> {
        if target.kind == "Kustomization" {
            let found = world.kustomization(&target.namespace, &target.name).cloned();
            let not_found = || Error::NotFound { object: target.to_string() };
            return found.map(Some).ok_or_else(not_found);
        }
        if let Some(source) = world.source(&target.kind, &target.namespace, &target.name) {
            return Ok(worst_user(world, source));
        }
        let id = ObjectId {
            group: String::new(),
            kind: target.kind.clone(),
            namespace: target.namespace.clone(),
            name: target.name.clone(),
        };
        if let Some(found) = holder(world, &id) {
            return Ok(Some(found.clone()));
        }
        self.climb(world, id).await
    }

    /// Follows owner references up to something that a Kustomization lists or labels.
    async fn climb(&self, world: &World, mut id: ObjectId) -> Result<Option<Fields>, Error> {
        let object = id.to_string();
        for step in 0..OWNER_LIMIT {
            id.group = group_of(&id);
            let Some(live) = self.fetch(&id).await? else {
                return Err(if step == 0 {
                    Error::NotFound { object }
                } else {
                    Error::NotDelivered { object }
                });
            };
            if let Some(found) = labelled_owner(world, &live) {
                return Ok(Some(found.clone()));
            }
            let Some(owner) = items(&live, &["metadata", "ownerReferences"]).next() else { break };
            let api_version = text(owner, &["apiVersion"]);
            id = ObjectId {
                group: api_version.split_once('/').map_or("", |(group, _)| group).to_owned(),
                kind: text(owner, &["kind"]).to_owned(),
                name: text(owner, &["name"]).to_owned(),
                namespace: id.namespace,
            };
            if let Some(found) = holder(world, &id) {
                return Ok(Some(found.clone()));
            }
        }
        Err(Error::NotDelivered { object })
    }

    async fn fetch(&self, id: &ObjectId) -> Result<Option<Fields>, Error> {
        // A Secret's labels are not worth having its data in memory.
        if id.kind == "Secret" { Ok(None) } else { self.reader.get(id).await }
    }

    /// Reads the objects that a Kustomization lists, and their surroundings.
    pub(crate) async fn scene(
        &self,
        kustomization: &Fields,
        target: &Target,
    ) -> Result<Scene, Error> {
        let mut wanted = inventory(kustomization);
        // What is asked about comes first, lest the limit leave it out.
        wanted.sort_by_key(|id| !(id.kind == target.kind && id.name == target.name));
        wanted.truncate(OBJECT_LIMIT);
        let fetched: Vec<(ObjectId, Result<Option<Fields>, Error>)> = stream::iter(wanted)
            .map(async |id| {
                let found = self.reader.get(&id).await;
                (id, found)
            })
            .buffered(CONCURRENCY)
            .collect()
            .await;
        let mut scene = Scene::default();
        for (id, found) in fetched {
            match found? {
                Some(object) => scene.objects.push(object),
                None => scene.missing.push(id),
            }
        }
        let namespaces: BTreeSet<String> = scene
            .objects
            .iter()
            .map(|object| id_of(object).namespace)
            .filter(|namespace| !namespace.is_empty())
            .collect();
        for namespace in namespaces {
            for (group, kind) in RELATED {
                scene.related.append(&mut self.reader.list(group, kind, &namespace).await?);
            }
            scene.events.append(&mut self.reader.list("", "Event", &namespace).await?);
        }
        Ok(scene)
    }
}

/// Of the Kustomizations that use a source, the one that is not as asked, else the first.
fn worst_user(world: &World, source: &Fields) -> Option<Fields> {
    let view = crate::source::SourceView::read(source);
    let worst = crate::status::deliveries_of(world, &view)
        .into_iter()
        .min_by(|a, b| (a.state, &a.object).cmp(&(b.state, &b.object)))?;
    world.kustomization(&worst.object.namespace, &worst.object.name).cloned()
}

/// The Kustomization whose inventory lists an object of this kind, namespace and name.
fn holder<'a>(world: &'a World, id: &ObjectId) -> Option<&'a Fields> {
    let is_it = |found: ObjectId| {
        found.kind == id.kind
            && found.name == id.name
            && (found.namespace.is_empty() || found.namespace == id.namespace)
    };
    world.kustomizations.iter().find(|kustomization| entries(kustomization).any(is_it))
}

fn labelled_owner<'a>(world: &'a World, live: &Fields) -> Option<&'a Fields> {
    let label = |key| text(live, &["metadata", "labels", key]);
    let name = label("kustomize.toolkit.fluxcd.io/name");
    world.kustomization(label("kustomize.toolkit.fluxcd.io/namespace"), name)
}

/// The inventory objects that can be healthy or not.
fn inventory(kustomization: &Fields) -> Vec<ObjectId> {
    entries(kustomization).filter(|id| !SILENT.contains(&id.kind.as_str())).collect()
}

fn entries(kustomization: &Fields) -> impl Iterator<Item = ObjectId> {
    items(kustomization, &["status", "inventory", "entries"])
        .filter_map(|entry| cluster::parse_inventory_id(text(entry, &["id"])).ok())
}

/// The group of the built-in kinds that people ask about; others are found by owner references.
fn group_of(id: &ObjectId) -> String {
    let group = match id.kind.as_str() {
        _ if !id.group.is_empty() => id.group.as_str(),
        "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet" => "apps",
        "Job" | "CronJob" => "batch",
        "Ingress" | "NetworkPolicy" => "networking.k8s.io",
        _ => "",
    };
    group.to_owned()
}
