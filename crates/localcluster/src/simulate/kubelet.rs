//! The kubelet of the one node: pods are bound, their images looked up, then they run or fail.

mod status;

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use super::actions::{update, update_status};
use super::event::Said;
use super::{Machine, News};
use crate::object::{self, annotation, items};
use crate::store::Key;

/// The one node of a local cluster.
pub(crate) const NODE: &str = "wharf-local";
const MANAGER: &str = "kubelet";
const LONGEST_BACK_OFF: Duration = Duration::from_mins(5);

/// Where a pod is on its way.
#[derive(Debug)]
pub(crate) struct PodState {
    pub(crate) step: Step,
    attempts: u32,
    address: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    /// The images are being looked up.
    Pulling,
    /// All is there; it runs at that time.
    Starting(Instant),
    /// The pull failed; it is tried again at that time.
    BackOff {
        until: Instant,
        image: String,
        why: String,
        told: bool,
    },
    Running,
    /// A pod that runs to its end ends at that time.
    Ending(Instant),
    Over,
}

/// Looks at one pod.
pub(crate) fn sync(machine: &mut Machine, key: &Key) {
    let Some(stored) = machine.world.store.get(key) else { return };
    let pod = &stored.value;
    if object::is_terminating(pod)
        || matches!(pod["status"]["phase"].as_str(), Some("Succeeded" | "Failed"))
    {
        machine.pods.remove(object::uid(pod));
        return;
    }
    let uid = object::uid(pod).to_owned();
    match machine.pods.get(&uid).map(|state| state.step.clone()) {
        None if pod["status"]["phase"] == "Running" => {
            machine.pods.insert(
                uid,
                PodState { step: Step::Running, attempts: 0, address: address_of(pod) },
            );
        }
        None => begin(machine, key, pod),
        Some(Step::Starting(at)) if at <= Instant::now() => run(machine, key, pod),
        Some(Step::Ending(at)) if at <= Instant::now() => end(machine, key, pod),
        Some(Step::BackOff { until, image, why, told }) => {
            if until <= Instant::now() {
                pull(machine, key, pod);
            } else if !told {
                tell_back_off(machine, key, pod, (&image, &why));
            }
        }
        Some(_) => {}
    }
}

fn address_of(pod: &Value) -> String {
    pod["status"]["podIP"].as_str().unwrap_or_default().to_owned()
}

/// Binds the pod to the node and starts to pull.
fn begin(machine: &mut Machine, key: &Key, pod: &Value) {
    machine.next_address += 1;
    let number = machine.next_address;
    let address = format!("10.244.{}.{}", number / 250 % 250, number % 250 + 2);
    let uid = object::uid(pod).to_owned();
    machine.pods.insert(uid, PodState { step: Step::Pulling, attempts: 0, address });
    if pod["spec"]["nodeName"].as_str().unwrap_or_default().is_empty() {
        update(&machine.world, key, "kube-scheduler", |pod| pod["spec"]["nodeName"] = json!(NODE));
        let message = format!("Successfully assigned {}/{} to {NODE}", key.namespace, key.name);
        tell(machine, pod, ("Normal", "Scheduled", message), "default-scheduler");
    }
    pull(machine, key, pod);
}

fn images(pod: &Value) -> Vec<String> {
    ["initContainers", "containers"]
        .iter()
        .flat_map(|list| items(&pod["spec"][*list]))
        .filter_map(|container| container["image"].as_str().map(str::to_owned))
        .collect()
}

fn pull(machine: &mut Machine, key: &Key, pod: &Value) {
    let uid = object::uid(pod).to_owned();
    if let Some(state) = machine.pods.get_mut(&uid) {
        state.step = Step::Pulling;
    }
    if machine.world.images.is_some() {
        machine.look_up(key.clone(), uid, images(pod));
    } else {
        heard(machine, &News { pod: key.clone(), uid, missing: None });
    }
}

/// The images were looked up.
pub(crate) fn heard(machine: &mut Machine, news: &News) {
    let Some(stored) = machine.world.store.get(&news.pod) else { return };
    let pod = &stored.value;
    if object::uid(pod) != news.uid {
        return;
    }
    let Some(state) = machine.pods.get_mut(&news.uid) else { return };
    match &news.missing {
        None => {
            let delay = machine.timing.pod_start;
            state.step = Step::Starting(Instant::now() + delay);
            machine.later(&news.pod, delay);
        }
        Some((image, why)) => {
            state.attempts += 1;
            let factor = 1_u32 << (state.attempts - 1).min(10);
            let wait = (machine.timing.pull_retry * factor).min(LONGEST_BACK_OFF);
            let until = Instant::now() + wait;
            state.step =
                Step::BackOff { until, image: image.clone(), why: why.clone(), told: false };
            tell_pull_failed(machine, &news.pod, pod, (image, why));
            machine.later(&news.pod, machine.timing.pod_start.min(wait / 2));
            machine.later(&news.pod, wait);
        }
    }
}

