//! One object of a build and what the build remembers about it.

use std::sync::Arc;

use manifest::yaml::{Node, Tag};

use crate::identity::{self, Gvk, Id};
use crate::node;

/// One object.
#[derive(Clone, Debug)]
pub(crate) struct Resource {
    /// The object; null once a patch deleted it.
    pub(crate) node: Node,
    /// The file and line it came from.
    pub(crate) origin: manifest::Origin,
    /// What the steps so far did to it.
    pub(crate) history: History,
}

/// What kustomize keeps in annotations while it builds.
#[expect(clippy::struct_excessive_bools, reason = "each is one annotation of kustomize")]
#[derive(Clone, Debug, Default)]
pub(crate) struct History {
    /// Name, effective namespace and kind before each change, oldest first.
    pub(crate) previous: Vec<Previous>,
    /// Name prefixes, in the order they were added.
    pub(crate) prefixes: Vec<String>,
    /// Name suffixes, in the order they were added.
    pub(crate) suffixes: Vec<String>,
    /// How a generated object meets one of the same id.
    pub(crate) behavior: Behavior,
    /// Whether a hash of the content goes to the end of the name.
    pub(crate) needs_hash: bool,
    /// Whether it came from a generator, which makes [`History::behavior`] count.
    pub(crate) is_generated: bool,
    /// Whether a patch may rename what it changes.
    pub(crate) allows_name_change: bool,
    /// Whether a patch may change the kind of what it changes.
    pub(crate) allows_kind_change: bool,
    /// Names of the variables that take their value from here.
    pub(crate) variables: Vec<String>,
    /// The values of nodes that kustomize shares between places; see [`crate::shared`].
    pub(crate) shared: Vec<manifest::yaml::Text>,
    /// Whether any of them really is in several places.
    pub(crate) has_shared: bool,
    /// Whether Helm rendered it, so that the namespace is Helm's affair.
    pub(crate) is_from_helm: bool,
}

/// What an object was called before a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Previous {
    pub(crate) name: String,
    pub(crate) namespace: String,
    pub(crate) kind: String,
}

/// How a generated object meets one of the same id.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Behavior {
    #[default]
    Unspecified,
    Create,
    Replace,
    Merge,
}

impl Behavior {
    /// Reads the text of the field; anything unknown is unspecified, as in kustomize.
    pub(crate) fn read(text: &str) -> Self {
        match text {
            "create" => Self::Create,
            "replace" => Self::Replace,
            "merge" => Self::Merge,
            _ => Self::Unspecified,
        }
    }

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Unspecified => "unspecified",
            Self::Create => "create",
            Self::Replace => "replace",
            Self::Merge => "merge",
        }
    }
}

impl History {
    /// Reads what an earlier run of kustomize left in annotations.
    fn read(object: &Node) -> Self {
        let mut history = Self::default();
        let Some(annotations) = object.at(&["metadata", "annotations"]) else { return history };
        let text = |name: &str| {
            let found = annotations.entries().find(|(key, _)| {
                key.value.strip_prefix("internal.config.kubernetes.io/") == Some(name)
            });
            found.map(|(_, value)| value.value.as_str())
        };
        let list = |name: &str| -> Vec<String> {
            text(name).into_iter().flat_map(|text| text.split(',')).map(str::to_owned).collect()
        };
        let names = list("previousNames");
        let others = list("previousNamespaces").into_iter().zip(list("previousKinds"));
        let previous = names.into_iter().zip(others);
        history.previous.extend(previous.map(|(name, (namespace, kind))| Previous {
            name,
            namespace,
            kind,
        }));
        history.prefixes = list("prefixes");
        history.suffixes = list("suffixes");
        history.needs_hash = text("needsHashSuffix") == Some("enabled");
        if let Some(behavior) = text("generatorBehavior") {
            history.behavior = Behavior::read(behavior);
        }
        history
    }

