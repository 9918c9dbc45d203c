//! `namespace`: moves all objects into one.

use std::collections::BTreeMap;

use manifest::yaml::{Kind, Node, Tag};

use crate::error::Error;
use crate::field_spec::{FieldSpec, Make};
use crate::identity::{self, Gvk, Key};
use crate::node::{self, Wrong};
use crate::resources::Resources;
use crate::transform::about;

/// What to set, and where.
pub(crate) struct Namespace {
    pub(crate) name: String,
    pub(crate) fields: Vec<FieldSpec>,
    /// Whether fields that have a value stay.
    pub(crate) unset_only: bool,
    pub(crate) subjects: Subjects,
}

/// Which subjects of role bindings move along.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Subjects {
    /// Those that are named `default`.
    #[default]
    Default,
    /// All service accounts.
    ServiceAccounts,
    None,
}

/// Sets the namespace of all objects that can have one.
///
/// # Errors
///
/// [`Error::Object`], also when two objects become the same.
pub(crate) fn apply(resources: &mut Resources, namespace: &Namespace) -> Result<(), Error> {
    let mut counts: BTreeMap<Key, usize> = BTreeMap::new();
    for resource in resources.as_slice() {
        *counts.entry(resource.id().key()).or_default() += 1;
    }
    for resource in resources.as_mut_slice() {
        if resource.is_gone() || resource.history.is_from_helm {
            continue;
        }
        let before = resource.id().key();
        resource.remember_id();
        namespace.set_in(&mut resource.node).map_err(|reason| {
            about(resource, "namespace", format!("namespace transformation failed: {reason}"))
        })?;
        let after = resource.id().key();
        if let Some(count) = counts.get_mut(&before) {
            *count = count.saturating_sub(1);
        }
        let count = counts.entry(after).or_default();
        *count += 1;
        if *count != 1 {
            let reason = "namespace transformation produces ID conflict".to_owned();
            return Err(about(resource, "namespace", reason));
        }
    }
    Ok(())
}

impl Namespace {
    /// Sets the namespace in one object.
    ///
    /// # Errors
    ///
    /// A sentence, when a field is of the wrong kind.
    pub(crate) fn set_in(&self, object: &mut Node) -> Result<(), Wrong> {
        let gvk = Gvk::of(object);
        if !gvk.is_cluster_scoped() {
            let own = FieldSpec::new(Gvk::default(), "metadata/namespace", true);
            own.apply(object, Make::Text, &mut |field| self.set(field))?;
        }
        let is_binding = matches!(gvk.kind.as_str(), "RoleBinding" | "ClusterRoleBinding");
        if is_binding && self.subjects != Subjects::None {
            self.set_in_subjects(object)?;
        }
        let is_core = identity::api_version(object) == "v1";
        for field in &self.fields {
            let is_handled = &*field.path == "metadata/namespace"
                || (&*field.path == "metadata/name" && !is_core)
                || (is_binding
                    && matches!(field.gvk.kind.as_str(), "RoleBinding" | "ClusterRoleBinding")
                    && &*field.path == "subjects/namespace");
            if !is_handled {
                field.apply(object, Make::Text, &mut |field| self.set(field))?;
            }
        }
        Ok(())
    }

    fn set(&self, field: &mut Node) -> Result<(), Wrong> {
        if self.unset_only && !node::is_empty(field) && !field.value.is_empty() {
            return Ok(());
        }
        node::set_scalar(field, Tag::Str, self.name.as_str())
    }

    fn set_in_subjects(&self, object: &mut Node) -> Result<(), Wrong> {
        let Some(subjects) = node::field_mut(object, "subjects")? else { return Ok(()) };
        node::expect_sequence(subjects)?;
        let (field, value) = match self.subjects {
            Subjects::ServiceAccounts => ("kind", "ServiceAccount"),
            _ => ("name", "default"),
        };
        for subject in subjects.items_mut() {
            let moves = node::field(subject, field)?.is_some_and(|found| found.value == value);
            if !moves {
                continue;
            }
            if let Some(found) = node::field_or_insert(subject, "namespace", Kind::Scalar)? {
                self.set(found)?;
            }
        }
        Ok(())
    }
}