/// What containerd says of an image that is not there.
fn pull_error(image: &str, why: &str) -> String {
    format!(
        "failed to pull and unpack image \"{image}\": failed to resolve reference \"{image}\": {image}: {why}"
    )
}

fn tell_pull_failed(machine: &mut Machine, key: &Key, pod: &Value, (image, why): (&str, &str)) {
    let error = pull_error(image, why);
    let waiting = ("ErrImagePull", error.clone());
    show_waiting(machine, key, image, &waiting);
    tell(machine, pod, ("Normal", "Pulling", format!("Pulling image \"{image}\"")), MANAGER);
    tell(
        machine,
        pod,
        ("Warning", "Failed", format!("Failed to pull image \"{image}\": {error}")),
        MANAGER,
    );
    tell(machine, pod, ("Warning", "Failed", "Error: ErrImagePull".into()), MANAGER);
}

fn tell_back_off(machine: &mut Machine, key: &Key, pod: &Value, (image, why): (&str, &str)) {
    if let Some(PodState { step: Step::BackOff { told, .. }, .. }) =
        machine.pods.get_mut(object::uid(pod))
    {
        *told = true;
    }
    let error = pull_error(image, why);
    let message = format!("Back-off pulling image \"{image}\": ErrImagePull: {error}");
    show_waiting(machine, key, image, &("ImagePullBackOff", message));
    let short = format!("Back-off pulling image \"{image}\"");
    tell(machine, pod, ("Normal", "BackOff", short), MANAGER);
    tell(machine, pod, ("Warning", "Failed", "Error: ImagePullBackOff".into()), MANAGER);
}

fn show_waiting(machine: &mut Machine, key: &Key, image: &str, (reason, message): &(&str, String)) {
    let now = machine.world.now();
    update_status(&machine.world, key, MANAGER, |pod| {
        let waiting = |container: &Value| {
            if container["image"] == image {
                json!({ "waiting": { "reason": reason, "message": message } })
            } else {
                json!({ "waiting": { "reason": "ContainerCreating" } })
            }
        };
        status::pending(pod, &now, &waiting);
    });
}

fn tell(machine: &mut Machine, pod: &Value, what: (&str, &str, String), component: &str) {
    let (kind, reason, message) = what;
    machine.events.record(&machine.world, pod, &Said { kind, reason, message, component });
}

/// The pod's containers run, unless it is marked to fail.
fn run(machine: &mut Machine, key: &Key, pod: &Value) {
    for container in items(&pod["spec"]["containers"]) {
        let image = container["image"].as_str().unwrap_or_default();
        let name = container["name"].as_str().unwrap_or_default();
        let pulled = format!("Container image \"{image}\" already present on machine");
        tell(machine, pod, ("Normal", "Pulled", pulled), MANAGER);
        tell(machine, pod, ("Normal", "Created", format!("Created container: {name}")), MANAGER);
        tell(machine, pod, ("Normal", "Started", format!("Started container {name}")), MANAGER);
    }
    let uid = object::uid(pod).to_owned();
    let fault = annotation(pod, "sim.wharf.dev/fail").unwrap_or_default().to_owned();
    let ends = object::controller_of(pod).is_some_and(|owner| owner["kind"] == "Job");
    let now = machine.world.now();
    let delay = machine.timing.pod_start;
    let Some(state) = machine.pods.get_mut(&uid) else { return };
    let address = state.address.clone();
    state.step = if ends { Step::Ending(Instant::now() + delay) } else { Step::Running };
    if ends {
        machine.later(key, delay);
    }
    update_status(&machine.world, key, MANAGER, |pod| {
        status::running(pod, &now, &address, &fault);
    });
    match fault.as_str() {
        "CrashLoopBackOff" | "OOMKilled" => {
            let message = format!("Back-off restarting failed container in pod {}", key.name);
            tell(machine, pod, ("Warning", "BackOff", message), MANAGER);
        }
        "Unready" => {
            let message = "Readiness probe failed: HTTP probe failed with statuscode: 503";
            tell(machine, pod, ("Warning", "Unhealthy", message.into()), MANAGER);
        }
        _ => {}
    }
}

/// A pod of a job is done.
fn end(machine: &mut Machine, key: &Key, pod: &Value) {
    let uid = object::uid(pod);
    if let Some(state) = machine.pods.get_mut(uid) {
        state.step = Step::Over;
    }
    let has_failed = annotation(pod, "sim.wharf.dev/fail").is_some();
    let now = machine.world.now();
    update_status(&machine.world, key, MANAGER, |pod| status::ended(pod, &now, has_failed));
}
