//! Digests of bytes, and the comparison of the two.

use oci_spec::image::{Digest, DigestAlgorithm};
use sha2::{Digest as _, Sha256, Sha384, Sha512};

use crate::Error;

/// Computes a digest while bytes pass by.
///
/// ```
/// # use wharf_registry as registry;
/// let mut hasher = registry::Hasher::sha256();
/// hasher.update(b"wh");
/// hasher.update(b"arf");
/// assert_eq!(hasher.finish(), registry::sha256(b"wharf"));
/// ```
#[derive(Clone, Debug)]
pub struct Hasher(Algorithm);

#[derive(Clone, Debug)]
enum Algorithm {
    Sha256(Sha256),
    Sha384(Sha384),
    Sha512(Sha512),
}

impl Hasher {
    /// The algorithm that wharf writes.
    pub fn sha256() -> Self {
        Self(Algorithm::Sha256(Sha256::new()))
    }

    /// The algorithm of `digest`, to check bytes against it.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownAlgorithm`] when it is not sha256, sha384 or sha512.
    pub fn of(digest: &Digest) -> Result<Self, Error> {
        match digest.algorithm() {
            DigestAlgorithm::Sha256 => Ok(Self::sha256()),
            DigestAlgorithm::Sha384 => Ok(Self(Algorithm::Sha384(Sha384::new()))),
            DigestAlgorithm::Sha512 => Ok(Self(Algorithm::Sha512(Sha512::new()))),
            _ => Err(Error::UnknownAlgorithm { digest: digest.clone() }),
        }
    }

    /// Takes the next bytes in.
    pub fn update(&mut self, bytes: &[u8]) {
        match &mut self.0 {
            Algorithm::Sha256(hasher) => hasher.update(bytes),
            Algorithm::Sha384(hasher) => hasher.update(bytes),
            Algorithm::Sha512(hasher) => hasher.update(bytes),
        }
    }

    /// The digest of everything taken in.
    ///
    /// # Panics
    ///
    /// Never: a sum in hexadecimal is a digest.
    pub fn finish(self) -> Digest {
        let (algorithm, sum) = match self.0 {
            Algorithm::Sha256(hasher) => ("sha256", hex::encode(hasher.finalize())),
            Algorithm::Sha384(hasher) => ("sha384", hex::encode(hasher.finalize())),
            Algorithm::Sha512(hasher) => ("sha512", hex::encode(hasher.finalize())),
        };
        Digest::try_from(format!("{algorithm}:{sum}")).expect("a hex sum is a digest")
    }
}

/// The sha256 digest of `bytes`.
///
/// # Panics
///
/// Never.
pub fn sha256(bytes: &[u8]) -> Digest {
    let mut hasher = Hasher::sha256();
    hasher.update(bytes);
    hasher.finish()
}

/// Refuses bytes that are not the ones `expected` names; `what` is for the message.
///
/// # Errors
///
/// [`Error::DigestMismatch`], or [`Error::UnknownAlgorithm`] when it cannot be told.
pub fn verify(what: &str, bytes: &[u8], expected: &Digest) -> Result<(), Error> {
    let mut hasher = Hasher::of(expected)?;
    hasher.update(bytes);
    same(what, hasher, expected)
}

/// Refuses when `hasher` did not see the bytes that `expected` names.
pub(crate) fn same(what: &str, hasher: Hasher, expected: &Digest) -> Result<(), Error> {
    let found = hasher.finish();
    if found == *expected {
        return Ok(());
    }
    Err(Error::DigestMismatch {
        what: what.to_owned(),
        expected: Box::new(expected.clone()),
        found: Box::new(found),
    })
}
