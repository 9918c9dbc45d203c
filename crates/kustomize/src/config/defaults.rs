//! The fields that transformations touch without being told.
//!
//! # Source
//!
//! kustomize v5.8.1, the output of `kustomize config save`.

use crate::config::{Config, references};
use crate::field_spec::{self, FieldSpec};
use crate::identity::Gvk;

/// Group, version, kind, path.
type Row = (&'static str, &'static str, &'static str, &'static str);

const METADATA_LABELS: [Row; 10] = [
    ("", "", "", "metadata/labels"),
    ("", "v1", "ReplicationController", "spec/template/metadata/labels"),
    ("", "", "Deployment", "spec/template/metadata/labels"),
    ("", "", "ReplicaSet", "spec/template/metadata/labels"),
    ("", "", "DaemonSet", "spec/template/metadata/labels"),
    ("apps", "", "StatefulSet", "spec/template/metadata/labels"),
    ("apps", "", "StatefulSet", "spec/volumeClaimTemplates[]/metadata/labels"),
    ("batch", "", "Job", "spec/template/metadata/labels"),
    ("batch", "", "CronJob", "spec/jobTemplate/metadata/labels"),
    ("batch", "", "CronJob", "spec/jobTemplate/spec/template/metadata/labels"),
];

/// Selectors that are made where they are missing.
const SELECTORS: [Row; 6] = [
    ("", "v1", "Service", "spec/selector"),
    ("", "v1", "ReplicationController", "spec/selector"),
    ("", "", "Deployment", "spec/selector/matchLabels"),
    ("", "", "ReplicaSet", "spec/selector/matchLabels"),
    ("", "", "DaemonSet", "spec/selector/matchLabels"),
    ("apps", "", "StatefulSet", "spec/selector/matchLabels"),
];

/// Selectors that are only extended.
const OTHER_SELECTORS: [Row; 6] = [
    ("batch", "", "Job", "spec/selector/matchLabels"),
    ("batch", "", "CronJob", "spec/jobTemplate/spec/selector/matchLabels"),
    ("policy", "", "PodDisruptionBudget", "spec/selector/matchLabels"),
    ("networking.k8s.io", "", "NetworkPolicy", "spec/podSelector/matchLabels"),
    ("networking.k8s.io", "", "NetworkPolicy", "spec/ingress/from/podSelector/matchLabels"),
    ("networking.k8s.io", "", "NetworkPolicy", "spec/egress/to/podSelector/matchLabels"),
];

/// Selectors of the pods of a Deployment or StatefulSet, below `spec/template/spec`.
const POD_SELECTORS: [&str; 5] = [
    "affinity/podAffinity/preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm/labelSelector/matchLabels",
    "affinity/podAffinity/requiredDuringSchedulingIgnoredDuringExecution/labelSelector/matchLabels",
    "affinity/podAntiAffinity/preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm/labelSelector/matchLabels",
    "affinity/podAntiAffinity/requiredDuringSchedulingIgnoredDuringExecution/labelSelector/matchLabels",
    "topologySpreadConstraints/labelSelector/matchLabels",
];

const ANNOTATIONS: [Row; 9] = [
    ("", "", "", "metadata/annotations"),
    ("", "v1", "ReplicationController", "spec/template/metadata/annotations"),
    ("", "", "Deployment", "spec/template/metadata/annotations"),
    ("", "", "ReplicaSet", "spec/template/metadata/annotations"),
    ("", "", "DaemonSet", "spec/template/metadata/annotations"),
    ("", "", "StatefulSet", "spec/template/metadata/annotations"),
    ("batch", "", "Job", "spec/template/metadata/annotations"),
    ("batch", "", "CronJob", "spec/jobTemplate/metadata/annotations"),
    ("batch", "", "CronJob", "spec/jobTemplate/spec/template/metadata/annotations"),
];

const IMAGES: [Row; 6] = [
    ("", "", "", "spec/containers[]/image"),
    ("", "", "", "spec/initContainers[]/image"),
    ("", "", "", "spec/volumes[]/image/reference"),
    ("", "", "", "spec/template/spec/containers[]/image"),
    ("", "", "", "spec/template/spec/initContainers[]/image"),
    ("", "", "", "spec/template/spec/volumes[]/image/reference"),
];

const REPLICAS: [Row; 4] = [
    ("", "", "Deployment", "spec/replicas"),
    ("", "", "ReplicationController", "spec/replicas"),
    ("", "", "ReplicaSet", "spec/replicas"),
    ("", "", "StatefulSet", "spec/replicas"),
];

