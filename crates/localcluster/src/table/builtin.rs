//! The columns of built-in kinds, each with its cell beside its heading.
//!
//! # Source
//!
//! `k8s.io/kubernetes/pkg/printers/internalversion/printers.go`.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Heading, since, workload};
use crate::kinds::Kind;
use crate::object::{self, items};
use crate::select::selector_text;

/// One column of one object.
pub(crate) struct Cell {
    pub(crate) heading: Heading,
    pub(crate) value: Value,
}

/// A cell that is always shown.
pub(crate) fn cell(name: &str, value: impl Into<Value>) -> Cell {
    let value = value.into();
    let kind = match value {
        Value::Number(_) => "integer",
        Value::Bool(_) => "boolean",
        _ => "string",
    };
    Cell { heading: Heading::new(name, kind, 0), value }
}

/// A cell whose type is not its value's.
pub(crate) fn typed(name: &str, kind: &'static str, value: impl Into<Value>) -> Cell {
    Cell { heading: Heading::new(name, kind, 0), value: value.into() }
}

/// A cell that only `-o wide` shows.
pub(crate) fn wide(name: &str, value: impl Into<Value>) -> Cell {
    Cell { heading: Heading::new(name, "string", 1), value: value.into() }
}

pub(crate) fn age(object: &Value, now: Timestamp) -> Cell {
    cell("Age", since(object::meta(object, "creationTimestamp"), now))
}

/// The text, or `<none>` when there is none.
pub(crate) fn or_none(text: &str) -> String {
    if text.is_empty() { "<none>".into() } else { text.into() }
}

