//! Which fields of which kinds a transformation touches.

use std::cmp::Ordering;
use std::sync::Arc;

use manifest::yaml::{Kind, Node, Tag};

use crate::identity::{self, Gvk};
use crate::lookup;
use crate::node::{self, Wrong};

/// A field of a kind, such as `spec/template/spec/containers[]/image`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FieldSpec {
    /// Empty parts match everything.
    pub(crate) gvk: Gvk,
    pub(crate) path: Arc<str>,
    segments: Arc<[Segment]>,
    /// Whether the field is made where it is missing.
    pub(crate) create: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Segment {
    name: String,
    /// Written with `[]`: it is known to be a list.
    is_list: bool,
}

/// What to make where the field is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Make {
    Nothing,
    Text,
    Number,
    Mapping,
}

impl FieldSpec {
    pub(crate) fn new(gvk: Gvk, path: &str, create: bool) -> Self {
        let segments =
            lookup::split(path, '/').into_iter().map(|part| match part.strip_suffix("[]") {
                Some(name) => Segment { name: name.to_owned(), is_list: true },
                None => Segment { name: part, is_list: false },
            });
        Self { gvk, path: path.into(), segments: segments.collect(), create }
    }

    /// Whether it is about objects like this one.
    pub(crate) fn is_about(&self, object: &Node) -> bool {
        let fits = |want: &str, have: &str| want.is_empty() || want == have;
        let (group, version) = identity::group_version(identity::api_version(object));
        fits(&self.gvk.kind, identity::kind(object))
            && fits(&self.gvk.group, group)
            && fits(&self.gvk.version, version)
    }

    /// Calls `set` on each field of `object` that the path leads to.
    ///
    /// # Errors
    ///
    /// What `set` answers, or a scalar in the middle of the path.
    pub(crate) fn apply(
        &self,
        object: &mut Node,
        make: Make,
        set: &mut dyn FnMut(&mut Node) -> Result<(), Wrong>,
    ) -> Result<(), Wrong> {
        if !self.is_about(object) {
            return Ok(());
        }
        self.apply_to_any(object, make, set)
    }

    /// As [`FieldSpec::apply`], whatever the kind of the object.
    pub(crate) fn apply_to_any(
        &self,
        object: &mut Node,
        make: Make,
        set: &mut dyn FnMut(&mut Node) -> Result<(), Wrong>,
    ) -> Result<(), Wrong> {
        let make = if self.create { make } else { Make::Nothing };
        visit(object, &self.segments, make, set)
            .map_err(|reason| format!("considering field `{}`: {reason}", self.path))
    }
}

fn visit(
    here: &mut Node,
    path: &[Segment],
    make: Make,
    set: &mut dyn FnMut(&mut Node) -> Result<(), Wrong>,
) -> Result<(), Wrong> {
    let Some((segment, rest)) = path.split_first() else { return set(here) };
    if node::is_null(here) {
        return Ok(());
    }
    match here.kind {
        Kind::Sequence => here.content.iter_mut().try_for_each(|item| visit(item, path, make, set)),
        Kind::Mapping => match enter(here, segment, rest.is_empty(), make)? {
            Some(next) => visit(next, rest, make, set),
            None => Ok(()),
        },
        _ => Err("expected a list or a mapping".to_owned()),
    }
}

/// Goes to a field of a mapping, and makes it when that is asked for.
fn enter<'a>(
    here: &'a mut Node,
    segment: &Segment,
    is_last: bool,
    make: Make,
) -> Result<Option<&'a mut Node>, Wrong> {
    if segment.name.is_empty() {
        return Err("cannot set or create an empty field name".to_owned());
    }
    let kind = match make {
        _ if segment.is_list => Some((Kind::Sequence, Tag::None)),
        Make::Nothing => None,
        _ if !is_last => Some((Kind::Mapping, Tag::Map)),
        Make::Text => Some((Kind::Scalar, Tag::Str)),
        Make::Number => Some((Kind::Scalar, Tag::Int)),
        Make::Mapping => Some((Kind::Mapping, Tag::Map)),
    };
    let found = match &kind {
        Some((kind, _)) if !segment.is_list => node::field_or_insert(here, &segment.name, *kind)?,
        _ => node::field_mut(here, &segment.name)?,
    };
    let Some(found) = found else { return Ok(None) };
    if let Some((kind, tag)) = kind
        && node::is_null(found)
    {
        found.kind = kind;
        found.tag = tag;
    }
    Ok(Some(found))
}

/// Adds the specs that are not there yet.
///
/// # Errors
///
/// When the same field is to be created and not to be created.
pub(crate) fn merge(into: &mut Vec<FieldSpec>, more: &[FieldSpec]) -> Result<(), Wrong> {
    more.iter().try_for_each(|spec| merge_one(into, spec))
}

/// Adds one spec unless it is there.
///
/// # Errors
///
/// As [`merge`].
pub(crate) fn merge_one(into: &mut Vec<FieldSpec>, spec: &FieldSpec) -> Result<(), Wrong> {
    let same =
        into.iter().find(|have| have.path == spec.path && have.gvk.is_selected_by(&spec.gvk));
    match same {
        Some(have) if have.create != spec.create => {
            Err(format!("conflicting field specs: `{}` both with and without `create`", spec.path))
        }
        Some(_) => Ok(()),
        None => {
            into.push(spec.clone());
            Ok(())
        }
    }
}

/// Sorts as kustomize applies them.
pub(crate) fn sort(specs: &mut [FieldSpec]) {
    if !specs.is_sorted_by(|a, b| order(&a.gvk, &b.gvk).is_le()) {
        specs.sort_by(|a, b| order(&a.gvk, &b.gvk));
    }
}

/// Kinds that others depend on come first.
pub(crate) fn order(a: &Gvk, b: &Gvk) -> Ordering {
    rank(&a.kind).cmp(&rank(&b.kind)).then_with(|| sort_text(a).cmp(&sort_text(b)))
}

fn sort_text(gvk: &Gvk) -> (&str, &str, &str) {
    let or = |text, none| if str::is_empty(text) { none } else { text };
    (or(gvk.group.as_str(), "~G"), or(gvk.version.as_str(), "~V"), or(gvk.kind.as_str(), "~K"))
}

/// Kinds that are printed, and considered, before all others.
pub(crate) const FIRST: [&str; 22] = [
    "Namespace",
    "ResourceQuota",
    "StorageClass",
    "CustomResourceDefinition",
    "ServiceAccount",
    "PodSecurityPolicy",
    "Role",
    "ClusterRole",
    "RoleBinding",
    "ClusterRoleBinding",
    "ConfigMap",
    "Secret",
    "Endpoints",
    "Service",
    "LimitRange",
    "PriorityClass",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "Deployment",
    "StatefulSet",
    "CronJob",
    "PodDisruptionBudget",
];

/// Kinds that are printed, and considered, after all others.
pub(crate) const LAST: [&str; 2] =
    ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"];

fn rank(kind: &str) -> usize {
    if let Some(index) = FIRST.iter().position(|first| *first == kind) {
        return index;
    }
    let after = LAST.iter().position(|last| *last == kind).map_or(0, |index| index + 1);
    FIRST.len() + after
}
