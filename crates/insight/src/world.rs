//! Everything that was read, before anything is concluded from it.

use std::collections::BTreeMap;

use cluster::{Fields, ObjectId};
use jiff::Timestamp;
use serde::Deserialize;

use crate::channel::{HoldView, MoveView, OutOfBand};
use crate::error::Error;
use crate::fields::{id_of, text};

/// What the cluster and the registries say at one moment.
#[derive(Debug, Clone)]
pub struct World {
    /// The moment.
    pub now: Timestamp,
    /// `OCIRepository`, `Bucket`, `GitRepository` and `ExternalArtifact` objects.
    pub sources: Vec<Fields>,
    /// Kustomizations.
    pub kustomizations: Vec<Fields>,
    /// Events about the objects above.
    pub events: Vec<Fields>,
    /// The ledger of each repository that a source names, by repository without scheme:
    /// `registry.example.com/acme/shop`.
    pub ledgers: BTreeMap<String, Ledger>,
    /// What could not be read, one sentence each.
    pub trouble: Vec<String>,
}

/// What a registry remembers of one repository.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Ledger {
    /// The channels that have moves, by name.
    pub channels: BTreeMap<String, Channel>,
    /// The version tag of each digest that has one.
    pub versions: BTreeMap<String, String>,
}

/// One channel as its ledger tells it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Channel {
    /// The digest that the tag points to now; `None` when there is no such tag.
    pub digest: Option<String>,
    /// All lines of the ledger, newest first; marks among the moves.
    pub moves: Vec<MoveView>,
    /// What is refused until it is released.
    pub holds: Vec<HoldView>,
    /// Set when the tag is not where the last move left it.
    pub out_of_band: Option<OutOfBand>,
    /// The digest that the newest move has announced and not reached.
    pub unfinished: Option<String>,
}

/// One delivery looked at closely: what it applied, and what surrounds that.
#[derive(Debug, Clone, Default)]
pub struct Scene {
    /// The live objects of the inventory that can be healthy or not.
    pub objects: Vec<Fields>,
    /// Ids of inventory objects that do not exist.
    pub missing: Vec<ObjectId>,
    /// `ReplicaSet`s, Jobs, Pods and `PersistentVolumeClaim`s of their namespaces.
    pub related: Vec<Fields>,
    /// Events of their namespaces.
    pub events: Vec<Fields>,
}

impl World {
    /// An empty world at `now`.
    pub fn new(now: Timestamp) -> Self {
        Self {
            now,
            sources: Vec::new(),
            kustomizations: Vec::new(),
            events: Vec::new(),
            ledgers: BTreeMap::new(),
            trouble: Vec::new(),
        }
    }

    /// Finds a source by kind, namespace and name.
    pub(crate) fn source(&self, kind: &str, namespace: &str, name: &str) -> Option<&Fields> {
        self.sources.iter().find(|source| is_named(source, kind, namespace, name))
    }

    /// The sources of one repository.
    pub(crate) fn sources_of(&self, repository: &str) -> Vec<Fields> {
        let is_it = |source: &&Fields| crate::SourceView::read(source).repository == repository;
        self.sources.iter().filter(is_it).cloned().collect()
    }

    /// Finds a Kustomization.
    pub(crate) fn kustomization(&self, namespace: &str, name: &str) -> Option<&Fields> {
        self.kustomizations.iter().find(|found| is_named(found, "Kustomization", namespace, name))
    }

    /// The source that a Kustomization names, if it exists.
    pub(crate) fn source_of(&self, kustomization: &Fields) -> Option<&Fields> {
        let id = source_id(kustomization);
        self.source(&id.kind, &id.namespace, &id.name)
    }

    /// The Kustomizations that name a source.
    pub(crate) fn users_of<'a>(&'a self, source: &Fields) -> impl Iterator<Item = &'a Fields> {
        let id = id_of(source);
        self.kustomizations.iter().filter(move |kustomization| {
            let named = source_id(kustomization);
            (&named.kind, &named.namespace, &named.name) == (&id.kind, &id.namespace, &id.name)
        })
    }
}

