//! Sigstore bundles: a signature and what is needed to check it, in one JSON.

use serde::{Deserialize, Serialize};

use crate::envelope::IN_TOTO;
use crate::verified::Evidence;
use crate::{Envelope, Error, KeyPair, PublicKey, Statement, Verified};

/// The media type of bundles, and the artifact type of the manifests that hold them.
pub(crate) const MEDIA_TYPE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";

/// What every version's media type starts with.
pub(crate) const MEDIA_TYPE_START: &str = "application/vnd.dev.sigstore.bundle";

/// A statement signed by a key, with neither certificate nor transparency log.
///
/// # Source
///
/// sigstore/protobuf-specs, `sigstore_bundle.proto` v0.3; what `cosign sign --key` writes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Bundle {
    media_type: String,
    verification_material: Material,
    dsse_envelope: Envelope,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Material {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    public_key: Option<Hint>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Hint {
    #[serde(default)]
    hint: String,
}

impl Bundle {
    /// Signs a statement.
    ///
    /// # Errors
    ///
    /// [`Error::Crypto`] when the machine has no randomness.
    ///
    /// # Panics
    ///
    /// Never: a statement is JSON.
    pub fn sign(statement: &Statement, key: &KeyPair) -> Result<Self, Error> {
        let payload = serde_json::to_vec(statement).expect("a statement is JSON");
        Ok(Self {
            media_type: MEDIA_TYPE.to_owned(),
            verification_material: Material {
                public_key: Some(Hint { hint: key.public().hint() }),
            },
            dsse_envelope: Envelope::seal(IN_TOTO, &payload, key)?,
        })
    }

    /// Reads a bundle; what it says counts only after [`Bundle::verify`].
    ///
    /// # Errors
    ///
    /// [`Error::BadSignature`] when it is none, or holds no envelope.
    pub fn read(json: &[u8]) -> Result<Self, Error> {
        let bad = |reason: String| Error::BadSignature { reason };
        let bundle: Self = serde_json::from_slice(json)
            .map_err(|error| bad(format!("a bundle that does not parse: {error}")))?;
        if !bundle.media_type.starts_with(MEDIA_TYPE_START) {
            return Err(bad(format!("a bundle of type `{}`", bundle.media_type)));
        }
        Ok(bundle)
    }

    /// The bundle as it is stored.
    ///
    /// # Panics
    ///
    /// Never: strings are JSON.
    pub fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("strings are JSON")
    }

    /// The statement, if one of the keys signed it.
    ///
    /// It may be about anything: compare [`Statement::is_about`] with what is to be used.
    ///
    /// # Errors
    ///
    /// [`Error::BadSignature`] when none did, or it is no statement.
    pub fn verify(&self, keys: &[PublicKey]) -> Result<Verified<Statement>, Error> {
        verify_envelope(&self.dsse_envelope, keys)
    }
}

/// The statement in an envelope, if one of the keys signed it.
pub(crate) fn verify_envelope(
    envelope: &Envelope,
    keys: &[PublicKey],
) -> Result<Verified<Statement>, Error> {
    let (payload, key) = envelope.open(IN_TOTO, keys)?;
    let statement = Statement::read(&payload)?;
    Ok(Verified::new(statement, Evidence::Key { hint: key.hint() }))
}
