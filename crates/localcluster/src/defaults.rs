//! What the API server writes into built-in objects that left it open.
//!
//! # Source
//!
//! `k8s.io/kubernetes/pkg/apis/*/v1/defaults.go` and the strategies' `PrepareForCreate`.

mod cluster;
mod custom_resource;
mod network;
mod pod;
mod workload;

use serde_json::Value;

use crate::kinds::Kind;

/// Writes the defaults of a built-in kind; `old` is what is there already.
pub(crate) fn add(kind: &Kind, object: &mut Value, old: Option<&Value>) {
    match (kind.group.as_str(), kind.kind.as_str()) {
        ("apps", "Deployment") => workload::deployment(object),
        ("apps", "StatefulSet") => workload::stateful_set(object),
        ("apps", "DaemonSet") => workload::daemon_set(object, old),
        ("apps", "ReplicaSet") => workload::replica_set(object),
        ("", "ReplicationController") => workload::replication_controller(object),
        ("batch", "Job") => workload::job(object),
        ("batch", "CronJob") => workload::cron_job(object),
        ("", "Pod") => pod::pod(object),
        ("", "Service") => network::service(object, old),
        ("networking.k8s.io", "Ingress") => network::ingress(object),
        ("networking.k8s.io", "NetworkPolicy") => network::network_policy(object),
        ("discovery.k8s.io", "EndpointSlice") => network::endpoint_slice(object),
        ("", "Endpoints") => network::endpoints(object),
        ("", "Secret") => cluster::secret(object),
        ("", "Namespace") => cluster::namespace(object),
        ("", "PersistentVolumeClaim") => cluster::claim(object),
        ("", "PersistentVolume") => cluster::volume(object),
        ("", "LimitRange") => cluster::limit_range(object),
        ("", "Node") => cluster::node(object),
        ("rbac.authorization.k8s.io", "RoleBinding" | "ClusterRoleBinding") => {
            cluster::binding(object);
        }
        ("autoscaling", "HorizontalPodAutoscaler") => cluster::autoscaler(object),
        ("storage.k8s.io", "StorageClass") => cluster::storage_class(object),
        ("scheduling.k8s.io", "PriorityClass") => cluster::priority_class(object),
        ("admissionregistration.k8s.io", _) => cluster::admission(object),
        ("apiextensions.k8s.io", _) => custom_resource::definition(object),
        _ => {}
    }
}

/// Writes what the server gives an object after it was judged, and that no manager owns: addresses,
/// generated selectors, protection.
pub(crate) fn assign(kind: &Kind, object: &mut Value) {
    match (kind.group.as_str(), kind.kind.as_str()) {
        ("", "Service") => network::assign_addresses(object),
        ("", "Pod") => pod::admit(object),
        ("", "Namespace") => cluster::hold_content(object),
        ("", "PersistentVolumeClaim") => cluster::protect(object, "kubernetes.io/pvc-protection"),
        ("", "PersistentVolume") => cluster::protect(object, "kubernetes.io/pv-protection"),
        ("batch", "Job") => workload::assign_job_labels(object),
        _ => {}
    }
}
