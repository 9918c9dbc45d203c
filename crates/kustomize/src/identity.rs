//! Kinds and names: what a resource is called, and what selects it.

use std::fmt;

use manifest::yaml::Node;

use crate::node::text_at;

/// The namespace of kinds that have none.
pub(crate) const NO_NAMESPACE: &str = "_non_namespaceable_";

/// Group, version and kind; empty parts match anything when it selects.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Gvk {
    pub(crate) group: String,
    pub(crate) version: String,
    pub(crate) kind: String,
}

/// What a resource is called: unique among the resources of one build.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Id {
    pub(crate) gvk: Gvk,
    pub(crate) name: String,
    /// As written; empty when absent.
    pub(crate) namespace: String,
    /// Whether the kind is known to have no namespace.
    pub(crate) is_cluster_scoped: bool,
}

/// What decides whether two ids are the same.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    name: String,
    gvk: Gvk,
    namespace: String,
}

/// Splits `group/version`.
pub(crate) fn group_version(api_version: &str) -> (&str, &str) {
    api_version.split_once('/').unwrap_or(("", api_version))
}

impl Gvk {
    pub(crate) fn new(api_version: &str, kind: &str) -> Self {
        let (group, version) = group_version(api_version);
        Self { group: group.to_owned(), version: version.to_owned(), kind: kind.to_owned() }
    }

    /// Reads it from the fields of a resource.
    pub(crate) fn of(node: &Node) -> Self {
        Self::new(api_version(node), kind(node))
    }

    pub(crate) fn api_version(&self) -> String {
        if self.group.is_empty() {
            self.version.clone()
        } else {
            format!("{}/{}", self.group, self.version)
        }
    }

    pub(crate) fn is_selected_by(&self, selector: &Self) -> bool {
        let fits = |want: &str, have: &str| want.is_empty() || want == have;
        fits(&selector.group, &self.group)
            && fits(&selector.version, &self.version)
            && fits(&selector.kind, &self.kind)
    }

    /// Whether the built-in schema knows the kind as one without namespace.
    pub(crate) fn is_cluster_scoped(&self) -> bool {
        let versions: &[&str] = match (self.group.as_str(), self.kind.as_str()) {
            (
                "admissionregistration.k8s.io",
                "MutatingWebhookConfiguration" | "ValidatingWebhookConfiguration",
            )
            | ("apiextensions.k8s.io", "CustomResourceDefinition")
            | ("apiregistration.k8s.io", "APIService")
            | ("certificates.k8s.io", "CertificateSigningRequest")
            | ("networking.k8s.io", "IngressClass")
            | ("node.k8s.io", "RuntimeClass")
            | ("rbac.authorization.k8s.io", "ClusterRole" | "ClusterRoleBinding")
            | ("scheduling.k8s.io", "PriorityClass")
            | ("storage.k8s.io", "CSIDriver" | "CSINode" | "StorageClass" | "VolumeAttachment") => {
                &["v1", "v1beta1"]
            }
            ("flowcontrol.apiserver.k8s.io", "FlowSchema" | "PriorityLevelConfiguration")
            | ("policy", "PodSecurityPolicy") => &["v1beta1"],
            (
                "",
                "ComponentStatus" | "Namespace" | "Node" | "NodeProxyOptions" | "PersistentVolume",
            ) => &["v1"],
            _ => &[],
        };
        versions.contains(&self.version.as_str())
    }
}

impl fmt::Display for Gvk {
    /// As kustomize prints it: `Deployment.v1.apps`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let or = |text: &str, none: &'static str| {
            if text.is_empty() { none.to_owned() } else { text.to_owned() }
        };
        let (kind, version) = (or(&self.kind, "[noKind]"), or(&self.version, "[noVer]"));
        write!(f, "{kind}.{version}.{}", or(&self.group, "[noGrp]"))
    }
}

impl Id {
    /// The id that the fields of a resource give it now.
    pub(crate) fn of(node: &Node) -> Self {
        let gvk = Gvk::of(node);
        let is_cluster_scoped = gvk.is_cluster_scoped();
        Self {
            gvk,
            name: name(node).to_owned(),
            namespace: namespace(node).to_owned(),
            is_cluster_scoped,
        }
    }

    pub(crate) fn effective_namespace(&self) -> &str {
        match self.namespace.as_str() {
            _ if self.is_cluster_scoped => NO_NAMESPACE,
            "" => "default",
            namespace => namespace,
        }
    }

    pub(crate) fn key(&self) -> Key {
        Key {
            name: self.name.clone(),
            gvk: self.gvk.clone(),
            namespace: self.effective_namespace().to_owned(),
        }
    }

    /// Whether a selector of exact texts takes it.
    pub(crate) fn is_selected_by(&self, selector: &Self) -> bool {
        (selector.name.is_empty() || selector.name == self.name)
            && (selector.namespace.is_empty()
                || selector.effective_namespace() == self.effective_namespace())
            && self.gvk.is_selected_by(&selector.gvk)
    }
}

impl fmt::Display for Id {
    /// As kustomize prints it: `Deployment.v1.apps/web.[noNs]`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = if self.name.is_empty() { "[noName]" } else { &self.name };
        let namespace = if self.namespace.is_empty() { "[noNs]" } else { &self.namespace };
        write!(f, "{}/{name}.{namespace}", self.gvk)
    }
}

/// The `apiVersion` of a resource, or an empty text.
pub(crate) fn api_version(node: &Node) -> &str {
    node.get("apiVersion").map_or("", |value| value.value.as_str())
}

/// The `kind` of a resource, or an empty text.
pub(crate) fn kind(node: &Node) -> &str {
    node.get("kind").map_or("", |value| value.value.as_str())
}

/// The name of a resource, or an empty text.
pub(crate) fn name(node: &Node) -> &str {
    text_at(node, &["metadata", "name"])
}

/// The namespace of a resource as written, or an empty text.
pub(crate) fn namespace(node: &Node) -> &str {
    text_at(node, &["metadata", "namespace"])
}
