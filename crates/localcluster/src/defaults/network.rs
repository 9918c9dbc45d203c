//! Defaults of services and what is around them.

use serde_json::{Value, json};

use crate::object::{child, default, items};
use crate::world::random_hex;

fn random(below: usize) -> usize {
    usize::from_str_radix(&random_hex(3), 16).unwrap_or_default() % below
}

/// A service: types, ports, and the addresses it is given once.
pub(crate) fn service(object: &mut Value, old: Option<&Value>) {
    let before = old.map_or(Value::Null, |old| old["spec"].clone());
    let spec = child(object, "spec");
    default(spec, "type", json!("ClusterIP"));
    default(spec, "sessionAffinity", json!("None"));
    let kind = spec["type"].as_str().unwrap_or_default().to_owned();
    if spec["sessionAffinity"] == "ClientIP" {
        default(spec, "sessionAffinityConfig", json!({ "clientIP": { "timeoutSeconds": 10800 } }));
    }
    let is_external = matches!(kind.as_str(), "NodePort" | "LoadBalancer");
    if kind != "ExternalName" {
        default(spec, "internalTrafficPolicy", json!("Cluster"));
        if spec.get("clusterIP") == Some(&json!("")) {
            spec.remove("clusterIP");
        }
        if let Some(first) = spec.get("clusterIPs").and_then(|ips| ips.get(0)).cloned() {
            default(spec, "clusterIP", first);
        }
        for field in ["clusterIP", "ipFamilies", "ipFamilyPolicy"] {
            if !before[field].is_null() {
                default(spec, field, before[field].clone());
            }
        }
        if !before.is_null() {
            let ip = spec.get("clusterIP").cloned().unwrap_or_default();
            spec.insert("clusterIPs".into(), json!([ip]));
        }
    }
    if is_external {
        default(spec, "externalTrafficPolicy", json!("Cluster"));
    }
    if kind == "LoadBalancer" {
        default(spec, "allocateLoadBalancerNodePorts", json!(true));
    }
    for port in spec.get_mut("ports").and_then(Value::as_array_mut).into_iter().flatten() {
        let Some(port) = port.as_object_mut() else { continue };
        default(port, "protocol", json!("TCP"));
        let number = port.get("port").cloned().unwrap_or(Value::Null);
        let known = items(&before["ports"])
            .iter()
            .find(|p| p["port"] == number && p["protocol"] == port["protocol"])
            .and_then(|p| p.get("nodePort").cloned());
        default(port, "targetPort", number);
        if is_external && kind != "ClusterIP" {
            default(port, "nodePort", known.unwrap_or_else(|| json!(30000 + random(2768))));
        } else if port.get("nodePort") == Some(&json!(0)) {
            port.remove("nodePort");
        }
    }
    default(child(object, "status"), "loadBalancer", json!({}));
}

/// Gives a new service its addresses.
pub(crate) fn assign_addresses(object: &mut Value) {
    let spec = child(object, "spec");
    if spec.get("type") == Some(&json!("ExternalName")) {
        return;
    }
    let given = format!("10.96.{}.{}", random(250) + 1, random(253) + 1);
    default(spec, "clusterIP", json!(given));
    let ip = spec["clusterIP"].clone();
    default(spec, "clusterIPs", json!([ip]));
    default(spec, "ipFamilyPolicy", json!("SingleStack"));
    default(spec, "ipFamilies", json!(["IPv4"]));
}

pub(crate) fn ingress(object: &mut Value) {
    default(child(object, "status"), "loadBalancer", json!({}));
    let rules = object.pointer_mut("/spec/rules").and_then(Value::as_array_mut);
    for rule in rules.into_iter().flatten() {
        let paths = rule.pointer_mut("/http/paths").and_then(Value::as_array_mut);
        for path in paths.into_iter().flatten() {
            if let Some(path) = path.as_object_mut() {
                default(path, "pathType", json!("ImplementationSpecific"));
            }
        }
    }
}

pub(crate) fn network_policy(object: &mut Value) {
    let spec = child(object, "spec");
    let mut types = vec!["Ingress"];
    if spec.get("egress").and_then(Value::as_array).is_some_and(|e| !e.is_empty()) {
        types.push("Egress");
    }
    default(spec, "policyTypes", json!(types));
    for direction in ["ingress", "egress"] {
        for rule in spec.get_mut(direction).and_then(Value::as_array_mut).into_iter().flatten() {
            for port in rule.get_mut("ports").and_then(Value::as_array_mut).into_iter().flatten() {
                if let Some(port) = port.as_object_mut() {
                    default(port, "protocol", json!("TCP"));
                }
            }
        }
    }
}

pub(crate) fn endpoint_slice(object: &mut Value) {
    for port in object.get_mut("ports").and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(port) = port.as_object_mut() {
            default(port, "name", json!(""));
            default(port, "protocol", json!("TCP"));
        }
    }
}

pub(crate) fn endpoints(object: &mut Value) {
    for subset in object.get_mut("subsets").and_then(Value::as_array_mut).into_iter().flatten() {
        for port in subset.get_mut("ports").and_then(Value::as_array_mut).into_iter().flatten() {
            if let Some(port) = port.as_object_mut() {
                default(port, "protocol", json!("TCP"));
            }
        }
    }
}
