//! Attestations: signed statements about a digest, attached to it.

use jiff::Timestamp;
use oci_spec::image::Digest;
use registry::{Pinned, Registry};

use crate::bundle::verify_envelope;
use crate::{Bundle, Error, KeyPair, PublicKey, Statement, Verified, find, sign};

/// Signs a statement and attaches it to what is pinned; returns the digest of its manifest.
///
/// # Errors
///
/// [`Error::BadSignature`] when the statement is not about the pinned digest, [`Error::Registry`]
/// when the registry refuses, [`Error::Crypto`].
pub async fn attest(
    registry: &Registry,
    pinned: &Pinned,
    statement: &Statement,
    key: &KeyPair,
    created: Timestamp,
) -> Result<Digest, Error> {
    if !statement.is_about(&pinned.digest) {
        let reason = "the statement is about something else".to_owned();
        return Err(Error::BadSignature { reason });
    }
    let bundle = Bundle::sign(statement, key)?;
    sign::store(registry, pinned, &bundle, &statement.predicate_type, created).await
}

/// The statements about what is pinned that one of the keys signed, from both of cosign's layouts.
///
/// What is not signed by the keys, or is about something else, is left out.
///
/// # Errors
///
/// [`Error::Registry`] when it could not be found out.
pub async fn attestations(
    registry: &Registry,
    pinned: &Pinned,
    keys: &[PublicKey],
    predicate_type: Option<&str>,
) -> Result<Vec<Verified<Statement>>, Error> {
    let bundles = find::bundles(registry, pinned).await?;
    let from_bundles = bundles.into_iter().flatten().filter_map(|bundle| bundle.verify(keys).ok());
    let envelopes = find::envelopes(registry, pinned).await?;
    let from_tag = envelopes
        .into_iter()
        .flatten()
        .filter_map(|envelope| verify_envelope(&envelope, keys).ok());
    let mut found: Vec<_> = from_bundles.chain(from_tag).collect();
    found.retain(|statement| {
        let statement = statement.get();
        statement.is_about(&pinned.digest)
            && predicate_type.is_none_or(|wanted| statement.predicate_type == wanted)
    });
    Ok(found)
}
