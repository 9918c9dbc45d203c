//! Disruption budgets: how many pods may go.

use serde_json::{Value, json};

use super::Machine;
use super::actions::{set_condition, update_status};
use super::pods::{MANAGER, is_ready};
use crate::kinds::Resource;
use crate::object;
use crate::select::label_selector_matches;
use crate::store::Key;

fn budgets() -> Resource {
    Resource::new("policy", "poddisruptionbudgets")
}

/// A pod changed: the budgets of its namespace may have.
pub(crate) fn pod_changed(machine: &mut Machine, pod: &Key) {
    let (list, _) = machine.world.store.list(&budgets(), &pod.namespace);
    for budget in list {
        let key = Key {
            resource: budgets(),
            namespace: pod.namespace.clone(),
            name: object::name(&budget.value).into(),
        };
        sync(machine, &key);
    }
}

pub(crate) fn sync(machine: &mut Machine, key: &Key) {
    let Some(stored) = machine.world.store.get(key) else { return };
    let spec = &stored.value["spec"];
    let (pods, _) = machine.world.store.list(&Resource::new("", "pods"), &key.namespace);
    let matching: Vec<_> = pods
        .iter()
        .filter(|pod| label_selector_matches(&spec["selector"], &pod.value["metadata"]["labels"]))
        .collect();
    let expected = i64::try_from(matching.len()).unwrap_or(0);
    let healthy =
        i64::try_from(matching.iter().filter(|pod| is_ready(&pod.value)).count()).unwrap_or(0);
    let desired = match (
        amount(&spec["minAvailable"], expected),
        amount(&spec["maxUnavailable"], expected),
    ) {
        (Some(least), _) => least,
        (None, Some(missing)) => (expected - missing).max(0),
        (None, None) => 0,
    };
    let allowed = (healthy - desired).max(0);
    let now = machine.world.now();
    update_status(&machine.world, key, MANAGER, |budget| {
        let generation = object::generation(budget);
        let status = &mut budget["status"];
        status["currentHealthy"] = json!(healthy);
        status["desiredHealthy"] = json!(desired);
        status["disruptionsAllowed"] = json!(allowed);
        status["expectedPods"] = json!(expected);
        status["observedGeneration"] = json!(generation);
        let (state, reason) =
            if allowed > 0 { ("True", "SufficientPods") } else { ("False", "InsufficientPods") };
        let condition = json!({
            "type": "DisruptionAllowed", "status": state, "reason": reason, "message": "",
            "observedGeneration": generation,
        });
        set_condition(status, condition, &now);
    });
}

/// A number, or a percentage of `of` rounded up.
fn amount(value: &Value, of: i64) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => {
            let percent: i64 = text.trim_end_matches('%').parse().ok()?;
            Some((of * percent + 99) / 100)
        }
        _ => None,
    }
}
