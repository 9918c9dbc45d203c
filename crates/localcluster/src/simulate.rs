//! The controllers and the kubelet, as far as a user can see them.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::change::{self, Manner, Target};
use crate::collect;
use crate::world::World;

/// How fast the simulated machines are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Timing {
    pub(crate) pod_start: Duration,
    pub(crate) pull_retry: Duration,
}

/// Makes the namespaces that every cluster has.
pub(crate) fn bootstrap(world: &World) {
    for name in ["default", "kube-system", "kube-public", "kube-node-lease"] {
        let namespace =
            json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": name } });
        create(world, ("", "namespaces"), "", namespace);
    }
}

/// Creates an object unless it is there.
pub(crate) fn create(world: &World, (group, plural): (&str, &str), namespace: &str, object: Value) {
    let kinds = world.kinds();
    let Some(kind) = kinds.get(group, plural) else { return };
    let target =
        Target { kind, version: kind.storage_version(), namespace, name: "", subresource: "" };
    if let Err(failure) =
        change::create(world, &target, object, &Manner::controller("kube-apiserver"))
        && failure.reason != "AlreadyExists"
    {
        tracing::debug!(message = failure.message, "an object could not be created");
    }
}

/// Runs the controllers until the world closes.
pub(crate) async fn run(world: Arc<World>, timing: Timing) {
    let mut closing = world.closing.subscribe();
    let _ = timing;
    loop {
        let dirty = world.store.take_dirty();
        collect::after_deletions(&world);
        for key in &dirty {
            collect::visit(&world, key);
        }
        tokio::select! {
            () = world.store.changed() => {}
            _ = closing.wait_for(|closing| *closing) => return,
        }
    }
}
