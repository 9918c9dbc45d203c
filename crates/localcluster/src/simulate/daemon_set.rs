//! Daemon sets: one pod on the one node.

use serde_json::{Value, json};

use super::Machine;
use super::actions::{count, update_status};
use super::kubelet::NODE;
use super::pods::{self, MANAGER, Plan, is_ready};
use crate::object::{self, label};
use crate::store::Key;

const COMPONENT: &str = "daemonset-controller";
const HASH: &str = "controller-revision-hash";

pub(crate) fn sync(machine: &mut Machine, key: &Key) {
    let Some(stored) = machine.world.store.get(key) else { return };
    let set = &stored.value;
    if object::is_terminating(set) {
        return;
    }
    let revision = pods::hash(&set["spec"]["template"]);
    let active = pods::active(&machine.world, set);
    let is_current = |pod: &Value| label(pod, HASH) == Some(revision.as_str());
    let rolls = set["spec"]["updateStrategy"]["type"] != "OnDelete";
    if active.is_empty() {
        let bind = |pod: &mut Value| pod["spec"]["nodeName"] = json!(NODE);
        let labels = [(HASH, revision.clone())];
        let plan = Plan { name: "", labels: &labels, adjust: Some(&bind), component: COMPONENT };
        pods::make(machine, set, key, &plan);
    } else if rolls && let Some(pod) = active.iter().find(|pod| !is_current(&pod.value)) {
        pods::remove(machine, set, &pod.value, COMPONENT);
    }
    let active = pods::active(&machine.world, set);
    let ready = i64::from(active.iter().any(|pod| is_ready(&pod.value)));
    let updated = i64::from(active.iter().any(|pod| is_current(&pod.value)));
    update_status(&machine.world, key, MANAGER, |object| {
        let generation = object::generation(object);
        let status = &mut object["status"];
        status["currentNumberScheduled"] = json!(active.len().min(1));
        status["desiredNumberScheduled"] = json!(1);
        status["numberMisscheduled"] = json!(0);
        status["numberReady"] = json!(ready);
        count(status, "numberAvailable", ready);
        count(status, "numberUnavailable", 1 - ready);
        count(status, "updatedNumberScheduled", updated);
        count(status, "observedGeneration", generation);
    });
}
