//! What every namespace and every cluster has from the start.

use serde_json::json;

use super::Machine;
use super::actions::{create, key};
use super::kubelet::NODE;
use super::pods::MANAGER;
use crate::authorize;
use crate::object;
use crate::store::Key;
use crate::world::World;

/// Makes the namespaces that every cluster has, and its one node.
pub(crate) fn bootstrap(world: &World) {
    for name in ["default", "kube-system", "kube-public", "kube-node-lease"] {
        let namespace =
            json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": name } });
        create(world, &key("", "namespaces", "", name), namespace, "kube-apiserver");
        add_account(world, name);
    }
    for (plural, object) in authorize::bootstrap() {
        let role = key("rbac.authorization.k8s.io", plural, "", object::name(&object));
        create(world, &role, object, "kube-apiserver");
    }
    node(world);
    let service = json!({
        "apiVersion": "v1", "kind": "Service",
        "metadata": { "name": "kubernetes", "namespace": "default",
            "labels": { "component": "apiserver", "provider": "kubernetes" } },
        "spec": { "clusterIP": "10.96.0.1",
            "ports": [{ "name": "https", "port": 443, "targetPort": 6443 }] },
    });
    create(world, &key("", "services", "default", "kubernetes"), service, "kube-apiserver");
}

fn node(world: &World) {
    let node_key = key("", "nodes", "", NODE);
    let labels = json!({
        "kubernetes.io/hostname": NODE, "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64",
    });
    let node = json!({
        "apiVersion": "v1", "kind": "Node", "metadata": { "name": NODE, "labels": labels },
    });
    create(world, &node_key, node, "kubelet");
    let now = world.now();
    super::actions::update_status(world, &node_key, "kubelet", |node| {
        node["status"] = json!({
            "capacity": { "cpu": "8", "memory": "16Gi", "pods": "110" },
            "allocatable": { "cpu": "8", "memory": "16Gi", "pods": "110" },
            "addresses": [
                { "type": "InternalIP", "address": "127.0.0.1" }, { "type": "Hostname", "address": NODE },
            ],
            "conditions": [{
                "type": "Ready", "status": "True", "reason": "KubeletReady",
                "message": "the simulated kubelet is posting ready status",
                "lastHeartbeatTime": now, "lastTransitionTime": now,
            }],
            "nodeInfo": {
                "architecture": "amd64", "operatingSystem": "linux", "osImage": "wharf local cluster",
                "kubeletVersion": "v1.36.2", "kubeProxyVersion": "", "kernelVersion": "",
                "containerRuntimeVersion": "simulated://1", "machineID": "", "systemUUID": "", "bootID": "",
            },
        });
    });
}

/// Gives a namespace its default service account and the root certificate map.
pub(crate) fn sync(machine: &mut Machine, key: &Key) {
    let Some(stored) = machine.world.store.get(key) else { return };
    if !object::is_terminating(&stored.value) {
        add_account(&machine.world, &key.name);
    }
}

fn add_account(world: &World, namespace: &str) {
    let account_key = key("", "serviceaccounts", namespace, "default");
    if world.store.get(&account_key).is_none() {
        let account = json!({
            "apiVersion": "v1", "kind": "ServiceAccount",
            "metadata": { "name": "default", "namespace": namespace },
        });
        create(world, &account_key, account, MANAGER);
    }
    let map_key = key("", "configmaps", namespace, "kube-root-ca.crt");
    if world.store.get(&map_key).is_none() {
        let map = json!({
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": { "name": "kube-root-ca.crt", "namespace": namespace },
            "data": { "ca.crt": "" },
        });
        create(world, &map_key, map, MANAGER);
    }
}
