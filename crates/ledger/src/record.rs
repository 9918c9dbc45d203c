//! A record as it lies in the registry: one image manifest that carries its statement in itself.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use oci_spec::image::{Descriptor, Digest, ImageManifest, MediaType};
use registry::Manifest;
use serde::Serialize;
use serde_json::Value;
use ulid::Ulid;

use crate::pin::Pinned;
use crate::{Channel, Entry, Error, statement};

/// The artifact type of every record.
pub(crate) const MOVE: &str = "application/vnd.wharf.move.v1+json";
/// The media type of the statement layer.
const STATEMENT: &str = "application/vnd.in-toto+json";
/// The media type of the config of records and claims, whose content is `{}`.
pub(crate) const EMPTY: &str = "application/vnd.oci.empty.v1+json";
/// The digest of `{}`.
const EMPTY_DIGEST: &str =
    "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

/// A manifest with its keys in one order, whatever the maps inside say.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Written<'a> {
    schema_version: u32,
    media_type: &'a str,
    artifact_type: &'a str,
    config: Value,
    layers: Vec<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<Value>,
    annotations: BTreeMap<&'a str, String>,
}

/// Writes the record of a line; `statement` is [`statement::write`]'s.
///
/// The statement is a layer *and* embedded in its descriptor, so that reading a line takes one
/// request; a few annotations repeat it for people who look with other tools.
pub(crate) fn write(entry: &Entry, statement: &[u8], bundle: Option<&Pinned>) -> Bytes {
    let mut layer = Descriptor::new(
        MediaType::from(STATEMENT),
        statement.len() as u64,
        registry::sha256(statement),
    );
    layer.set_data(Some(STANDARD.encode(statement)));
    let mut layers = vec![value(&layer)];
    layers.extend(bundle.into_iter().flat_map(Pinned::layers).map(|layer| value(&layer)));
    let annotations = [
        ("dev.wharf.move.channel", Some(entry.channel.to_string())),
        ("dev.wharf.move.kind", Some(entry.kind.to_string())),
        ("dev.wharf.move.from", entry.from.as_ref().map(ToString::to_string)),
        ("dev.wharf.move.to", entry.to.as_ref().map(ToString::to_string)),
        ("dev.wharf.move.actor", entry.provenance.actor.clone()),
        ("dev.wharf.move.reason", entry.reason.clone()),
        ("org.opencontainers.image.created", Some(entry.at.to_string())),
    ];
    let annotations = annotations.into_iter().filter_map(|(key, value)| Some((key, value?)));
    json(&Written {
        schema_version: 2,
        media_type: MANIFEST,
        artifact_type: MOVE,
        config: value(&empty()),
        layers,
        subject: bundle.map(|bundle| value(&bundle.manifest.descriptor())),
        annotations: annotations.collect(),
    })
}

/// Writes a manifest that says something in its annotations and nothing else.
pub(crate) fn note(artifact_type: &str, annotations: BTreeMap<&str, String>) -> Bytes {
    json(&Written {
        schema_version: 2,
        media_type: MANIFEST,
        artifact_type,
        config: value(&empty()),
        layers: vec![value(&empty())],
        subject: None,
        annotations,
    })
}

/// Reads a record and checks that it is the one that its tag says.
pub(crate) fn read(channel: &Channel, id: Ulid, manifest: &Manifest) -> Result<Entry, Error> {
    let bad = |reason: String| Error::BadRecord { tag: channel.move_tag(id), reason };
    let entry = read_any(channel, manifest).map_err(bad)?;
    if entry.id != id {
        return Err(bad("its statement is about another move".to_owned()));
    }
    Ok(entry)
}

/// Reads a record of a channel whose tag is not known; the error says what is wrong with it.
pub(crate) fn read_any(channel: &Channel, manifest: &Manifest) -> Result<Entry, String> {
    let parsed: ImageManifest =
        serde_json::from_slice(&manifest.bytes).map_err(|error| error.to_string())?;
    if parsed.artifact_type().as_ref().map(AsRef::as_ref) != Some(MOVE) {
        return Err(format!("its artifact type is not `{MOVE}`"));
    }
    let statement = embedded(&parsed)?;
    let entry = statement::read(&statement, manifest.digest.clone())
        .map_err(|error| error.to_string())?
        .ok_or("its statement is of another kind")?;
    if entry.channel != *channel {
        return Err("its statement is about another channel".to_owned());
    }
    if entry.kind.is_move() && entry.to.is_none() {
        return Err("it is a move to nowhere".to_owned());
    }
    Ok(entry)
}

/// The statement inside the manifest, whose bytes its own descriptor proves.
fn embedded(manifest: &ImageManifest) -> Result<Vec<u8>, &'static str> {
    let is_statement = |layer: &&Descriptor| layer.media_type().as_ref() == STATEMENT;
    let layer = manifest.layers().iter().find(is_statement).ok_or("it has no statement")?;
    let data = layer.data().as_deref().ok_or("its statement is not embedded")?;
    let bytes = STANDARD.decode(data).map_err(|_| "its statement is not base64")?;
    if registry::sha256(&bytes) != *layer.digest() {
        return Err("its statement does not match its digest");
    }
    Ok(bytes)
}

/// The descriptor of `{}`.
fn empty() -> Descriptor {
    let digest = Digest::try_from(EMPTY_DIGEST).expect("the digest of `{}` is one");
    Descriptor::new(MediaType::from(EMPTY), 2, digest)
}

/// A descriptor with sorted keys: its annotations come in no order.
fn value(descriptor: &Descriptor) -> Value {
    serde_json::to_value(descriptor).expect("a descriptor is JSON")
}

fn json(manifest: &Written<'_>) -> Bytes {
    serde_json::to_vec(manifest).expect("a manifest is JSON").into()
}
