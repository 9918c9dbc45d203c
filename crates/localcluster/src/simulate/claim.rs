//! Volume claims are bound at once.

use serde_json::json;

use super::Machine;
use super::actions::{update, update_status};
use super::pods::MANAGER;
use crate::object;
use crate::store::Key;

pub(crate) fn sync(machine: &mut Machine, key: &Key) {
    let Some(stored) = machine.world.store.get(key) else { return };
    if stored.value["status"]["phase"] == "Bound" || object::is_terminating(&stored.value) {
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
