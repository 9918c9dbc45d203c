//! What went wrong first with workloads that are not healthy.

use cluster::apply::Target;
use cluster::{Cluster, Resource};
use k8s_openapi::api::apps::v1::ReplicaSet;
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{Event, PersistentVolumeClaim, Pod};
use manifest::ObjectId;
use plan::{Evidence, Fields, Health, cause};

/// Kinds that run pods.
const WORKLOADS: [&str; 7] =
    ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob", "Pod"];

/// How many failing workloads are looked into.
const LOOKED_INTO: usize = 10;

/// One sentence per failing object: the first cause for a workload, else, with `or_status`, what its
/// status says.
///
/// What cannot be read is left out; the failure itself is known already.
pub(super) async fn causes(
    cluster: &Cluster,
    unready: &[(ObjectId, Health)],
    targets: &[Target],
    or_status: bool,
) -> Vec<String> {
    let mut sentences = Vec::new();
    for (id, health) in unready.iter().take(LOOKED_INTO) {
        let found = match targets.iter().find(|target| target.id == *id) {
            Some(target) if WORKLOADS.contains(&id.kind.as_str()) => look(cluster, target).await,
            _ => None,
        };
        match found {
            Some(sentence) => sentences.push(format!("{id}: {sentence}")),
            None if or_status && !health.message.is_empty() => {
                sentences.push(format!("{id}: {}", health.message));
            }
            None => {}
        }
    }
    sentences
}

async fn look(cluster: &Cluster, target: &Target) -> Option<String> {
    let id = &target.id;
    let workload = cluster.get(&target.resource, &id.namespace, &id.name).await.ok()??;
    let kinds = [
        Resource::of::<Pod>(true),
        Resource::of::<ReplicaSet>(true),
        Resource::of::<Job>(true),
        Resource::of::<PersistentVolumeClaim>(true),
    ];
    let mut related: Vec<Fields> = Vec::new();
    for kind in &kinds {
        related.extend(cluster.list(kind, &id.namespace, "").await.unwrap_or_default());
    }
    let events = cluster.list(&Resource::of::<Event>(true), &id.namespace, "").await;
    let events = events.unwrap_or_default();
    let evidence = Evidence { workload: &workload, related: &related, events: &events };
    let found = cause(&evidence)?;
    let said =
        if found.message.is_empty() { String::new() } else { format!(": {}", found.message) };
    Some(format!("{}{said}", found.sentence()))
}
