//! The kinds this server serves: built-in ones from a compiled-in table, custom ones from CRDs.

mod custom;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};

pub(crate) use custom::from_crd;

use crate::schema::{Schema, builtin};

/// Where objects of a kind are kept; kinds that are two views of one thing share it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Resource {
    pub(crate) group: String,
    pub(crate) plural: String,
}

impl Resource {
    pub(crate) fn new(group: &str, plural: &str) -> Self {
        Self { group: group.into(), plural: plural.into() }
    }
}

/// One kind in all its versions.
#[derive(Debug)]
pub(crate) struct Kind {
    pub(crate) group: String,
    #[expect(clippy::struct_field_names, reason = "it is what Kubernetes calls it")]
    pub(crate) kind: String,
    #[expect(clippy::struct_field_names, reason = "it is what Kubernetes calls it")]
    pub(crate) list_kind: String,
    pub(crate) plural: String,
    pub(crate) singular: String,
    pub(crate) short_names: Vec<String>,
    pub(crate) categories: Vec<String>,
    pub(crate) namespaced: bool,
    pub(crate) verbs: Vec<String>,
    pub(crate) versions: Vec<Version>,
    pub(crate) resource: Resource,
    pub(crate) is_custom: bool,
    pub(crate) has_generation: bool,
}

/// One version of a kind.
#[derive(Debug)]
pub(crate) struct Version {
    pub(crate) name: String,
    pub(crate) storage: bool,
    pub(crate) schema: Arc<Schema>,
    /// The name of the built-in definition, or the CRD's own schema.
    pub(crate) openapi: OpenApi,
    pub(crate) has_status: bool,
    pub(crate) scale: Option<Scale>,
    pub(crate) subresources: Vec<String>,
    pub(crate) columns: Vec<Column>,
}

#[derive(Debug)]
pub(crate) enum OpenApi {
    Definition(String),
    Inline(Value),
}

/// Where the scale subresource finds its numbers, as dotted paths.
#[derive(Debug, Clone)]
pub(crate) struct Scale {
    pub(crate) spec_replicas: String,
    pub(crate) status_replicas: String,
    pub(crate) selector: Option<String>,
}

/// One printer column of a custom kind.
#[derive(Debug, Clone)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) format: String,
    pub(crate) description: String,
    pub(crate) priority: i64,
    pub(crate) path: String,
}

impl Kind {
    /// `deployments.apps`, or `pods` in the core group.
    pub(crate) fn qualified(&self) -> String {
        if self.group.is_empty() {
            self.plural.clone()
        } else {
            format!("{}.{}", self.plural, self.group)
        }
    }

    /// `Deployment.apps`, or `Pod` in the core group.
    pub(crate) fn qualified_kind(&self) -> String {
        if self.group.is_empty() {
            self.kind.clone()
        } else {
            format!("{}.{}", self.kind, self.group)
        }
    }

    pub(crate) fn version(&self, name: &str) -> Option<&Version> {
        self.versions.iter().find(|v| v.name == name)
    }

    /// `apps/v1`, or `v1` in the core group.
    pub(crate) fn api_version(&self, version: &str) -> String {
        if self.group.is_empty() { version.into() } else { format!("{}/{version}", self.group) }
    }

    pub(crate) fn storage_version(&self) -> &Version {
        self.versions.iter().find(|v| v.storage).unwrap_or(&self.versions[0])
    }
}

/// All kinds served at one moment.
#[derive(Debug, Default, Clone)]
pub(crate) struct Kinds {
    by_group: BTreeMap<String, BTreeMap<String, Arc<Kind>>>,
}

impl Kinds {
    /// The built-in kinds.
    pub(crate) fn builtin() -> Self {
        let mut kinds = Self::default();
        for kind in builtin_kinds() {
            kinds.insert(Arc::new(kind));
        }
        kinds
    }

    pub(crate) fn insert(&mut self, kind: Arc<Kind>) {
        self.by_group.entry(kind.group.clone()).or_default().insert(kind.plural.clone(), kind);
    }

