//! Defaults of pods and pod templates.

use serde_json::{Map, Value, json};

use crate::object::{child, default};

/// A pod of its own.
pub(crate) fn pod(object: &mut Value) {
    let spec = child(object, "spec");
    fill(spec, true);
    default(spec, "enableServiceLinks", json!(true));
    for list in ["initContainers", "containers"] {
        for container in spec.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten() {
            requests_from_limits(container);
        }
    }
    let class = quality_of_service(spec);
    let status = child(object, "status");
    default(status, "phase", json!("Pending"));
    default(status, "qosClass", json!(class));
}

/// What admission adds to a pod.
pub(crate) fn admit(object: &mut Value) {
    let spec = child(object, "spec");
    default(spec, "serviceAccountName", json!("default"));
    default(spec, "serviceAccount", spec["serviceAccountName"].clone());
    default(spec, "priority", json!(0));
    default(spec, "preemptionPolicy", json!("PreemptLowerPriority"));
    default(
        spec,
        "tolerations",
        json!([
            { "key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300 },
            { "key": "node.kubernetes.io/unreachable", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300 },
        ]),
    );
}

/// The template of a workload.
pub(crate) fn template(template: &mut Value) {
    fill(child(template, "spec"), false);
}

fn fill(spec: &mut Map<String, Value>, is_pod: bool) {
    default(spec, "restartPolicy", json!("Always"));
    default(spec, "dnsPolicy", json!("ClusterFirst"));
    default(spec, "schedulerName", json!("default-scheduler"));
    default(spec, "terminationGracePeriodSeconds", json!(30));
    default(spec, "securityContext", json!({}));
    if let Some(account) = spec.get("serviceAccountName").cloned() {
        default(spec, "serviceAccount", account);
    } else if let Some(account) = spec.get("serviceAccount").cloned() {
        default(spec, "serviceAccountName", account);
    }
    // Only pods get the host ports; a template keeps what was said.
    let host_network = is_pod && spec.get("hostNetwork") == Some(&json!(true));
    for list in ["initContainers", "containers", "ephemeralContainers"] {
        for item in spec.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten() {
            if let Some(map) = item.as_object_mut() {
                container(map, host_network);
            }
        }
    }
    for item in spec.get_mut("volumes").and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(map) = item.as_object_mut() {
            volume(map);
        }
    }
    for item in spec
        .get_mut("topologySpreadConstraints")
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
    {
        if let Some(map) = item.as_object_mut() {
            default(map, "maxSkew", json!(1));
        }
    }
}

fn container(container: &mut Map<String, Value>, host_network: bool) {
    let image = container.get("image").and_then(Value::as_str).unwrap_or_default();
    let policy = if pulls_always(image) { "Always" } else { "IfNotPresent" };
    default(container, "imagePullPolicy", json!(policy));
    default(container, "terminationMessagePath", json!("/dev/termination-log"));
    default(container, "terminationMessagePolicy", json!("File"));
    default(container, "resources", json!({}));
    for port in container.get_mut("ports").and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(port) = port.as_object_mut() {
            default(port, "protocol", json!("TCP"));
            if host_network && let Some(number) = port.get("containerPort").cloned() {
                default(port, "hostPort", number);
            }
        }
    }
    for env in container.get_mut("env").and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(reference) =
            env.pointer_mut("/valueFrom/fieldRef").and_then(Value::as_object_mut)
        {
            default(reference, "apiVersion", json!("v1"));
        }
        if let Some(reference) =
            env.pointer_mut("/valueFrom/resourceFieldRef").and_then(Value::as_object_mut)
        {
            default(reference, "divisor", json!("0"));
        }
    }
    for name in ["livenessProbe", "readinessProbe", "startupProbe"] {
        if let Some(probe) = container.get_mut(name).and_then(Value::as_object_mut) {
            fill_probe(probe);
        }
    }
    for hook in ["/lifecycle/postStart/httpGet", "/lifecycle/preStop/httpGet"] {
        let action = container.get_mut("lifecycle").and_then(|l| l.pointer_mut(&hook[10..]));
        if let Some(action) = action.and_then(Value::as_object_mut) {
            http_get(action);
        }
    }
}

