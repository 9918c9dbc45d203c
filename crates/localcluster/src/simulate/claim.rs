//! Volume claims are bound at once.

use serde_json::json;

use super::Machine;
use super::actions::{update, update_status};
use super::pods::MANAGER;
use crate::object;
use crate::store::Key;

pub(crate) fn sync(machine: &mut Machine, key: &Key) {
    let Some(stored) = machine.world.store.get(key) else { return };
    if object::is_terminating(&stored.value) {
        release(machine, key);
        return;
    }
    if key.resource.plural != "persistentvolumeclaims" || stored.value["status"]["phase"] == "Bound"
    {
        return;
    }
    let volume = format!("pvc-{}", object::uid(&stored.value));
    update(&machine.world, key, MANAGER, |claim| {
        object::default(object::child(claim, "spec"), "volumeName", json!(volume));
    });
    update_status(&machine.world, key, MANAGER, |claim| {
        let modes = claim["spec"]["accessModes"].clone();
        let size = claim["spec"]["resources"]["requests"]["storage"].clone();
        claim["status"] =
            json!({ "phase": "Bound", "accessModes": modes, "capacity": { "storage": size } });
    });
}

/// Takes the protection off a volume or claim that is deleted.
fn release(machine: &mut Machine, key: &Key) {
    update(&machine.world, key, MANAGER, |object| {
        let held: Vec<String> = object::finalizers(object)
            .into_iter()
            .filter(|name| {
                !matches!(*name, "kubernetes.io/pvc-protection" | "kubernetes.io/pv-protection")
            })
            .map(str::to_owned)
            .collect();
        let left = if held.is_empty() { serde_json::Value::Null } else { json!(held) };
        object::set_meta(object, "finalizers", left);
    });
}