pub(crate) fn text(object: &Value, path: &str) -> String {
    match object::at(object, path) {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

pub(crate) fn number(object: &Value, path: &str) -> i64 {
    object::at(object, path).as_i64().unwrap_or(0)
}

/// The items of a list, each as text, joined with commas.
pub(crate) fn joined(list: &Value, of: impl Fn(&Value) -> String) -> String {
    items(list).iter().map(of).collect::<Vec<_>>().join(",")
}

/// All cells of an object; of `null`, all headings.
pub(crate) fn row(kind: &Kind, object: &Value, now: Timestamp) -> Vec<Cell> {
    let name =
        Cell { heading: Heading::new("Name", "string", 0), value: json!(object::name(object)) };
    let mut cells = vec![name];
    match (kind.group.as_str(), kind.kind.as_str()) {
        ("apps" | "batch", _) | ("", "Pod" | "ReplicationController") => {
            cells.extend(workload::row(&kind.kind, object, now));
        }
        ("" | "events.k8s.io", "Event") => return event(object, now),
        ("", _) => cells.extend(core(&kind.kind, object, now)),
        ("rbac.authorization.k8s.io", _) => cells.extend(rbac(&kind.kind, object, now)),
        ("networking.k8s.io" | "discovery.k8s.io", _) => {
            cells.extend(network(&kind.kind, object, now));
        }
        ("apiextensions.k8s.io", _) => {
            cells.push(typed("Created At", "date", object::meta(object, "creationTimestamp")));
        }
        _ => cells.extend(others(&kind.kind, object, now)),
    }
    cells
}

fn core(kind: &str, object: &Value, now: Timestamp) -> Vec<Cell> {
    let size = |field: &str| object[field].as_object().map_or(0, serde_json::Map::len);
    match kind {
        "Namespace" => vec![cell("Status", text(object, "status.phase")), age(object, now)],
        "ConfigMap" => {
            vec![typed("Data", "string", size("data") + size("binaryData")), age(object, now)]
        }
        "Secret" => {
            vec![
                cell("Type", text(object, "type")),
                typed("Data", "string", size("data")),
                age(object, now),
            ]
        }
        "ResourceQuota" => quota(object, now),
        "Service" => service(object, now),
        "Node" => node(object, now),
        "PersistentVolumeClaim" => claim(object, now),
        "PersistentVolume" => volume(object, now),
        "Endpoints" => {
            let shown = joined(&object["subsets"], |subset| {
                let ports: Vec<String> =
                    items(&subset["ports"]).iter().map(|p| p["port"].to_string()).collect();
                joined(&subset["addresses"], |address| {
                    let ip = address["ip"].as_str().unwrap_or_default();
                    ports.iter().map(|p| format!("{ip}:{p}")).collect::<Vec<_>>().join(",")
                })
            });
            vec![cell("Endpoints", or_none(&shown)), age(object, now)]
        }
        "LimitRange" => {
            vec![typed("Created At", "date", object::meta(object, "creationTimestamp"))]
        }
        _ => vec![age(object, now)],
    }
}

fn quota(object: &Value, now: Timestamp) -> Vec<Cell> {
    let shown = |limits: bool| {
        let hard = object["status"]["hard"].as_object().or(object["spec"]["hard"].as_object());
        let used = &object["status"]["used"];
        let amounts =
            hard.into_iter().flatten().filter(|(name, _)| name.starts_with("limits.") == limits);
        let text = |value: &Value| value.as_str().unwrap_or("0").to_owned();
        amounts
            .map(|(name, amount)| {
                format!("{name}: {}/{}", text(&used[name.as_str()]), text(amount))
            })
            .collect::<Vec<_>>()
            .join(", ")
    };
    vec![cell("Request", shown(false)), cell("Limit", shown(true)), age(object, now)]
}

fn service(object: &Value, now: Timestamp) -> Vec<Cell> {
    let spec = &object["spec"];
    let kind = spec["type"].as_str().unwrap_or_default();
    let external = match kind {
        "LoadBalancer" => {
            let found = joined(&object["status"]["loadBalancer"]["ingress"], |at| {
                at["ip"].as_str().or(at["hostname"].as_str()).unwrap_or_default().to_owned()
            });
            if found.is_empty() { "<pending>".to_owned() } else { found }
        }
        "ExternalName" => text(object, "spec.externalName"),
        _ => {
            or_none(&joined(&spec["externalIPs"], |ip| ip.as_str().unwrap_or_default().to_owned()))
        }
    };
    let ports = joined(&spec["ports"], |port| {
        let protocol = port["protocol"].as_str().unwrap_or("TCP");
        match port["nodePort"].as_i64() {
            Some(node) => format!("{}:{node}/{protocol}", port["port"]),
            None => format!("{}/{protocol}", port["port"]),
        }
    });
    vec![
        cell("Type", kind),
        cell("Cluster-IP", or_none(spec["clusterIP"].as_str().unwrap_or_default())),
        cell("External-IP", external),
        cell("Port(s)", or_none(&ports)),
        age(object, now),
        wide("Selector", or_none(&pairs(&spec["selector"]))),
    ]
}

/// A map as `a=b,c=d`.
pub(crate) fn pairs(map: &Value) -> String {
    let pairs = map.as_object().into_iter().flatten();
    pairs
        .map(|(k, v)| format!("{k}={}", v.as_str().unwrap_or_default()))
        .collect::<Vec<_>>()
        .join(",")
}

fn node(object: &Value, now: Timestamp) -> Vec<Cell> {
    let ready = items(&object["status"]["conditions"])
        .iter()
        .any(|c| c["type"] == "Ready" && c["status"] == "True");
    let mut state = if ready { "Ready".to_owned() } else { "NotReady".to_owned() };
    if object["spec"]["unschedulable"] == true {
        state.push_str(",SchedulingDisabled");
    }
    let address = items(&object["status"]["addresses"])
        .iter()
        .find(|a| a["type"] == "InternalIP")
        .and_then(|a| a["address"].as_str())
        .unwrap_or("<none>");
    let info = |field: &str| text(object, &format!("status.nodeInfo.{field}"));
    vec![
        cell("Status", state),
        cell("Roles", "<none>"),
        age(object, now),
        cell("Version", info("kubeletVersion")),
        wide("Internal-IP", address),
        wide("External-IP", "<none>"),
        wide("OS-Image", info("osImage")),
        wide("Kernel-Version", or_none(&info("kernelVersion"))),
        wide("Container-Runtime", info("containerRuntimeVersion")),
    ]
}

fn modes(list: &Value) -> String {
    joined(list, |mode| {
        match mode.as_str().unwrap_or_default() {
            "ReadWriteOnce" => "RWO",
            "ReadOnlyMany" => "ROX",
            "ReadWriteMany" => "RWX",
            "ReadWriteOncePod" => "RWOP",
            other => other,
        }
        .to_owned()
    })
}

fn claim(object: &Value, now: Timestamp) -> Vec<Cell> {
    vec![
        cell("Status", text(object, "status.phase")),
        cell("Volume", text(object, "spec.volumeName")),
        cell("Capacity", text(object, "status.capacity.storage")),
        cell("Access Modes", modes(&object["status"]["accessModes"])),
        cell("StorageClass", text(object, "spec.storageClassName")),
        cell("VolumeAttributesClass", "<unset>"),
        age(object, now),
        wide("VolumeMode", text(object, "spec.volumeMode")),
    ]
}

fn volume(object: &Value, now: Timestamp) -> Vec<Cell> {
    let claim = &object["spec"]["claimRef"];
    let claim = match claim["name"].as_str() {
        Some(name) => format!("{}/{name}", claim["namespace"].as_str().unwrap_or_default()),
        None => String::new(),
    };
    vec![
        cell("Capacity", text(object, "spec.capacity.storage")),
        cell("Access Modes", modes(&object["spec"]["accessModes"])),
        cell("Reclaim Policy", text(object, "spec.persistentVolumeReclaimPolicy")),
        cell("Status", text(object, "status.phase")),
        cell("Claim", claim),
        cell("StorageClass", text(object, "spec.storageClassName")),
        cell("VolumeAttributesClass", "<unset>"),
        cell("Reason", text(object, "status.reason")),
        age(object, now),
        wide("VolumeMode", text(object, "spec.volumeMode")),
    ]
}

fn event(object: &Value, now: Timestamp) -> Vec<Cell> {
    let first = ["firstTimestamp", "deprecatedFirstTimestamp", "eventTime"];
    let last = ["lastTimestamp", "deprecatedLastTimestamp", "eventTime"];
    let time = |fields: [&str; 3]| {
        let found = fields.iter().find_map(|field| object[*field].as_str());
        found.map_or_else(|| "<unknown>".to_owned(), |time| since(time, now))
    };
    let either = |a: &str, b: &str| {
        let first = text(object, a);
        if first.is_empty() { text(object, b) } else { first }
    };
    let about = format!(
        "{}/{}",
        either("involvedObject.kind", "regarding.kind").to_lowercase(),
        either("involvedObject.name", "regarding.name")
    );
    let source = either("source.component", "deprecatedSource.component");
    let reporter = either("reportingComponent", "reportingController");
    vec![
        cell("Last Seen", time(last)),
        cell("Type", text(object, "type")),
        cell("Reason", text(object, "reason")),
        cell("Object", about),
        wide("Subobject", text(object, "involvedObject.fieldPath")),
        wide("Source", if source.is_empty() { reporter } else { source }),
        cell("Message", either("message", "note").trim().to_owned()),
        wide("First Seen", time(first)),
        wide("Count", either("count", "deprecatedCount")),
        wide("Name", object::name(object)),
    ]
}

fn rbac(kind: &str, object: &Value, now: Timestamp) -> Vec<Cell> {
    if !kind.ends_with("Binding") {
        return vec![typed("Created At", "date", object::meta(object, "creationTimestamp"))];
    }
    let subjects = |wanted: &str| {
        let matching = items(&object["subjects"]).iter().filter(|s| s["kind"] == wanted);
        let names = matching.map(|s| match s["namespace"].as_str() {
            Some(namespace) => format!("{namespace}/{}", s["name"].as_str().unwrap_or_default()),
            None => s["name"].as_str().unwrap_or_default().to_owned(),
        });
        names.collect::<Vec<_>>().join(", ")
    };
    vec![
        cell("Role", format!("{}/{}", text(object, "roleRef.kind"), text(object, "roleRef.name"))),
        age(object, now),
        wide("Users", subjects("User")),
        wide("Groups", subjects("Group")),
        wide("ServiceAccounts", subjects("ServiceAccount")),
    ]
}

fn network(kind: &str, object: &Value, now: Timestamp) -> Vec<Cell> {
    match kind {
        "Ingress" => {
            let spec = &object["spec"];
            let hosts =
                joined(&spec["rules"], |rule| rule["host"].as_str().unwrap_or_default().into());
            let address = joined(&object["status"]["loadBalancer"]["ingress"], |at| {
                at["ip"].as_str().or(at["hostname"].as_str()).unwrap_or_default().to_owned()
            });
            let ports = if items(&spec["tls"]).is_empty() { "80" } else { "80, 443" };
            vec![
                cell("Class", or_none(&text(object, "spec.ingressClassName"))),
                cell("Hosts", if hosts.is_empty() { "*".to_owned() } else { hosts }),
                cell("Address", address),
                cell("Ports", ports),
                age(object, now),
            ]
        }
        "NetworkPolicy" => {
            let selector = selector_text(&object["spec"]["podSelector"]);
            vec![cell("Pod-Selector", or_none(&selector)), age(object, now)]
        }
        "IngressClass" => vec![
            cell("Controller", text(object, "spec.controller")),
            cell("Parameters", or_none(&text(object, "spec.parameters.name"))),
            age(object, now),
        ],
        "EndpointSlice" => vec![
            cell("AddressType", text(object, "addressType")),
            cell("Ports", or_none(&joined(&object["ports"], |p| p["port"].to_string()))),
            cell(
                "Endpoints",
                or_none(&joined(&object["endpoints"], |endpoint| {
                    joined(&endpoint["addresses"], |a| a.as_str().unwrap_or_default().to_owned())
                })),
            ),
            age(object, now),
        ],
        _ => vec![age(object, now)],
    }
}

fn others(kind: &str, object: &Value, now: Timestamp) -> Vec<Cell> {
    match kind {
        "PodDisruptionBudget" => {
            let or_na = |path: &str| {
                let found = text(object, path);
                if found.is_empty() { "N/A".to_owned() } else { found }
            };
            vec![
                cell("Min Available", or_na("spec.minAvailable")),
                cell("Max Unavailable", or_na("spec.maxUnavailable")),
                cell("Allowed Disruptions", number(object, "status.disruptionsAllowed")),
                age(object, now),
            ]
        }
        "HorizontalPodAutoscaler" => {
            let of = "spec.scaleTargetRef";
            let reference = format!(
                "{}/{}",
                text(object, &format!("{of}.kind")),
                text(object, &format!("{of}.name"))
            );
            vec![
                cell("Reference", reference),
                cell("Targets", "<unknown>"),
                cell("MinPods", text(object, "spec.minReplicas")),
                typed("MaxPods", "string", number(object, "spec.maxReplicas")),
                typed("Replicas", "string", number(object, "status.currentReplicas")),
                age(object, now),
            ]
        }
        "StorageClass" => vec![
            cell("Provisioner", text(object, "provisioner")),
            cell("ReclaimPolicy", text(object, "reclaimPolicy")),
            cell("VolumeBindingMode", text(object, "volumeBindingMode")),
            cell("AllowVolumeExpansion", object["allowVolumeExpansion"] == true),
            age(object, now),
        ],
        "PriorityClass" => vec![
            cell("Value", number(object, "value")),
            cell("Global-Default", object["globalDefault"] == true),
            age(object, now),
            cell("PreemptionPolicy", text(object, "preemptionPolicy")),
        ],
        "Lease" => vec![cell("Holder", text(object, "spec.holderIdentity")), age(object, now)],
        "RuntimeClass" => vec![cell("Handler", text(object, "handler")), age(object, now)],
        kind if kind.ends_with("WebhookConfiguration") => {
            vec![cell("Webhooks", items(&object["webhooks"]).len()), age(object, now)]
        }
        _ => vec![age(object, now)],
    }
}
