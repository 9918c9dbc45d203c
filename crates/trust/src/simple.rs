//! Simple signing: the payload of cosign's signatures before bundles.

use oci_spec::image::Digest;
use registry::Reference;
use serde::{Deserialize, Serialize};

use crate::Error;

/// The media type of a payload.
pub(crate) const MEDIA_TYPE: &str = "application/vnd.dev.cosign.simplesigning.v1+json";

/// The annotation of the layer that holds the signature, in base64.
pub(crate) const SIGNATURE: &str = "dev.cosignproject.cosign/signature";

const KIND: &str = "cosign container image signature";

#[derive(Serialize, Deserialize)]
struct Payload {
    critical: Critical,
    optional: Option<serde_json::Value>,
}

#[derive(Serialize, Deserialize)]
struct Critical {
    identity: Identity,
    image: Image,
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Serialize, Deserialize)]
struct Identity {
    #[serde(rename = "docker-reference")]
    reference: String,
}

#[derive(Serialize, Deserialize)]
struct Image {
    #[serde(rename = "docker-manifest-digest")]
    digest: String,
}

/// The payload that says that `digest` is signed.
///
/// # Source
///
/// cosign, `specs/SIGNATURE_SPEC.md`, "Simple Signing".
pub(crate) fn payload(reference: &Reference, digest: &Digest) -> Vec<u8> {
    let payload = Payload {
        critical: Critical {
            identity: Identity { reference: reference.name() },
            image: Image { digest: digest.to_string() },
            kind: KIND.to_owned(),
        },
        optional: None,
    };
    serde_json::to_vec(&payload).expect("strings are JSON")
}

/// Refuses a payload that does not say that `digest` is signed.
pub(crate) fn check(payload: &[u8], digest: &Digest) -> Result<(), Error> {
    let bad = |reason: &str| Error::BadSignature { reason: reason.to_owned() };
    let payload: Payload = serde_json::from_slice(payload)
        .map_err(|_| bad("the signed payload is no simple signing"))?;
    if payload.critical.kind != KIND {
        return Err(bad("the signed payload is of another type"));
    }
    if payload.critical.image.digest != digest.as_ref() {
        return Err(bad("the signature is for another digest"));
    }
    Ok(())
}