/// Whether the image's tag is absent or `latest`, and it has no digest.
fn pulls_always(image: &str) -> bool {
    if image.contains('@') {
        return false;
    }
    let last = image.rsplit('/').next().unwrap_or_default();
    last.rsplit_once(':').is_none_or(|(_, tag)| tag == "latest")
}

fn fill_probe(probe: &mut Map<String, Value>) {
    for (field, value) in [
        ("timeoutSeconds", 1),
        ("periodSeconds", 10),
        ("successThreshold", 1),
        ("failureThreshold", 3),
    ] {
        if probe.get(field).is_some_and(|v| v == 0) {
            probe.remove(field);
        }
        default(probe, field, json!(value));
    }
    if probe.get("initialDelaySeconds").is_some_and(|v| v == 0) {
        probe.remove("initialDelaySeconds");
    }
    if let Some(action) = probe.get_mut("httpGet").and_then(Value::as_object_mut) {
        http_get(action);
    }
    if let Some(action) = probe.get_mut("grpc").and_then(Value::as_object_mut) {
        default(action, "service", json!(""));
    }
}

fn http_get(action: &mut Map<String, Value>) {
    default(action, "path", json!("/"));
    default(action, "scheme", json!("HTTP"));
}

fn volume(volume: &mut Map<String, Value>) {
    if volume.len() == 1 {
        volume.insert("emptyDir".into(), json!({}));
    }
    for (source, mode) in [
        ("secret", "defaultMode"),
        ("configMap", "defaultMode"),
        ("downwardAPI", "defaultMode"),
        ("projected", "defaultMode"),
    ] {
        if let Some(source) = volume.get_mut(source).and_then(Value::as_object_mut) {
            default(source, mode, json!(420));
        }
    }
    if let Some(path) = volume.get_mut("hostPath").and_then(Value::as_object_mut) {
        default(path, "type", json!(""));
    }
    for pointer in ["downwardAPI", "projected"] {
        let Some(source) = volume.get_mut(pointer) else { continue };
        projections(source);
    }
    if let Some(template) =
        volume.get_mut("ephemeral").and_then(|e| e.pointer_mut("/volumeClaimTemplate/spec"))
        && let Some(spec) = template.as_object_mut()
    {
        default(spec, "volumeMode", json!("Filesystem"));
    }
}

fn projections(source: &mut Value) {
    for item in source.get_mut("items").and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(reference) = item.pointer_mut("/fieldRef").and_then(Value::as_object_mut) {
            default(reference, "apiVersion", json!("v1"));
        }
    }
    for below in source.get_mut("sources").and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(token) =
            below.pointer_mut("/serviceAccountToken").and_then(Value::as_object_mut)
        {
            default(token, "expirationSeconds", json!(3600));
        }
        if let Some(downward) = below.get_mut("downwardAPI") {
            projections(downward);
        }
    }
}

fn requests_from_limits(container: &mut Value) {
    let Some(resources) = container.get_mut("resources").and_then(Value::as_object_mut) else {
        return;
    };
    let limits = resources.get("limits").and_then(Value::as_object).cloned().unwrap_or_default();
    if limits.is_empty() {
        return;
    }
    let requests = resources.entry("requests").or_insert_with(|| json!({}));
    if let Some(requests) = requests.as_object_mut() {
        for (name, amount) in limits {
            default(requests, &name, amount);
        }
    }
}

/// The quality-of-service class of a pod.
fn quality_of_service(spec: &Map<String, Value>) -> &'static str {
    let containers = spec.get("containers").and_then(Value::as_array).cloned().unwrap_or_default();
    let amount = |container: &Value, list: &str, name: &str| {
        container["resources"][list][name].as_str().map(str::to_owned)
    };
    let mut any = false;
    let mut all = !containers.is_empty();
    for container in &containers {
        for name in ["cpu", "memory"] {
            let (request, limit) =
                (amount(container, "requests", name), amount(container, "limits", name));
            any |= request.is_some() || limit.is_some();
            all &= limit.is_some() && request == limit;
        }
    }
    match (any, all) {
        (false, _) => "BestEffort",
        (true, true) => "Guaranteed",
        (true, false) => "Burstable",
    }
}