    /// Whether kustomize would have annotations of its own on the object.
    pub(crate) fn leaves_annotations(&self) -> bool {
        !self.previous.is_empty()
            || !self.prefixes.is_empty()
            || !self.suffixes.is_empty()
            || self.is_generated
            || self.is_from_helm
            || self.allows_name_change
            || self.allows_kind_change
    }
}

impl Resource {
    pub(crate) fn new(node: Node, file: Arc<str>) -> Self {
        let origin = manifest::Origin { file, line: node.line.max(1) };
        let history = History::read(&node);
        Self { node, origin, history }
    }

    /// The id it has now.
    pub(crate) fn id(&self) -> Id {
        Id::of(&self.node)
    }

    pub(crate) fn gvk(&self) -> Gvk {
        Gvk::of(&self.node)
    }

    pub(crate) fn kind(&self) -> &str {
        identity::kind(&self.node)
    }

    pub(crate) fn name(&self) -> &str {
        identity::name(&self.node)
    }

    pub(crate) fn namespace(&self) -> &str {
        identity::namespace(&self.node)
    }

    /// The ids it had before, oldest first.
    pub(crate) fn previous_ids(&self) -> impl Iterator<Item = Id> + '_ {
        let (group, version) = identity::group_version(identity::api_version(&self.node));
        self.history.previous.iter().map(move |previous| Id {
            gvk: Gvk {
                group: group.to_owned(),
                version: version.to_owned(),
                kind: previous.kind.clone(),
            },
            name: previous.name.clone(),
            namespace: previous.namespace.clone(),
            is_cluster_scoped: false,
        })
    }

    /// All ids it had, oldest first, and the one it has.
    pub(crate) fn ids(&self) -> impl Iterator<Item = Id> + '_ {
        self.previous_ids().chain(std::iter::once(self.id()))
    }

    /// The id it was read with.
    pub(crate) fn original_id(&self) -> Id {
        self.previous_ids().next().unwrap_or_else(|| self.id())
    }

    /// Remembers what it is called now, before that changes.
    pub(crate) fn remember_id(&mut self) {
        let id = self.id();
        self.history.previous.push(Previous {
            namespace: id.effective_namespace().to_owned(),
            name: id.name,
            kind: id.gvk.kind,
        });
    }

    /// Whether a patch left nothing of it.
    pub(crate) fn is_gone(&self) -> bool {
        node::is_empty(&self.node)
    }

    pub(crate) fn delete(&mut self) {
        self.node = Node::null();
    }

    pub(crate) fn labels(
        &self,
    ) -> std::collections::BTreeMap<manifest::yaml::Text, manifest::yaml::Text> {
        node::text_map(self.node.at(&["metadata", "labels"]))
    }

    pub(crate) fn annotations(
        &self,
    ) -> std::collections::BTreeMap<manifest::yaml::Text, manifest::yaml::Text> {
        node::text_map(self.node.at(&["metadata", "annotations"]))
    }

    /// Sets `metadata.name`.
    pub(crate) fn set_name(&mut self, name: &str) -> Result<(), node::Wrong> {
        self.set_metadata(name, "name")
    }

    /// Sets `metadata.namespace`; an empty text drops the field.
    pub(crate) fn set_namespace(&mut self, namespace: &str) -> Result<(), node::Wrong> {
        if namespace.is_empty() {
            if let Some(metadata) = node::field_mut(&mut self.node, "metadata")? {
                node::expect_mapping(metadata)?;
                metadata.remove("namespace");
            }
            return Ok(());
        }
        self.set_metadata(namespace, "namespace")
    }

    fn set_metadata(&mut self, text: &str, field: &str) -> Result<(), node::Wrong> {
        use manifest::yaml::Kind;
        if let Some(metadata) = node::field_or_insert(&mut self.node, "metadata", Kind::Mapping)? {
            node::set_field(metadata, field, Node::scalar(Tag::None, text))?;
        }
        Ok(())
    }

    /// Sets a field of the object itself, such as `kind`.
    pub(crate) fn set_top(&mut self, field: &str, text: &str) -> Result<(), node::Wrong> {
        node::set_field(&mut self.node, field, Node::scalar(Tag::None, text))
    }
}
