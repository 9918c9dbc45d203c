//! Freezes a tree into the three byte strings of an OCI artifact.

mod tarball;

use std::collections::BTreeMap;

use bytes::Bytes;
use jiff::Timestamp;
use manifest::Tree;
use oci_spec::image::{Descriptor, Digest, MediaType};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::compress::gzip;
use crate::media::{CREATED, MANIFEST, REVISION, SOURCE};
use crate::{Error, LayerKind};

/// What a bundle says about itself besides its files.
#[derive(Clone, Debug)]
pub struct PackOptions {
    /// Where the content comes from, usually a Git URL.
    pub source: String,
    /// Which state of the source, `<branch or tag>@sha1:<commit>`.
    pub revision: String,
    /// When the content was made, cut to seconds; the commit's time makes a bundle reproducible.
    pub created: Timestamp,
    /// More annotations for the manifest; they override the three above.
    pub annotations: BTreeMap<String, String>,
    /// Which media types to use.
    pub layer: LayerKind,
}

impl Default for PackOptions {
    fn default() -> Self {
        Self {
            source: String::new(),
            revision: String::new(),
            created: Timestamp::UNIX_EPOCH,
            annotations: BTreeMap::new(),
            layer: LayerKind::default(),
        }
    }
}

/// A bundle, ready to push: config and layer as blobs, then the manifest.
#[derive(Clone, Debug)]
pub struct Packed {
    /// The manifest's bytes; their digest is the bundle's.
    pub manifest: Bytes,
    /// The config blob.
    pub config: Bytes,
    /// The content layer, a compressed archive.
    pub layer: Bytes,
    /// The digest of the manifest: the bundle's name.
    pub digest: Digest,
    /// Describes the manifest.
    pub manifest_descriptor: Descriptor,
    /// Describes the config.
    pub config_descriptor: Descriptor,
    /// Describes the layer.
    pub layer_descriptor: Descriptor,
    /// The digest of the archive before compression, as the config has it.
    pub archive_digest: Digest,
    /// Bytes of the archive before compression.
    pub archive_size: u64,
}

/// Packs a tree: the same tree and options give the same bytes on any machine.
///
/// Files come in Go's walk order; owners, times and permission bits other than "executable" leave no trace.
///
/// # Errors
///
/// [`Error::Created`] when `options.annotations` overrides the creation time with something else.
///
/// # Source
///
/// The wire format of `flux push artifact` 2.9, apart from permission bits (Flux keeps the umask's)
/// and the compressor (Flux uses Go's).
pub fn pack(tree: &Tree, options: &PackOptions) -> Result<Packed, Error> {
    let annotations = annotations(options)?;
    let archive = tarball::write(tree);
    let archive_digest = digest(&archive);
    let layer = Bytes::from(gzip(&archive));
    let config = config(&annotations[CREATED], &archive_digest);
    let config_descriptor = describe(options.layer.config(), &config);
    let layer_descriptor = describe(options.layer.layer(), &layer);
    let manifest = Bytes::from(json(&Manifest {
        schema_version: 2,
        media_type: MANIFEST,
        config: Described::new(&config_descriptor),
        layers: [Described::new(&layer_descriptor)],
        annotations,
    }));
    let manifest_descriptor = describe(MANIFEST, &manifest);
    Ok(Packed {
        digest: manifest_descriptor.digest().clone(),
        manifest,
        config,
        layer,
        manifest_descriptor,
        config_descriptor,
        layer_descriptor,
        archive_digest,
        archive_size: archive.len() as u64,
    })
}

/// The SHA-256 digest of some bytes.
///
/// # Panics
///
/// Never: 64 hexadecimal digits always parse.
pub fn digest(bytes: &[u8]) -> Digest {
    let text = format!("sha256:{}", hex::encode(Sha256::digest(bytes)));
    Digest::try_from(text).expect("64 hexadecimal digits are a digest")
}

fn describe(media_type: &str, bytes: &[u8]) -> Descriptor {
    Descriptor::new(MediaType::from(media_type), bytes.len() as u64, digest(bytes))
}

fn annotations(options: &PackOptions) -> Result<BTreeMap<String, String>, Error> {
    let seconds = Timestamp::from_second(options.created.as_second())
        .expect("a time cut to seconds is in range");
    let mut annotations = BTreeMap::from([
        (CREATED.to_owned(), seconds.to_string()),
        (SOURCE.to_owned(), options.source.clone()),
        (REVISION.to_owned(), options.revision.clone()),
    ]);
    annotations.extend(options.annotations.clone());
    let text = &annotations[CREATED];
    let wrong = |source| Error::Created { text: text.clone(), source };
    text.parse::<Timestamp>().map_err(wrong)?;
    Ok(annotations)
}

/// The config that Flux writes: an image config with nothing in it but a time and the archive.
fn config(created: &str, archive: &Digest) -> Bytes {
    let config = Config {
        architecture: "",
        created,
        history: [History { created: "0001-01-01T00:00:00Z" }],
        os: "",
        rootfs: Rootfs { kind: "layers", diff_ids: [archive.as_ref()] },
        options: BTreeMap::new(),
    };
    Bytes::from(json(&config))
}

fn json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("plain structs are JSON")
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Manifest<'a> {
    schema_version: u32,
    media_type: &'a str,
    config: Described<'a>,
    layers: [Described<'a>; 1],
    annotations: BTreeMap<String, String>,
}

/// A descriptor in Flux's key order, which the digest depends on.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Described<'a> {
    media_type: &'a MediaType,
    size: u64,
    digest: &'a Digest,
}

impl<'a> Described<'a> {
    fn new(descriptor: &'a Descriptor) -> Self {
        Self {
            media_type: descriptor.media_type(),
            size: descriptor.size(),
            digest: descriptor.digest(),
        }
    }
}

#[derive(Serialize)]
struct Config<'a> {
    architecture: &'a str,
    created: &'a str,
    history: [History<'a>; 1],
    os: &'a str,
    rootfs: Rootfs<'a>,
    #[serde(rename = "config")]
    options: BTreeMap<String, String>,
}

#[derive(Serialize)]
struct History<'a> {
    created: &'a str,
}

#[derive(Serialize)]
struct Rootfs<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    diff_ids: [&'a str; 1],
}
