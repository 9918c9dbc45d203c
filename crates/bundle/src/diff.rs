//! What changes between two sets of objects, object by object, field by field.

mod field;
mod mask;
mod pair;
mod text;

use std::fmt;
use std::sync::Arc;

use manifest::{Object, ObjectId};
use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::image::{ImageName, ImageRole, images};

pub use field::FieldChange;

/// The difference of two sets of objects; Secret values are masked from the start.
///
/// Prints as text for people; [`Diff::unified`] gives a unified diff; serialises as JSON.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Diff {
    /// Containers whose image changes, appears or goes.
    pub images: Vec<ImageChange>,
    /// Objects that only the second set has.
    pub added: Vec<ObjectReference>,
    /// Objects that only the first set has.
    pub removed: Vec<ObjectReference>,
    /// Objects that both have, with different fields.
    pub changed: Vec<ObjectChange>,
    #[serde(skip)]
    patches: Vec<Patch>,
}

/// One container's image, before and after.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ImageChange {
    /// The object, as `Kind/namespace/name`.
    #[serde(serialize_with = "as_text")]
    pub object: ObjectId,
    /// What the image is used for.
    pub role: ImageRole,
    /// The container's name.
    pub container: String,
    /// The field.
    pub path: String,
    /// The image before; absent when the container is new.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<ImageName>,
    /// The image after; absent when the container goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<ImageName>,
}

/// An object and where it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ObjectReference {
    /// The object, as `Kind/namespace/name`.
    #[serde(rename = "object", serialize_with = "as_text")]
    pub id: ObjectId,
    /// The file it is in.
    pub file: Arc<str>,
    /// The line it starts on.
    pub line: u32,
}

/// One object that both sides have.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ObjectChange {
    /// Where it stands on the second side.
    #[serde(flatten)]
    pub reference: ObjectReference,
    /// Every field that differs, in the order of the object.
    pub fields: Vec<FieldChange>,
}

/// The masked YAML of one object on both sides; empty text means it is not there.
#[derive(Clone, Debug, PartialEq)]
struct Patch {
    title: String,
    before: String,
    after: String,
}

/// Compares two sets of objects by group, kind, namespace and name.
///
/// A ConfigMap or Secret whose generated name differs only in kustomize's hash counts as the same
/// object. Where one set holds an object several times, as a bundle of several environments does,
/// the file tells them apart.
pub fn diff(before: &[Object], after: &[Object]) -> Diff {
    let mut diff = Diff::default();
    for pair in pair::pairs(before, after) {
        let (before, after) = (pair.before, pair.after);
        diff.images.extend(image_changes(before, after));
        let (shown_before, shown_after) = mask::both(before, after);
        match (before, after) {
            (Some(_), Some(after)) if shown_before != shown_after => {
                let fields = field::changes(&shown_before, &shown_after);
                diff.changed.push(ObjectChange { reference: ObjectReference::new(after), fields });
            }
            (None, Some(after)) => diff.added.push(ObjectReference::new(after)),
            (Some(before), None) => diff.removed.push(ObjectReference::new(before)),
            _ => continue,
        }
        let title = after.or(before).map(title).unwrap_or_default();
        diff.patches.push(Patch { title, before: yaml(&shown_before), after: yaml(&shown_after) });
    }
    diff
}

impl Diff {
    /// Whether the two sets are the same.
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty() && self.changed.is_empty()
    }

    /// The difference as a unified diff, one file per object, three lines of context.
    pub fn unified(&self) -> String {
        text::unified(&self.patches)
    }
}

impl fmt::Display for Diff {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        text::write(self, formatter)
    }
}

impl ObjectReference {
    fn new(object: &Object) -> Self {
        Self { id: object.id(), file: object.origin.file.clone(), line: object.origin.line }
    }
}

fn image_changes(before: Option<&Object>, after: Option<&Object>) -> Vec<ImageChange> {
    let before = before.map(std::slice::from_ref).map(images).unwrap_or_default();
    let after = after.map(std::slice::from_ref).map(images).unwrap_or_default();
    let mut changes = Vec::new();
    for new in &after {
        let old = before.iter().find(|old| old.path == new.path);
        if old.is_none_or(|old| old.image != new.image) {
            changes.push(image_change(new, old.map(|old| &old.parts), Some(&new.parts)));
        }
    }
    for old in before.iter().filter(|old| after.iter().all(|new| new.path != old.path)) {
        changes.push(image_change(old, Some(&old.parts), None));
    }
    changes
}

fn image_change(
    place: &crate::ImageUse,
    before: Option<&ImageName>,
    after: Option<&ImageName>,
) -> ImageChange {
    ImageChange {
        object: place.object.clone(),
        role: place.role,
        container: place.container.clone(),
        path: place.path.clone(),
        before: before.cloned(),
        after: after.cloned(),
    }
}

fn title(object: &Object) -> String {
    format!("{} ({})", object.id(), object.origin.file)
}

fn yaml(value: &Value) -> String {
    if value.is_null() { String::new() } else { manifest::to_yaml(value) }
}

fn as_text<S: Serializer>(id: &ObjectId, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(id)
}
