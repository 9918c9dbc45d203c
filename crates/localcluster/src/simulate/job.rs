//! Jobs: pods that run to their end.

use serde_json::{Value, json};

use super::Machine;
use super::actions::{controlled, count, set_condition, update_status};
use super::event::Said;
use super::pods::{self, MANAGER, Plan, is_ready};
use crate::object;
use crate::store::Key;

const COMPONENT: &str = "job-controller";

pub(crate) fn sync(machine: &mut Machine, key: &Key) {
    let Some(stored) = machine.world.store.get(key) else { return };
    let job = &stored.value;
    let is_over = ["Complete", "Failed"].iter().any(|kind| super::actions::is_true(job, kind));
    if object::is_terminating(job) || is_over {
        return;
    }
    let spec = &job["spec"];
    let all = controlled(&machine.world, job, "pods");
    let in_phase = |phase: &str| {
        i64::try_from(all.iter().filter(|pod| pod.value["status"]["phase"] == phase).count())
            .unwrap_or(0)
    };
    let (succeeded, failed) = (in_phase("Succeeded"), in_phase("Failed"));
    let wanted = spec["completions"].as_i64().unwrap_or(1);
    let limit = spec["backoffLimit"].as_i64().unwrap_or(6);
    let has_failed = failed > limit;
    let is_complete = succeeded >= wanted;
    let is_suspended = spec["suspend"] == true;
    if !has_failed && !is_complete && !is_suspended {
        let active = i64::try_from(pods::active(&machine.world, job).len()).unwrap_or(0);
        let parallel = spec["parallelism"].as_i64().unwrap_or(1);
        for _ in active..parallel.min(wanted - succeeded) {
            let plan = Plan { name: "", labels: &[], adjust: None, component: COMPONENT };
            pods::make(machine, job, key, &plan);
        }
    }
    report(machine, key, job, (succeeded, failed, is_complete, has_failed));
}

fn report(
    machine: &mut Machine,
    key: &Key,
    job: &Value,
    (succeeded, failed, is_complete, has_failed): (i64, i64, bool, bool),
) {
    let active = pods::active(&machine.world, job);
    let ready = active.iter().filter(|pod| is_ready(&pod.value)).count();
    let now = machine.world.now();
    let is_suspended = job["spec"]["suspend"] == true;
    update_status(&machine.world, key, MANAGER, |object| {
        let status = &mut object["status"];
        if !status.is_object() {
            *status = json!({});
        }
        if !is_suspended {
            object::default(object::child(object, "status"), "startTime", json!(now));
        }
        let status = &mut object["status"];
        count(status, "active", i64::try_from(active.len()).unwrap_or(0));
        count(status, "succeeded", succeeded);
        count(status, "failed", failed);
        status["ready"] = json!(ready);
        status["uncountedTerminatedPods"] = json!({});
        if is_complete {
            status["completionTime"] = json!(now);
            for kind in ["SuccessCriteriaMet", "Complete"] {
                let condition = json!({
                    "type": kind, "status": "True", "reason": "CompletionsReached",
                    "message": "Reached expected number of succeeded pods", "lastProbeTime": now,
                });
                set_condition(status, condition, &now);
            }
        } else if has_failed {
            for kind in ["FailureTarget", "Failed"] {
                let condition = json!({
                    "type": kind, "status": "True", "reason": "BackoffLimitExceeded",
                    "message": "Job has reached the specified backoff limit", "lastProbeTime": now,
                });
                set_condition(status, condition, &now);
            }
        }
    });
    if is_complete {
        let message = "Job completed".to_owned();
        let said = Said { kind: "Normal", reason: "Completed", message, component: COMPONENT };
        machine.events.record(&machine.world, job, &said);
    }
}