/// Fields of any pod that may hold `$(VARIABLE)`.
const POD_VARIABLES: [&str; 8] = [
    "containers/args",
    "containers/command",
    "containers/env/value",
    "containers/volumeMounts/mountPath",
    "initContainers/args",
    "initContainers/command",
    "initContainers/env/value",
    "initContainers/volumeMounts/mountPath",
];

/// Other fields that may hold `$(VARIABLE)`.
const VARIABLES: [Row; 16] = [
    ("", "", "CronJob", "spec/jobTemplate/spec/template/volumes/nfs/server"),
    ("", "", "DaemonSet", "spec/template/spec/volumes/nfs/server"),
    ("", "", "Deployment", "spec/template/spec/volumes/nfs/server"),
    ("", "", "Deployment", "spec/template/metadata/annotations"),
    ("", "", "Ingress", "spec/rules/host"),
    ("", "", "Ingress", "spec/tls/hosts"),
    ("", "", "Ingress", "spec/tls/secretName"),
    ("", "", "Job", "spec/template/spec/volumes/nfs/server"),
    ("", "", "Pod", "spec/volumes/nfs/server"),
    ("", "", "ReplicaSet", "spec/template/spec/volumes/nfs/server"),
    ("", "", "Service", "spec/ports/port"),
    ("", "", "Service", "spec/ports/targetPort"),
    ("", "", "StatefulSet", "spec/volumeClaimTemplates/spec/nfs/server"),
    ("", "", "PersistentVolume", "spec/nfs/server"),
    ("", "", "", "metadata/labels"),
    ("", "", "", "metadata/annotations"),
];

fn spec(row: &Row, create: bool) -> FieldSpec {
    let (group, version, kind, path) = *row;
    let gvk = Gvk { group: group.to_owned(), version: version.to_owned(), kind: kind.to_owned() };
    FieldSpec::new(gvk, path, create)
}

fn specs(rows: &[Row], create: bool) -> Vec<FieldSpec> {
    rows.iter().map(|row| spec(row, create)).collect()
}

/// Makes the built-in configuration.
pub(super) fn config() -> Config {
    let name = specs(&[("", "", "", "metadata/name")], false);
    let mut config = Config {
        name_prefix: name.clone(),
        name_suffix: name,
        namespace: namespace(),
        common_labels: common_labels(),
        labels: Vec::new(),
        template_labels: specs(&METADATA_LABELS, true),
        common_annotations: specs(&ANNOTATIONS, true),
        name_reference: references::built_in(),
        var_reference: var_reference(),
        images: specs(&IMAGES, true),
        replicas: specs(&REPLICAS, true),
    };
    config.sort();
    config
}

fn namespace() -> Vec<FieldSpec> {
    vec![
        spec(&("", "", "Namespace", "metadata/name"), true),
        spec(&("apiregistration.k8s.io", "", "APIService", "spec/service/namespace"), true),
        spec(
            &(
                "apiextensions.k8s.io",
                "",
                "CustomResourceDefinition",
                "spec/conversion/webhook/clientConfig/service/namespace",
            ),
            false,
        ),
    ]
}

fn common_labels() -> Vec<FieldSpec> {
    let mut all = specs(&SELECTORS, true);
    for kind in ["Deployment", "StatefulSet"] {
        all.extend(POD_SELECTORS.iter().map(|path| {
            let gvk = Gvk { group: "apps".to_owned(), kind: kind.to_owned(), ..Gvk::default() };
            FieldSpec::new(gvk, &format!("spec/template/spec/{path}"), false)
        }));
    }
    all.extend(specs(&OTHER_SELECTORS, false));
    all.extend(specs(&METADATA_LABELS, true));
    field_spec::sort(&mut all);
    all
}

fn var_reference() -> Vec<FieldSpec> {
    let pods = [
        ("CronJob", "spec/jobTemplate/spec/template/spec"),
        ("DaemonSet", "spec/template/spec"),
        ("Deployment", "spec/template/spec"),
        ("Job", "spec/template/spec"),
        ("Pod", "spec"),
        ("ReplicaSet", "spec/template/spec"),
        ("StatefulSet", "spec/template/spec"),
    ];
    let in_pods = pods.iter().flat_map(|(kind, pod)| {
        POD_VARIABLES.iter().map(move |field| {
            let gvk = Gvk { kind: (*kind).to_owned(), ..Gvk::default() };
            FieldSpec::new(gvk, &format!("{pod}/{field}"), false)
        })
    });
    in_pods.chain(specs(&VARIABLES, false)).collect()
}
