//! `buildMetadata`: where objects came from and what changed them, as annotations.

use std::collections::BTreeSet;

use manifest::yaml::{Kind, Node, Style, Tag};

use crate::files::join;
use crate::node::{self, Wrong};
use crate::resource::Resource;

/// The annotation that names the origin of an object.
pub(crate) const ORIGIN: &str = "config.kubernetes.io/origin";

/// The annotation that names the transformers that changed an object.
pub(crate) const TRANSFORMATIONS: &str = "alpha.config.kubernetes.io/transformations";

/// Where an object, or what changed it, came from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Source {
    /// The path of a file or folder, from the top.
    pub(crate) path: String,
    /// The file that configured a generator or transformer.
    pub(crate) configured_in: String,
    /// What it is: apiVersion, kind, name, namespace.
    pub(crate) configured_by: [String; 4],
}

impl Source {
    /// The source at a path below this one.
    pub(crate) fn below(&self, path: &str) -> Self {
        let joined = join(&self.path, path);
        let mut parts: Vec<&str> = Vec::new();
        for part in joined.split('/') {
            match part {
                "" | "." => {}
                ".." if parts.last().is_some_and(|last| *last != "..") => {
                    parts.pop();
                }
                _ => parts.push(part),
            }
        }
        Self { path: parts.join("/"), ..self.clone() }
    }

    /// A transformer or generator that a field of a kustomization stands for.
    pub(crate) fn built_in(&self, file_name: &str, kind: &str) -> Self {
        Self {
            path: String::new(),
            configured_in: self.below(file_name).path,
            configured_by: ["builtin".to_owned(), kind.to_owned(), String::new(), String::new()],
        }
    }

    fn to_node(&self) -> Node {
        let mut node = Node::mapping([]);
        let texts = [("path", &self.path), ("configuredIn", &self.configured_in)];
        for (name, text) in texts {
            if !text.is_empty() {
                node.set(name, Node::string(text.as_str()));
            }
        }
        let names = ["apiVersion", "kind", "name", "namespace"];
        let known = names.iter().zip(&self.configured_by).filter(|(_, text)| !text.is_empty());
        let by = Node::mapping(
            known.map(|(name, text)| (Node::string(*name), Node::string(text.as_str()))),
        );
        if !by.content.is_empty() {
            node.set("configuredBy", by);
        }
        node
    }

    fn read(text: &str) -> Option<Node> {
        manifest::yaml::parse(text.as_bytes()).ok()?.into_iter().next()
    }

    /// What the annotation of an object says, for an object that configures a plugin.
    pub(crate) fn of_plugin(resource: &Resource) -> Option<Self> {
        let origin = Self::read(resource.annotations().get(ORIGIN)?)?;
        Some(Self {
            path: String::new(),
            configured_in: origin.text(&["path"]).unwrap_or_default().to_owned(),
            configured_by: [
                resource.gvk().api_version(),
                resource.kind().to_owned(),
                resource.name().to_owned(),
                resource.namespace().to_owned(),
            ],
        })
    }

    /// Writes where an object came from, unless that is known.
    ///
    /// # Errors
    ///
    /// A sentence, when `metadata` is no mapping.
    pub(crate) fn mark_origin(&self, object: &mut Node) -> Result<(), Wrong> {
        let mut annotations = node::text_map(object.at(&["metadata", "annotations"]));
        if annotations.contains_key(ORIGIN) {
            return Ok(());
        }
        annotations.insert(ORIGIN.into(), manifest::yaml::emit(&self.to_node()).into());
        node::set_metadata_map(object, "annotations", &annotations)
    }

    /// Writes that a transformer changed, or made, an object.
    ///
    /// # Errors
    ///
    /// A sentence, when `metadata` is no mapping.
    pub(crate) fn mark_change(&self, object: &mut Node) -> Result<(), Wrong> {
        let mut annotations = node::text_map(object.at(&["metadata", "annotations"]));
        if !annotations.contains_key(ORIGIN) {
            return self.mark_origin(object);
        }
        let before = annotations.get(TRANSFORMATIONS).and_then(|text| Self::read(text));
        let mut list =
            before.filter(Node::is_sequence).unwrap_or_else(|| Node::sequence(Vec::new()));
        list.content.push(self.to_node());
        annotations.insert(TRANSFORMATIONS.into(), manifest::yaml::emit(&list).into());
        node::set_metadata_map(object, "annotations", &annotations)
    }
}

/// Annotations that kustomize keeps for itself and takes off at the end.
const INTERNAL: [&str; 18] = [
    "internal.config.kubernetes.io/previousKinds",
    "internal.config.kubernetes.io/previousNames",
    "internal.config.kubernetes.io/prefixes",
    "internal.config.kubernetes.io/suffixes",
    "internal.config.kubernetes.io/previousNamespaces",
    "internal.config.kubernetes.io/allowNameChange",
    "internal.config.kubernetes.io/allowKindChange",
    "internal.config.kubernetes.io/refBy",
    "internal.config.kubernetes.io/generatorBehavior",
    "internal.config.kubernetes.io/needsHashSuffix",
    "internal.config.kubernetes.io/path",
    "internal.config.kubernetes.io/index",
    "internal.config.kubernetes.io/seqindent",
    "internal.config.kubernetes.io/id",
    "internal.config.kubernetes.io/annotations-migration-resource-id",
    "config.kubernetes.io/path",
    "config.kubernetes.io/index",
    "config.k8s.io/id",
];

/// Takes off what must not be seen, and writes the other annotations as strings.
///
/// # Errors
///
/// A sentence, when `metadata` is no mapping.
pub(crate) fn clean(
    object: &mut Node,
    keep_origin: bool,
    keep_transformations: bool,
) -> Result<(), Wrong> {
    let is_hidden = |key: &str| {
        INTERNAL.contains(&key)
            || key == "internal.config.kubernetes.io/helm-generated"
            || (key == ORIGIN && !keep_origin)
            || (key == TRANSFORMATIONS && !keep_transformations)
    };
    let is_clean = match object.at(&["metadata", "annotations"]) {
        None => object.get("metadata").is_some_and(Node::is_mapping),
        Some(annotations) => {
            !annotations.content.is_empty()
                && annotations.entries().all(|(key, value)| {
                    is_plain_text(key)
                        && value.kind == Kind::Scalar
                        && value.tag == Tag::Str
                        && !is_hidden(&key.value)
                })
        }
    };
    if is_clean && !has_twice(object) {
        return Ok(());
    }
    let mut annotations = node::text_map(object.at(&["metadata", "annotations"]));
    annotations.retain(|key, _| !is_hidden(key));
    node::set_metadata_map(object, "annotations", &annotations)
}

fn is_plain_text(key: &Node) -> bool {
    key.kind == Kind::Scalar && key.tag == Tag::Str && key.style == Style::Plain
}

fn has_twice(object: &Node) -> bool {
    let annotations = object.at(&["metadata", "annotations"]);
    let mut seen = BTreeSet::new();
    annotations.is_some_and(|map| map.entries().any(|(key, _)| !seen.insert(key.value.as_str())))
}
