//! Everything that can be said about a bundle from its bytes alone.

use std::collections::BTreeMap;

use bytes::Bytes;
use manifest::{Object, read_tree};
use oci_spec::image::{Descriptor, Digest, ImageManifest};
use serde::Serialize;
use serde_json::Value;

use crate::pack::digest;
use crate::{Error, ImageUse, Limits, content_layer, images, unpack_layer};

/// A bundle laid open; prints as JSON.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Inspected {
    /// The bundle's digest.
    pub digest: Digest,
    /// The manifest's media type.
    pub media_type: String,
    /// The manifest's artifact type, when it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub artifact_type: Option<String>,
    /// The config's descriptor.
    pub config: Descriptor,
    /// Every layer's descriptor.
    pub layers: Vec<Descriptor>,
    /// The manifest's annotations.
    pub annotations: BTreeMap<String, String>,
    /// The files of the content layer, sorted by path.
    pub files: Vec<FileEntry>,
    /// The objects in those files, in reading order.
    pub objects: Vec<ObjectEntry>,
    /// The images that the objects name.
    pub images: Vec<ImageUse>,
    /// What did not parse, as `file:line:column: message`.
    pub problems: Vec<String>,
    /// Symbolic links of the archive, which are left out.
    pub skipped_links: Vec<String>,
}

/// One file of a bundle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FileEntry {
    /// Its path.
    pub path: String,
    /// Its size in bytes.
    pub size: u64,
    /// Whether it may be executed.
    pub executable: bool,
}

/// One object of a bundle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ObjectEntry {
    /// `Kind/namespace/name`.
    pub id: String,
    /// Group and version.
    pub api_version: String,
    /// The file it is in.
    pub file: String,
    /// The line it starts on.
    pub line: u32,
}

/// Lays a bundle open.
///
/// `layer` is the blob of the layer that [`content_layer`] chooses with the same `selector`.
///
/// # Errors
///
/// [`Error::BadJson`] for a manifest that is none, and those of [`content_layer`] and
/// [`unpack_layer`]. Objects that do not parse are no error: they are `problems`.
pub fn inspect(
    manifest: &[u8],
    selector: Option<&str>,
    layer: &Bytes,
    limits: &Limits,
) -> Result<Inspected, Error> {
    let parsed = parse_manifest(manifest)?;
    let unpacked = unpack_layer(content_layer(&parsed, selector)?, layer, limits)?;
    let (objects, problems) = read_tree(&unpacked.tree);
    let media_type = parsed.media_type().as_ref().map(ToString::to_string);
    Ok(Inspected {
        digest: digest(manifest),
        media_type: media_type.unwrap_or_else(|| crate::media::MANIFEST.to_owned()),
        artifact_type: parsed.artifact_type().as_ref().map(ToString::to_string),
        config: parsed.config().clone(),
        layers: parsed.layers().clone(),
        annotations: parsed.annotations().clone().unwrap_or_default().into_iter().collect(),
        files: unpacked.tree.iter().map(file_entry).collect(),
        images: images(&objects),
        objects: objects.iter().map(object_entry).collect(),
        problems: problems.iter().map(ToString::to_string).collect(),
        skipped_links: unpacked.skipped_links,
    })
}

/// Reads a manifest's JSON; an index or anything else is refused.
///
/// # Errors
///
/// [`Error::BadJson`].
pub fn parse_manifest(bytes: &[u8]) -> Result<ImageManifest, Error> {
    serde_json::from_slice(bytes).map_err(|source| Error::BadJson { what: "manifest", source })
}

/// Reads a config blob as JSON, for display; a blob that is none, as `oras push` makes, is `null`.
pub fn config_value(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap_or_default()
}

fn file_entry((path, file): (&str, &manifest::File)) -> FileEntry {
    FileEntry { path: path.to_owned(), size: file.bytes.len() as u64, executable: file.executable }
}

fn object_entry(object: &Object) -> ObjectEntry {
    ObjectEntry {
        id: object.id().to_string(),
        api_version: object.api_version().to_owned(),
        file: object.origin.file.to_string(),
        line: object.origin.line,
    }
}