/// The source that a Kustomization names; its own namespace when it names none.
pub(crate) fn source_id(kustomization: &Fields) -> ObjectId {
    let named = text(kustomization, &["spec", "sourceRef", "namespace"]);
    let own = text(kustomization, &["metadata", "namespace"]);
    ObjectId {
        group: "source.toolkit.fluxcd.io".to_owned(),
        kind: text(kustomization, &["spec", "sourceRef", "kind"]).to_owned(),
        namespace: if named.is_empty() { own } else { named }.to_owned(),
        name: text(kustomization, &["spec", "sourceRef", "name"]).to_owned(),
    }
}

fn is_named(object: &Fields, kind: &str, namespace: &str, name: &str) -> bool {
    text(object, &["kind"]) == kind
        && text(object, &["metadata", "namespace"]) == namespace
        && text(object, &["metadata", "name"]) == name
}

/// An object that a person asks about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The kind in full, such as `Kustomization`; short names are understood by [`Target::parse`].
    pub kind: String,
    /// The namespace; empty for cluster-scoped kinds.
    pub namespace: String,
    /// The name.
    pub name: String,
}

impl Target {
    /// Reads `KIND/NAME` with `kubectl`'s short names and plurals: `ks/shop`, `deployments/web`.
    ///
    /// # Errors
    ///
    /// [`Error::Target`] when there is not one kind and one name.
    pub fn parse(text: &str, namespace: &str) -> Result<Self, Error> {
        let wrong = || Error::Target { text: text.to_owned() };
        let (kind, name) = text.split_once('/').ok_or_else(wrong)?;
        if kind.is_empty() || name.is_empty() || name.contains('/') {
            return Err(wrong());
        }
        Ok(Self { kind: full_kind(kind), namespace: namespace.to_owned(), name: name.to_owned() })
    }
}

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.namespace.is_empty() {
            write!(f, "{}/{}", self.kind, self.name)
        } else {
            write!(f, "{}/{}/{}", self.kind, self.namespace, self.name)
        }
    }
}

/// The kind behind a short name, a plural or another case; unknown kinds stay as written.
fn full_kind(text: &str) -> String {
    const KINDS: [(&str, &[&str]); 16] = [
        ("Kustomization", &["ks", "kustomization", "kustomizations"]),
        ("OCIRepository", &["ocirepo", "ocirepository", "ocirepositories"]),
        ("GitRepository", &["gitrepo", "gitrepository", "gitrepositories"]),
        ("Bucket", &["bucket", "buckets"]),
        ("ExternalArtifact", &["ea", "externalartifact", "externalartifacts"]),
        ("Deployment", &["deploy", "deployment", "deployments"]),
        ("StatefulSet", &["sts", "statefulset", "statefulsets"]),
        ("DaemonSet", &["ds", "daemonset", "daemonsets"]),
        ("ReplicaSet", &["rs", "replicaset", "replicasets"]),
        ("Job", &["job", "jobs"]),
        ("CronJob", &["cj", "cronjob", "cronjobs"]),
        ("Pod", &["po", "pod", "pods"]),
        ("Service", &["svc", "service", "services"]),
        ("ConfigMap", &["cm", "configmap", "configmaps"]),
        ("Namespace", &["ns", "namespace", "namespaces"]),
        ("Ingress", &["ing", "ingress", "ingresses"]),
    ];
    let lower = text.to_lowercase();
    let lower = lower.split('.').next().unwrap_or_default();
    KINDS
        .iter()
        .find(|(_, names)| names.contains(&lower))
        .map_or_else(|| text.to_owned(), |(kind, _)| (*kind).to_owned())
}

#[cfg(test)]
mod tests {
    use super::Target;

    #[test]
    fn kinds_may_be_written_as_in_kubectl() {
        for text in
            ["ks/shop", "Kustomization/shop", "kustomizations.kustomize.toolkit.fluxcd.io/shop"]
        {
            let target = Target::parse(text, "apps").unwrap();
            assert_eq!(target.to_string(), "Kustomization/apps/shop", "{text}");
        }
        assert_eq!(Target::parse("Widget/a", "").unwrap().to_string(), "Widget/a");
        for text in ["shop", "/shop", "ks/", "ks/a/b"] {
            assert!(Target::parse(text, "apps").is_err(), "{text}");
        }
    }
}
