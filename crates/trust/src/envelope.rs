//! DSSE envelopes: a payload, its type, and signatures over both.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::general_purpose::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::{Deserialize, Serialize};

use crate::{Error, KeyPair, PublicKey};

/// The payload type of in-toto statements.
pub(crate) const IN_TOTO: &str = "application/vnd.in-toto+json";

/// The most signatures of one envelope that are tried.
const SIGNATURES: usize = 16;

/// A signed payload; nothing in it counts before [`Envelope::open`].
///
/// # Source
///
/// secure-systems-lab/dsse, "DSSE Protocol" and "JSON Envelope".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Envelope {
    payload: String,
    payload_type: String,
    signatures: Vec<Signature>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Signature {
    sig: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    keyid: String,
}

impl Envelope {
    /// Signs a payload.
    ///
    /// # Errors
    ///
    /// [`Error::Crypto`] when the machine has no randomness.
    pub fn seal(payload_type: &str, payload: &[u8], key: &KeyPair) -> Result<Self, Error> {
        let sig = STANDARD.encode(key.sign(&to_be_signed(payload_type, payload))?);
        Ok(Self {
            payload: STANDARD.encode(payload),
            payload_type: payload_type.to_owned(),
            signatures: vec![Signature { sig, keyid: String::new() }],
        })
    }

    /// The payload, if one of the keys signed it, and that key.
    ///
    /// # Errors
    ///
    /// [`Error::BadSignature`] when none did, or the payload has another type.
    pub fn open<'k>(
        &self,
        payload_type: &str,
        keys: &'k [PublicKey],
    ) -> Result<(Vec<u8>, &'k PublicKey), Error> {
        let bad = |reason: &str| Error::BadSignature { reason: reason.to_owned() };
        if self.payload_type != payload_type {
            return Err(bad("the envelope holds something else"));
        }
        let payload = decode(&self.payload).ok_or_else(|| bad("the envelope is malformed"))?;
        let message = to_be_signed(&self.payload_type, &payload);
        let signatures = self.signatures.iter().take(SIGNATURES);
        let key = signatures
            .filter_map(|signature| decode(&signature.sig))
            .find_map(|signature| keys.iter().find(|key| key.verifies(&message, &signature)));
        let key = key.ok_or_else(|| bad("the envelope is not signed by any of the keys"))?;
        Ok((payload, key))
    }
}

/// The bytes that are signed: lengths keep type and payload apart.
fn to_be_signed(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let mut message =
        format!("DSSEv1 {} {payload_type} {} ", payload_type.len(), payload.len()).into_bytes();
    message.extend_from_slice(payload);
    message
}

/// Reads base64 in either alphabet, as DSSE asks of readers.
fn decode(text: &str) -> Option<Vec<u8>> {
    let config =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    [alphabet::STANDARD, alphabet::URL_SAFE]
        .iter()
        .find_map(|alphabet| GeneralPurpose::new(alphabet, config).decode(text).ok())
}
