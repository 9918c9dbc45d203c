//! Services find their pods; load balancers and ingresses get an address.

use serde_json::{Value, json};

use super::Machine;
use super::actions::{controller_reference, create, key_like, update, update_status};
use super::pods::{MANAGER, is_ready};
use crate::collect;
use crate::kinds::Resource;
use crate::object::{self, items};
use crate::select::map_selector_matches;
use crate::store::Key;

/// A pod changed: the services that select it may have.
pub(crate) fn pod_changed(machine: &mut Machine, pod: &Key) {
    let services = Resource::new("", "services");
    let (list, _) = machine.world.store.list(&services, &pod.namespace);
    for service in list {
        if service.value["spec"]["selector"].is_object() {
            sync(machine, &key_like(pod, "", "services", object::name(&service.value)));
        }
    }
}

pub(crate) fn sync(machine: &mut Machine, key: &Key) {
    let Some(stored) = machine.world.store.get(key) else {
        collect::delete(&machine.world, &key_like(key, "", "endpoints", &key.name), "Background");
        return;
    };
    let service = &stored.value;
    if service["spec"]["type"] == "LoadBalancer" {
        update_status(&machine.world, key, MANAGER, |service| {
            service["status"]["loadBalancer"] =
                json!({ "ingress": [{ "ip": "127.0.0.1", "ipMode": "VIP" }] });
        });
    }
    if !service["spec"]["selector"].is_object() || service["spec"]["type"] == "ExternalName" {
        return;
    }
    let (pods, _) = machine.world.store.list(&Resource::new("", "pods"), &key.namespace);
    let selector = &service["spec"]["selector"];
    let mut matching: Vec<Value> = pods
        .iter()
        .filter(|pod| map_selector_matches(selector, &pod.value["metadata"]["labels"]))
        .filter(|pod| {
            pod.value["status"]["podIP"].is_string() && !object::is_terminating(&pod.value)
        })
        .map(|pod| pod.value.clone())
        .collect();
    matching.sort_by(|a, b| object::name(a).cmp(object::name(b)));
    write_endpoints(machine, key, service, &matching);
    write_slice(machine, key, service, &matching);
}

fn reference(pod: &Value) -> Value {
    let meta = &pod["metadata"];
    json!({ "kind": "Pod", "name": meta["name"], "namespace": meta["namespace"], "uid": meta["uid"] })
}

/// The number of a service port on a pod.
fn target_port(port: &Value, pod: Option<&Value>) -> Value {
    let Some(name) = port["targetPort"].as_str() else { return port["targetPort"].clone() };
    let containers = pod.map_or(&[][..], |pod| items(&pod["spec"]["containers"]));
    containers
        .iter()
        .flat_map(|container| items(&container["ports"]))
        .find(|p| p["name"] == name)
        .map_or(Value::Null, |p| p["containerPort"].clone())
}

fn ports(service: &Value, pods: &[Value]) -> Vec<Value> {
    items(&service["spec"]["ports"])
        .iter()
        .map(|port| {
            let mut entry = json!({
                "port": target_port(port, pods.first()), "protocol": port["protocol"],
            });
            if let Some(name) = port.get("name") {
                entry["name"] = name.clone();
            }
            entry
        })
        .filter(|port| !port["port"].is_null())
        .collect()
}

fn write_endpoints(machine: &mut Machine, key: &Key, service: &Value, pods: &[Value]) {
    let address = |pod: &Value| json!({ "ip": pod["status"]["podIP"], "nodeName": pod["spec"]["nodeName"], "targetRef": reference(pod) });
    let ready: Vec<Value> = pods.iter().filter(|p| is_ready(p)).map(address).collect();
    let waiting: Vec<Value> = pods.iter().filter(|p| !is_ready(p)).map(address).collect();
    let mut subset = json!({ "ports": ports(service, pods) });
    if !ready.is_empty() {
        subset["addresses"] = json!(ready);
    }
    if !waiting.is_empty() {
        subset["notReadyAddresses"] = json!(waiting);
    }
    let subsets = if pods.is_empty() { json!([]) } else { json!([subset]) };
    let endpoints_key = key_like(key, "", "endpoints", &key.name);
    let labels = service["metadata"].get("labels").cloned();
    if machine.world.store.get(&endpoints_key).is_some() {
        update(&machine.world, &endpoints_key, MANAGER, |object| {
            object["subsets"] = subsets.clone();
        });
        return;
    }
    let mut object = json!({
        "apiVersion": "v1", "kind": "Endpoints",
        "metadata": { "name": key.name, "namespace": key.namespace }, "subsets": subsets,
    });
    if let Some(labels) = labels {
        object["metadata"]["labels"] = labels;
    }
    create(&machine.world, &endpoints_key, object, MANAGER);
}

fn write_slice(machine: &mut Machine, key: &Key, service: &Value, pods: &[Value]) {
    let endpoints: Vec<Value> = pods
        .iter()
        .map(|pod| {
            let ready = is_ready(pod);
            json!({
                "addresses": [pod["status"]["podIP"]],
                "conditions": { "ready": ready, "serving": ready, "terminating": false },
                "nodeName": pod["spec"]["nodeName"], "targetRef": reference(pod),
            })
        })
        .collect();
    let ports = ports(service, pods);
    let name =
        format!("{}-{}", key.name, &object::uid(service)[..5.min(object::uid(service).len())]);
    let slice_key = key_like(key, "discovery.k8s.io", "endpointslices", &name);
    if machine.world.store.get(&slice_key).is_some() {
        update(&machine.world, &slice_key, MANAGER, |slice| {
            slice["endpoints"] = json!(endpoints);
            slice["ports"] = json!(ports);
        });
        return;
    }
    let slice = json!({
        "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
        "metadata": {
            "name": name, "namespace": key.namespace,
            "labels": {
                "kubernetes.io/service-name": key.name,
                "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
            },
            "ownerReferences": [controller_reference(service)],
        },
        "addressType": "IPv4", "endpoints": endpoints, "ports": ports,
    });
    create(&machine.world, &slice_key, slice, MANAGER);
}

/// Gives an ingress its address.
pub(crate) fn ingress(machine: &mut Machine, key: &Key) {
    if machine.world.store.get(key).is_none() {
        return;
    }
    update_status(&machine.world, key, MANAGER, |ingress| {
        ingress["status"]["loadBalancer"] = json!({ "ingress": [{ "ip": "127.0.0.1" }] });
    });
}
