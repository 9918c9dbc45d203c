//! Verifies a pinned artifact against a policy.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use registry::{Pinned, Registry};

use crate::verified::Evidence;
use crate::{Error, PublicKey, SIGN_PREDICATE, Verified, find, simple};

/// What has to be shown for a digest before it may be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Policy {
    /// Nothing beyond the digest itself: the source asks for no signature.
    DigestOnly,
    /// A cosign signature by one of these keys; attestations of other things do not count.
    Keys(Vec<PublicKey>),
}

/// Verifies that what is pinned meets the policy; what is made from the digest is verified with it.
///
/// Bundles that refer to the digest are tried first, then the signatures under `sha256-<hex>.sig`.
/// One signature by one of the keys is enough, however many others there are. Transparency logs
/// are not asked, as with `cosign verify --key … --insecure-ignore-tlog`.
///
/// # Errors
///
/// [`Error::NoMatch`] when nothing matched, [`Error::EmptyPolicy`] without keys, and
/// [`Error::Registry`] when it could not be found out.
pub async fn verify_pinned(
    registry: &Registry,
    pinned: &Pinned,
    policy: &Policy,
) -> Result<Verified<Pinned>, Error> {
    let keys = match policy {
        Policy::DigestOnly => return Ok(Verified::new(pinned.clone(), Evidence::NotDemanded)),
        Policy::Keys(keys) if keys.is_empty() => return Err(Error::EmptyPolicy),
        Policy::Keys(keys) => keys,
    };
    let mut rejected = Vec::new();
    let bundles = find::bundles(registry, pinned).await;
    for found in bundles.as_ref().map(Vec::as_slice).unwrap_or_default() {
        match found.as_ref().map_err(Clone::clone).and_then(|found| by_bundle(found, pinned, keys))
        {
            Ok(evidence) => return Ok(Verified::new(pinned.clone(), evidence)),
            Err(reason) => rejected.push(reason),
        }
    }
    for found in find::signatures(registry, pinned).await? {
        match found.and_then(|found| by_simple_signing(&found, pinned, keys)) {
            Ok(evidence) => return Ok(Verified::new(pinned.clone(), evidence)),
            Err(reason) => rejected.push(reason),
        }
    }
    bundles?;
    Err(Error::NoMatch { subject: pinned.to_string(), rejected })
}

fn by_bundle(
    bundle: &crate::Bundle,
    pinned: &Pinned,
    keys: &[PublicKey],
) -> Result<Evidence, String> {
    let statement = bundle.verify(keys).map_err(|error| error.to_string())?;
    if !statement.get().is_about(&pinned.digest) {
        return Err("the signature is for another digest".to_owned());
    }
    if statement.get().predicate_type != SIGN_PREDICATE {
        return Err(format!(
            "an attestation of `{}` is no signature",
            statement.get().predicate_type
        ));
    }
    Ok(statement.evidence().clone())
}

fn by_simple_signing(
    found: &find::Simple,
    pinned: &Pinned,
    keys: &[PublicKey],
) -> Result<Evidence, String> {
    let signature = STANDARD.decode(&found.signature).map_err(|_| "a malformed signature")?;
    let key = keys.iter().find(|key| key.verifies(&found.payload, &signature));
    let key = key.ok_or("the signature is not by any of the keys")?;
    simple::check(&found.payload, &pinned.digest).map_err(|error| error.to_string())?;
    Ok(Evidence::Key { hint: key.hint() })
}
