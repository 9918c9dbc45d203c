//! `buildMetadata`: where objects came from and what changed them, as annotations.

use std::collections::BTreeSet;

use manifest::yaml::{Kind, Node, Style, Tag};

use crate::node::{self, Wrong};

/// The annotation that names the origin of an object.
pub(crate) const ORIGIN: &str = "config.kubernetes.io/origin";

/// The annotation that names the transformers that changed an object.
pub(crate) const TRANSFORMATIONS: &str = "alpha.config.kubernetes.io/transformations";

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
