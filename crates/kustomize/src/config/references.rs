//! Which fields hold the names of other objects.
//!
//! # Source
//!
//! kustomize v5.8.1, the output of `kustomize config save`, `namereference`.

use crate::config::NameReference;
use crate::field_spec::FieldSpec;
use crate::identity::Gvk;

/// The kinds that hold pods, the version they must have, and where the pod's spec is.
const PODS: [(&str, &str, &str); 8] = [
    ("Pod", "v1", "spec"),
    ("PodTemplate", "", "template/spec"),
    ("Deployment", "", "spec/template/spec"),
    ("ReplicaSet", "", "spec/template/spec"),
    ("DaemonSet", "", "spec/template/spec"),
    ("StatefulSet", "", "spec/template/spec"),
    ("Job", "", "spec/template/spec"),
    ("CronJob", "", "spec/jobTemplate/spec/template/spec"),
];

/// Other kinds with pods, for the few fields that are known to name things in all of them.
const WORKLOADS: [(&str, &str); 7] = [
    ("Pod", "spec"),
    ("StatefulSet", "spec/template/spec"),
    ("Deployment", "spec/template/spec"),
    ("ReplicationController", "spec/template/spec"),
    ("CronJob", "spec/jobTemplate/spec/template/spec"),
    ("Job", "spec/template/spec"),
    ("DaemonSet", "spec/template/spec"),
];

const CONFIG_MAP_FIELDS: [&str; 6] = [
    "volumes/configMap/name",
    "containers/env/valueFrom/configMapKeyRef/name",
    "initContainers/env/valueFrom/configMapKeyRef/name",
    "containers/envFrom/configMapRef/name",
    "initContainers/envFrom/configMapRef/name",
    "volumes/projected/sources/configMap/name",
];

const SECRET_FIELDS: [&str; 7] = [
    "volumes/secret/secretName",
    "containers/env/valueFrom/secretKeyRef/name",
    "initContainers/env/valueFrom/secretKeyRef/name",
    "containers/envFrom/secretRef/name",
    "initContainers/envFrom/secretRef/name",
    "imagePullSecrets/name",
    "volumes/projected/sources/secret/name",
];

const RBAC: &str = "rbac.authorization.k8s.io";
const ADMISSION: &str = "admissionregistration.k8s.io";

/// Makes the built-in references.
pub(super) fn built_in() -> Vec<NameReference> {
    let mut all = scaled();
    all.push(config_map());
    all.push(secret());
    all.push(service());
    all.extend(roles());
    all.extend(of_workloads());
    all.extend(storage());
    all.push(reference(
        "networking.k8s.io/v1",
        "v1",
        "IngressClass",
        vec![field("", "Ingress", "spec/ingressClassName")],
    ));
    all.push(reference(
        ADMISSION,
        "",
        "ValidatingAdmissionPolicy",
        vec![field(ADMISSION, "ValidatingAdmissionPolicyBinding", "spec/policyName")],
    ));
    all
}

fn reference(group: &str, version: &str, kind: &str, referrers: Vec<FieldSpec>) -> NameReference {
    NameReference { target: gvk(group, version, kind), referrers }
}

fn gvk(group: &str, version: &str, kind: &str) -> Gvk {
    Gvk { group: group.to_owned(), version: version.to_owned(), kind: kind.to_owned() }
}

fn field(group: &str, kind: &str, path: &str) -> FieldSpec {
    FieldSpec::new(gvk(group, "", kind), path, false)
}

fn scaled() -> Vec<NameReference> {
    let kinds = ["Deployment", "ReplicationController", "ReplicaSet", "StatefulSet"];
    let scaler = || vec![field("", "HorizontalPodAutoscaler", "spec/scaleTargetRef/name")];
    kinds.iter().map(|kind| reference("", "", kind, scaler())).collect()
}

fn in_pods(fields: &[&str]) -> Vec<FieldSpec> {
    let all = PODS.iter().flat_map(|(kind, version, pod)| {
        fields.iter().map(move |field| {
            FieldSpec::new(gvk("", version, kind), &format!("{pod}/{field}"), false)
        })
    });
    all.collect()
}

