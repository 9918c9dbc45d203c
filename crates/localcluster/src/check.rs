//! What the API server refuses in built-in objects.

mod metadata;
mod others;
mod workload;

use serde_json::Value;

use crate::kinds::Kind;
use crate::status::Cause;

pub(crate) use metadata::metadata;

/// Everything wrong with a built-in object; `old` is what it would replace.
pub(crate) fn builtin(kind: &Kind, object: &Value, old: Option<&Value>) -> Vec<Cause> {
    let mut causes = Vec::new();
    match (kind.group.as_str(), kind.kind.as_str()) {
        ("apps", "Deployment" | "ReplicaSet" | "StatefulSet" | "DaemonSet") => {
            workload::check(kind, object, old, &mut causes);
        }
        ("batch", "Job") => workload::job(object, old, &mut causes),
        ("batch", "CronJob") => workload::cron_job(object, &mut causes),
        ("", "Pod") => workload::pod(object, old, &mut causes),
        ("", "Service") => others::service(object, old, &mut causes),
        ("", "Secret") => others::secret(object, old, &mut causes),
        ("", "ConfigMap") => others::config_map(object, old, &mut causes),
        ("", "PersistentVolumeClaim") => others::claim(object, old, &mut causes),
        ("rbac.authorization.k8s.io", "RoleBinding" | "ClusterRoleBinding") => {
            others::binding(object, old, &mut causes);
        }
        ("networking.k8s.io", "Ingress") => others::ingress(object, &mut causes),
        ("apiextensions.k8s.io", "CustomResourceDefinition") => {
            others::definition(object, old, &mut causes);
        }
        ("storage.k8s.io", "StorageClass") => others::storage_class(object, old, &mut causes),
        _ => {}
    }
    causes
}

/// Adds a cause when a field that never changes has changed.
fn immutable(object: &Value, old: Option<&Value>, path: &str, causes: &mut Vec<Cause>) {
    let Some(old) = old else { return };
    let (now, before) = (crate::object::at(object, path), crate::object::at(old, path));
    if now != before {
        causes.push(Cause::invalid(path, now, "field is immutable"));
    }
}
