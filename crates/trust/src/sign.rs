//! Signs a digest, in the layouts that cosign and Flux look for.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use jiff::Timestamp;
use oci_spec::image::{Descriptor, Digest, MediaType};
use registry::{Condition, Manifest, Pinned, Reference, Registry, sha256};
use serde_json::{Value, json};

use crate::find::{failed, tag};
use crate::{Bundle, Error, KeyPair, SIGN_PREDICATE, Statement, bundle, simple};

/// How often a signature is added again after another one came between.
const ATTEMPTS: usize = 10;

/// Where a signature is put.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Layout {
    /// A bundle of version 0.3 that refers to the digest: cosign 3 and Flux from 2.8.
    Bundle,
    /// Simple signing under the tag `sha256-<hex>.sig`: cosign 2 and every Flux.
    Legacy,
}

/// Signs what is pinned and stores the signature beside it, once per layout.
///
/// Returns the digests of the signature manifests, in the order of the layouts. `created` is written
/// into the bundle's manifest.
///
/// # Errors
///
/// [`Error::Registry`] when the registry refuses, [`Error::Crypto`].
pub async fn sign(
    registry: &Registry,
    pinned: &Pinned,
    key: &KeyPair,
    layouts: &[Layout],
    created: Timestamp,
) -> Result<Vec<Digest>, Error> {
    let mut stored = Vec::new();
    for layout in layouts {
        stored.push(match layout {
            Layout::Bundle => {
                let statement = Statement::new(&pinned.digest, SIGN_PREDICATE, json!({}));
                let bundle = Bundle::sign(&statement, key)?;
                store(registry, pinned, &bundle, &statement.predicate_type, created).await?
            }
            Layout::Legacy => add_simple_signing(registry, pinned, key).await?,
        });
    }
    Ok(stored)
}

/// Stores a bundle as a referrer of what is pinned, as cosign does.
pub(crate) async fn store(
    registry: &Registry,
    pinned: &Pinned,
    bundle: &Bundle,
    predicate_type: &str,
    created: Timestamp,
) -> Result<Digest, Error> {
    let failed = |source| failed(pinned, source);
    let repository = pinned.reference.without_selector();
    let subject = registry.resolve(&pinned.exact()).await.map_err(failed)?;
    let content = Bytes::from(bundle.to_json());
    let config = Bytes::from_static(b"{}");
    registry.push_blob(&repository, config.clone()).await.map_err(failed)?;
    let layer = registry.push_blob(&repository, content).await.map_err(failed)?;
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": MediaType::ImageManifest.to_string(),
        "artifactType": bundle::MEDIA_TYPE,
        "config": described(&sha256(&config), config.len() as u64, "application/vnd.oci.empty.v1+json"),
        "layers": [described(layer.digest(), layer.size(), bundle::MEDIA_TYPE)],
        "subject": described(subject.digest(), subject.size(), subject.media_type().as_ref()),
        "annotations": {
            "dev.sigstore.bundle.content": "dsse-envelope",
            "dev.sigstore.bundle.predicateType": predicate_type,
            "org.opencontainers.image.created": created.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        },
    });
    let bytes = Bytes::from(manifest.to_string());
    registry.push_manifest(&repository, &MediaType::ImageManifest, bytes).await.map_err(failed)
}

fn described(digest: &Digest, size: u64, media_type: &str) -> Value {
    json!({ "mediaType": media_type, "size": size, "digest": digest.to_string() })
}

/// Adds a signature to those under the digest's tag; signatures of others stay.
async fn add_simple_signing(
    registry: &Registry,
    pinned: &Pinned,
    key: &KeyPair,
) -> Result<Digest, Error> {
    let failed = |source| failed(pinned, source);
    let tag = pinned.reference.with_tag(&tag(&pinned.digest, "sig")).map_err(failed)?;
    let payload = simple::payload(&pinned.reference, &pinned.digest);
    let signature = STANDARD.encode(key.sign(&payload)?);
    let blob = registry.push_blob(&tag, Bytes::from(payload)).await.map_err(failed)?;
    let mut layer = described(blob.digest(), blob.size(), simple::MEDIA_TYPE);
    layer["annotations"] = json!({ simple::SIGNATURE: signature });
    let mut attempt = 0;
    loop {
        let before = match registry.manifest(&tag).await {
            Ok(manifest) => Some(manifest),
            Err(error) if error.is_not_found() => None,
            Err(error) => return Err(failed(error)),
        };
        let bytes = with_layer(registry, &tag, before.as_ref(), &layer).await.map_err(failed)?;
        let condition = before.as_ref().map_or(Condition::Absent, |it| Condition::At(&it.digest));
        let kind = MediaType::ImageManifest;
        attempt += 1;
        match registry.push_manifest_if(&tag, &kind, bytes, condition).await {
            Ok(pushed) => return Ok(pushed.digest),
            Err(registry::Error::TagMoved(_)) if attempt < ATTEMPTS => {}
            Err(error) => return Err(failed(error)),
        }
    }
}

/// The signature manifest with one more layer, and its config stored.
async fn with_layer(
    registry: &Registry,
    tag: &Reference,
    before: Option<&Manifest>,
    layer: &Value,
) -> Result<Bytes, registry::Error> {
    let mut layers: Vec<Value> = Vec::new();
    if let Some(before) = before {
        let image = before.image(tag)?;
        let earlier = image.layers().iter();
        layers.extend(earlier.map(|layer: &Descriptor| json!(layer)));
    }
    layers.push(layer.clone());
    let diff_ids: Vec<_> = layers.iter().map(|layer| layer["digest"].clone()).collect();
    let never = "0001-01-01T00:00:00Z";
    let config = json!({
        "architecture": "",
        "created": never,
        "history": diff_ids.iter().map(|_| json!({ "created": never })).collect::<Vec<_>>(),
        "os": "",
        "rootfs": { "type": "layers", "diff_ids": diff_ids },
        "config": {},
    });
    let config = registry.push_blob(tag, Bytes::from(config.to_string())).await?;
    let config_type = "application/vnd.oci.image.config.v1+json";
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": MediaType::ImageManifest.to_string(),
        "config": described(config.digest(), config.size(), config_type),
        "layers": layers,
    });
    Ok(Bytes::from(manifest.to_string()))
}