fn config_map() -> NameReference {
    let mut referrers = in_pods(&CONFIG_MAP_FIELDS);
    referrers.extend([
        field("", "Node", "spec/configSource/configMap"),
        field("", "Role", "rules/resourceNames"),
        field("", "ClusterRole", "rules/resourceNames"),
        field(
            "",
            "Ingress",
            r"metadata/annotations/nginx.ingress.kubernetes.io\/fastcgi-params-configmap",
        ),
    ]);
    reference("", "v1", "ConfigMap", referrers)
}

fn secret() -> NameReference {
    let mut referrers = in_pods(&SECRET_FIELDS);
    referrers.extend([
        field("", "Ingress", "spec/tls/secretName"),
        field("", "Ingress", r"metadata/annotations/ingress.kubernetes.io\/auth-secret"),
        field("", "Ingress", r"metadata/annotations/nginx.ingress.kubernetes.io\/auth-secret"),
        field("", "Ingress", r"metadata/annotations/nginx.ingress.kubernetes.io\/auth-tls-secret"),
        field("", "ServiceAccount", "imagePullSecrets/name"),
        field("", "StorageClass", "parameters/secretName"),
        field("", "StorageClass", "parameters/adminSecretName"),
        field("", "StorageClass", "parameters/userSecretName"),
        field("", "StorageClass", "parameters/secretRef"),
        field("", "Role", "rules/resourceNames"),
        field("", "ClusterRole", "rules/resourceNames"),
        FieldSpec::new(
            gvk("serving.knative.dev", "v1", "Service"),
            "spec/template/spec/containers/env/valueFrom/secretKeyRef/name",
            false,
        ),
        field("", "PersistentVolume", "spec/azureFile/secretName"),
    ]);
    reference("", "v1", "Secret", referrers)
}

fn service() -> NameReference {
    reference(
        "",
        "v1",
        "Service",
        vec![
            field("apps", "StatefulSet", "spec/serviceName"),
            field("", "Ingress", "spec/rules/http/paths/backend/serviceName"),
            field("", "Ingress", "spec/backend/serviceName"),
            field("", "Ingress", "spec/rules/http/paths/backend/service/name"),
            field("", "Ingress", "spec/defaultBackend/service/name"),
            field("apiregistration.k8s.io", "APIService", "spec/service/name"),
            field(ADMISSION, "ValidatingWebhookConfiguration", "webhooks/clientConfig/service"),
            field(ADMISSION, "MutatingWebhookConfiguration", "webhooks/clientConfig/service"),
        ],
    )
}

fn roles() -> [NameReference; 2] {
    let role = field(RBAC, "RoleBinding", "roleRef/name");
    let cluster_role = field(RBAC, "ClusterRoleBinding", "roleRef/name");
    [
        reference(RBAC, "", "Role", vec![role.clone()]),
        reference(RBAC, "", "ClusterRole", vec![role, cluster_role]),
    ]
}

fn of_workloads() -> [NameReference; 3] {
    let all = |name: &str| {
        let fields = WORKLOADS.iter().map(|(kind, pod)| field("", kind, &format!("{pod}/{name}")));
        fields.collect::<Vec<_>>()
    };
    let mut accounts =
        vec![field(RBAC, "RoleBinding", "subjects"), field(RBAC, "ClusterRoleBinding", "subjects")];
    accounts.extend(all("serviceAccountName"));
    [
        reference("", "v1", "ServiceAccount", accounts),
        reference(
            "",
            "v1",
            "PersistentVolumeClaim",
            all("volumes/persistentVolumeClaim/claimName"),
        ),
        reference("scheduling.k8s.io", "v1", "PriorityClass", all("priorityClassName")),
    ]
}

fn storage() -> [NameReference; 2] {
    [
        reference(
            "",
            "v1",
            "PersistentVolume",
            vec![
                field("", "PersistentVolumeClaim", "spec/volumeName"),
                field("", "ClusterRole", "rules/resourceNames"),
            ],
        ),
        reference(
            "storage.k8s.io",
            "v1",
            "StorageClass",
            vec![
                field("", "PersistentVolume", "spec/storageClassName"),
                field("", "PersistentVolumeClaim", "spec/storageClassName"),
                field("", "StatefulSet", "spec/volumeClaimTemplates/spec/storageClassName"),
            ],
        ),
    ]
}
