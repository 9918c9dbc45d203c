//! The Verify stage: what a source demands before its bytes are looked into.

use api::OCIRepositorySpec;
use api::oci_repository::VerificationProvider;
use trust::{Demand, Verified};

use crate::error::Error;
use crate::source::Fetched;

/// Checks fetched bytes against the signature that the source demands.
///
/// # Errors
///
/// [`Error::Verify`] when the demand is not met or cannot be checked; it is never passed over.
pub(crate) fn verify(
    fetched: Fetched,
    spec: &OCIRepositorySpec,
) -> Result<Verified<Fetched>, Error> {
    let provider = provider(spec);
    let demand = match &provider {
        None => Demand::Nothing,
        Some(provider) => Demand::Signature { provider: provider.clone() },
    };
    trust::verify(fetched, &demand)
        .map_err(|source| Error::Verify { provider: provider.unwrap_or_default(), source })
}

/// How the way of verification is called in messages; `None` when none is demanded.
fn provider(spec: &OCIRepositorySpec) -> Option<String> {
    let verification = spec.verify.as_ref()?;
    Some(match (verification.provider, &verification.secret_ref) {
        (VerificationProvider::Notation, _) => "notation".to_owned(),
        (VerificationProvider::Cosign, Some(_)) => "cosign".to_owned(),
        (VerificationProvider::Cosign, None) => "cosign keyless".to_owned(),
    })
}
