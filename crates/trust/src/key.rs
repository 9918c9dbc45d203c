//! Key pairs that sign and public keys that verify, in cosign's files.

use std::fmt;

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rand::{SystemRandom, fill};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA256_ASN1,
    ECDSA_P521_SHA256_ASN1, ED25519, EcdsaKeyPair, KeyPair as _, ParsedPublicKey,
    RSA_PKCS1_2048_8192_SHA256, VerificationAlgorithm,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::{Error, pem, sealed};

/// A P-256 key that signs.
pub struct KeyPair {
    pair: EcdsaKeyPair,
    public: PublicKey,
}

/// A key that verifies: ECDSA on P-256, P-384 or P-521, RSA from 2048 bits, or Ed25519.
///
/// As with cosign the digest is SHA-256 for ECDSA on any curve and for RSA (PKCS #1 1.5).
#[derive(Clone)]
pub struct PublicKey {
    der: Vec<u8>,
    parsed: ParsedPublicKey,
}

impl KeyPair {
    /// Makes a new key.
    ///
    /// # Errors
    ///
    /// [`Error::Crypto`] when the machine has no randomness.
    pub fn generate() -> Result<Self, Error> {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING)
            .map_err(|_| Error::Crypto { doing: "generate a key" })?;
        Self::new(pair)
    }

    /// Reads a private key: `ENCRYPTED SIGSTORE PRIVATE KEY` and `ENCRYPTED COSIGN PRIVATE KEY`
    /// with their password, `PRIVATE KEY` (PKCS #8) and `EC PRIVATE KEY` without.
    ///
    /// # Errors
    ///
    /// [`Error::WrongPassword`], or [`Error::BadKey`] for other formats and curves.
    pub fn read(text: &[u8], password: &[u8]) -> Result<Self, Error> {
        let (label, content) = pem::read(text)?;
        let der = match label.as_str() {
            "ENCRYPTED SIGSTORE PRIVATE KEY" | "ENCRYPTED COSIGN PRIVATE KEY" => {
                sealed::open(&content, password)?
            }
            "PRIVATE KEY" | "EC PRIVATE KEY" => content,
            other => {
                let reason = format!("a `{other}` is no private key that is known here");
                return Err(Error::BadKey { reason });
            }
        };
        let pair = EcdsaKeyPair::from_private_key_der(&ECDSA_P256_SHA256_ASN1_SIGNING, &der)
            .map_err(|_| Error::BadKey { reason: "it is no ECDSA key on P-256".to_owned() })?;
        Self::new(pair)
    }

    /// The private key under a password, as `cosign generate-key-pair` writes it.
    ///
    /// # Errors
    ///
    /// [`Error::Crypto`] when the machine has no randomness.
    pub fn sealed(&self, password: &[u8]) -> Result<String, Error> {
        let failed = |_| Error::Crypto { doing: "seal a key" };
        let der = self.pair.to_pkcs8v1().map_err(failed)?;
        let (mut salt, mut nonce) = ([0; 32], [0; 24]);
        fill(&mut salt).map_err(failed)?;
        fill(&mut nonce).map_err(failed)?;
        let json = sealed::seal(der.as_ref(), password, &salt, &nonce)?;
        Ok(pem::write("ENCRYPTED SIGSTORE PRIVATE KEY", &json))
    }

    /// The key that verifies what this one signs.
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// Signs a message: ECDSA over its SHA-256, as ASN.1.
    ///
    /// # Errors
    ///
    /// [`Error::Crypto`] when the machine has no randomness.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let signature = self.pair.sign(&SystemRandom::new(), message);
        let signature = signature.map_err(|_| Error::Crypto { doing: "sign" })?;
        Ok(signature.as_ref().to_vec())
    }

    fn new(pair: EcdsaKeyPair) -> Result<Self, Error> {
        let der = AsDer::<PublicKeyX509Der<'_>>::as_der(pair.public_key())
            .map_err(|_| Error::Crypto { doing: "encode a key" })?;
        let public = PublicKey::from_der(der.as_ref())?;
        Ok(Self { pair, public })
    }
}

impl PublicKey {
    /// Reads a `PUBLIC KEY` block, as in `cosign.pub`.
    ///
    /// # Errors
    ///
    /// [`Error::BadKey`] when it is none, or of a kind that is not known here.
    pub fn read(text: &[u8]) -> Result<Self, Error> {
        let (label, content) = pem::read(text)?;
        if label != "PUBLIC KEY" {
            return Err(Error::BadKey { reason: format!("a `{label}` is no public key") });
        }
        Self::from_der(&content)
    }

    fn from_der(der: &[u8]) -> Result<Self, Error> {
        let kinds: [&'static dyn VerificationAlgorithm; 5] = [
            &ECDSA_P256_SHA256_ASN1,
            &ECDSA_P384_SHA256_ASN1,
            &ECDSA_P521_SHA256_ASN1,
            &RSA_PKCS1_2048_8192_SHA256,
            &ED25519,
        ];
        let mut parsed = kinds.into_iter().filter_map(|kind| ParsedPublicKey::new(kind, der).ok());
        let parsed = parsed.next().ok_or_else(|| Error::BadKey {
            reason: "it is no ECDSA, RSA or Ed25519 public key".to_owned(),
        })?;
        Ok(Self { der: der.to_vec(), parsed })
    }

    /// The key as a `PUBLIC KEY` block.
    pub fn to_pem(&self) -> String {
        pem::write("PUBLIC KEY", &self.der)
    }

    /// The name by which a bundle says which key it wants: base64 of the SHA-256 of the key.
    pub fn hint(&self) -> String {
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &self.der);
        STANDARD.encode(digest)
    }

    /// Whether `signature` is this key's over `message`.
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        self.parsed.verify_sig(message, signature).is_ok()
    }
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.der == other.der
    }
}

impl Eq for PublicKey {}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", self.hint())
    }
}

impl fmt::Debug for KeyPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyPair({})", self.public.hint())
    }
}

#[cfg(test)]
mod tests;
