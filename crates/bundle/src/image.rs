//! Which images a set of objects names, and where.

mod find;

use std::fmt;
use std::sync::Arc;

use manifest::ObjectId;
use oci_spec::image::Digest;
use serde::Serialize;

pub use find::images;

/// An image reference split into its parts, as written: no registry or tag is filled in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ImageName {
    /// Registry and repository.
    pub name: String,
    /// The tag.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// The digest, when it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
}

impl ImageName {
    /// Splits `name[:tag][@digest]`; whatever does not parse stays part of the name.
    pub fn parse(text: &str) -> Self {
        let (rest, digest) = match text.rsplit_once('@') {
            Some((rest, digest)) => match Digest::try_from(digest) {
                Ok(digest) => (rest, Some(digest)),
                Err(_) => (text, None),
            },
            None => (text, None),
        };
        match rest.rsplit_once(':') {
            Some((name, tag)) if !tag.contains(['/', '@']) && !tag.is_empty() => {
                Self { name: name.to_owned(), tag: Some(tag.to_owned()), digest }
            }
            _ => Self { name: rest.to_owned(), tag: None, digest },
        }
    }
}

impl fmt::Display for ImageName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.name)?;
        if let Some(tag) = &self.tag {
            write!(formatter, ":{tag}")?;
        }
        if let Some(digest) = &self.digest {
            write!(formatter, "@{digest}")?;
        }
        Ok(())
    }
}

/// What an image is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ImageRole {
    /// A container that runs with the pod.
    Container,
    /// A container that runs before the others, or beside them as a sidecar.
    Init,
    /// A container added for debugging.
    Ephemeral,
    /// A volume filled from an image.
    Volume,
}

/// One place where an object names an image.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ImageUse {
    /// The reference as written.
    pub image: String,
    /// The reference in parts.
    #[serde(flatten)]
    pub parts: ImageName,
    /// The object, as `Kind/namespace/name`.
    #[serde(serialize_with = "as_text")]
    pub object: ObjectId,
    /// What it is used for.
    pub role: ImageRole,
    /// The container's or volume's name.
    pub container: String,
    /// The field, as `spec.template.spec.containers[app].image`.
    pub path: String,
    /// The file that the object is in.
    pub file: Arc<str>,
    /// The line that the object starts on.
    pub line: u32,
}

fn as_text<S: serde::Serializer>(id: &ObjectId, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(id)
}