    pub(crate) fn get(&self, group: &str, plural: &str) -> Option<&Arc<Kind>> {
        self.by_group.get(group)?.get(plural)
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Arc<Kind>> {
        self.by_group.values().flat_map(BTreeMap::values)
    }

    /// The groups with their versions, preferred version first.
    pub(crate) fn groups(&self) -> BTreeMap<&str, Vec<&str>> {
        let mut groups: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for kind in self.all() {
            let versions = groups.entry(kind.group.as_str()).or_default();
            for version in &kind.versions {
                if !versions.contains(&version.name.as_str()) {
                    versions.push(&version.name);
                }
            }
        }
        for versions in groups.values_mut() {
            versions.sort_by_key(|v| std::cmp::Reverse(version_priority(v)));
        }
        groups
    }

    pub(crate) fn in_version<'a>(
        &'a self,
        group: &str,
        version: &'a str,
    ) -> impl Iterator<Item = (&'a Arc<Kind>, &'a Version)> {
        self.by_group
            .get(group)
            .into_iter()
            .flat_map(BTreeMap::values)
            .filter_map(move |kind| kind.version(version).map(|v| (kind, v)))
    }
}

/// Orders versions as Kubernetes does: v2 > v1 > v1beta2 > v1alpha1 > anything else.
pub(crate) fn version_priority(version: &str) -> (u8, u32, u32) {
    let Some(rest) = version.strip_prefix('v') else { return (0, 0, 0) };
    let number = |text: &str| text.parse::<u32>().ok();
    if let Some(major) = number(rest) {
        return (3, major, 0);
    }
    for (stage, word) in [(2, "beta"), (1, "alpha")] {
        if let Some((major, minor)) = rest.split_once(word)
            && let (Some(major), Some(minor)) = (number(major), number(minor))
        {
            return (stage, major, minor);
        }
    }
    (0, 0, 0)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    group: String,
    version: String,
    plural: String,
    singular: String,
    kind: String,
    namespaced: bool,
    short_names: Vec<String>,
    categories: Vec<String>,
    verbs: Vec<String>,
    subresources: Vec<String>,
    definition: String,
}

/// Built-in kinds whose objects count generations.
const WITH_GENERATION: [&str; 15] = [
    "Deployment",
    "ReplicaSet",
    "StatefulSet",
    "DaemonSet",
    "Job",
    "CronJob",
    "Ingress",
    "NetworkPolicy",
    "PodDisruptionBudget",
    "CustomResourceDefinition",
    "ReplicationController",
    "Pod",
    "EndpointSlice",
    "IngressClass",
    "PriorityClass",
];

fn builtin_kinds() -> Vec<Kind> {
    let entries: Vec<Entry> = serde_json::from_str(include_str!("../schemas/resources.json"))
        .expect("the compiled-in resources are JSON");
    entries.into_iter().map(from_entry).collect()
}

fn from_entry(entry: Entry) -> Kind {
    let has = |name: &str| entry.subresources.iter().any(|s| s == name);
    let scale = has("scale").then(|| Scale {
        spec_replicas: "spec.replicas".into(),
        status_replicas: "status.replicas".into(),
        selector: None,
    });
    // Events are one store seen through two groups; the core view is the stored one.
    let home = if entry.plural == "events" { "" } else { entry.group.as_str() };
    let is_webhook = entry.kind.ends_with("WebhookConfiguration");
    Kind {
        resource: Resource::new(home, &entry.plural),
        has_generation: WITH_GENERATION.contains(&entry.kind.as_str()) || is_webhook,
        list_kind: format!("{}List", entry.kind),
        versions: vec![Version {
            name: entry.version,
            storage: true,
            schema: builtin::schema(&entry.definition),
            has_status: has("status"),
            scale,
            subresources: entry.subresources,
            columns: Vec::new(),
            openapi: OpenApi::Definition(entry.definition),
        }],
        group: entry.group,
        kind: entry.kind,
        plural: entry.plural,
        singular: entry.singular,
        short_names: entry.short_names,
        categories: entry.categories,
        namespaced: entry.namespaced,
        verbs: entry.verbs,
        is_custom: false,
    }
}

/// `apiVersion` and `kind` of an object, split into group, version and kind.
pub(crate) fn type_of(object: &Value) -> (String, String, String) {
    let (group, version) = split_api_version(object["apiVersion"].as_str().unwrap_or_default());
    (group.into(), version.into(), object["kind"].as_str().unwrap_or_default().into())
}

pub(crate) fn split_api_version(text: &str) -> (&str, &str) {
    text.split_once('/').unwrap_or(("", text))
}

/// `group`/`version`/`kind` as the `x-kubernetes-group-version-kind` extension writes them.
pub(crate) fn gvk_json(kind: &Kind, version: &str) -> Value {
    json!({ "group": kind.group, "version": version, "kind": kind.kind })
}
