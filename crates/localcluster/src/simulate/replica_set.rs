//! Replica sets: as many pods as asked for.

use serde_json::{Value, json};

use super::Machine;
use super::actions::{count, update_status};
use super::pods::{self, MANAGER, Plan, is_available, is_ready};
use crate::object;
use crate::store::Key;

const COMPONENT: &str = "replicaset-controller";

pub(crate) fn sync(machine: &mut Machine, key: &Key) {
    let Some(stored) = machine.world.store.get(key) else { return };
    let set = &stored.value;
    let mut active = pods::active(&machine.world, set);
    let wanted = usize::try_from(set["spec"]["replicas"].as_i64().unwrap_or(1)).unwrap_or(0);
    if !object::is_terminating(set) {
        for _ in active.len()..wanted {
            let plan = Plan { name: "", labels: &[], adjust: None, component: COMPONENT };
            pods::make(machine, set, key, &plan);
        }
        if active.len() > wanted {
            // Those that do not serve go first, then the youngest.
            active.sort_by_key(|pod| (is_ready(&pod.value), std::cmp::Reverse(pod.revision)));
            for pod in &active[..active.len() - wanted] {
                pods::remove(machine, set, &pod.value, COMPONENT);
            }
        }
    }
    report(machine, key, set);
}

fn report(machine: &mut Machine, key: &Key, set: &Value) {
    let active = pods::active(&machine.world, set);
    let now = machine.world.timestamp().as_second();
    let minimum = set["spec"]["minReadySeconds"].as_i64().unwrap_or(0);
    let number = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    let ready = active.iter().filter(|pod| is_ready(&pod.value)).count();
    let available = active.iter().filter(|pod| is_available(&pod.value, minimum, now)).count();
    if available < ready {
        let wait = u64::try_from(minimum).unwrap_or(0).clamp(1, 3600);
        machine.later(key, std::time::Duration::from_secs(wait));
    }
    update_status(&machine.world, key, MANAGER, |object| {
        let generation = object::generation(object);
        let status = &mut object["status"];
        if !status.is_object() {
            *status = json!({});
        }
        status["replicas"] = json!(active.len());
        count(status, "fullyLabeledReplicas", number(active.len()));
        count(status, "readyReplicas", number(ready));
        count(status, "availableReplicas", number(available));
        count(status, "observedGeneration", generation);
    });
}
