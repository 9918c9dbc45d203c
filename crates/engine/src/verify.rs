//! The Verify stage: what a source demands before its bytes are pulled.

use api::OCIRepositorySpec;
use api::oci_repository::{Verification, VerificationProvider};
use cluster::Cluster;
use registry::{Pinned, Registry};
use trust::{Demand, Policy, PublicKey, Verified};

use crate::error::Error;
use crate::source::{data, secret};

/// Checks a pinned artifact against the signature that the source demands.
///
/// # Errors
///
/// [`Error::Verify`] when the demand is not met or cannot be checked; it is never passed over.
///
/// # Source
///
/// facts/flux.md §2.3.
pub(crate) async fn verify(
    (cluster, namespace): (&Cluster, &str),
    registry: &Registry,
    spec: &OCIRepositorySpec,
    pinned: Pinned,
) -> Result<Verified<Pinned>, Error> {
    let Some(verification) = &spec.verify else {
        return trust::verify(pinned, &Demand::Nothing).map_err(|error| failed("", error));
    };
    let provider = provider(verification);
    match (&verification.secret_ref, verification.provider) {
        (Some(reference), VerificationProvider::Cosign) => {
            let keys = keys(cluster, namespace, &reference.name).await;
            let keys = keys.map_err(|error| failed(provider, error))?;
            trust::verify_pinned(registry, &pinned, &Policy::Keys(keys)).await
        }
        _ => trust::verify(pinned, &Demand::Signature { provider: provider.to_owned() }),
    }
    .map_err(|error| failed(provider, error))
}

/// Every `*.pub` in a Secret.
async fn keys(
    cluster: &Cluster,
    namespace: &str,
    name: &str,
) -> Result<Vec<PublicKey>, trust::Error> {
    let unread = |error: Error| trust::Error::NoKeys { reason: error.sentence() };
    let secret = secret(cluster, namespace, name, &mut String::new()).await.map_err(unread)?;
    let entries = secret.get("data").and_then(|data| data.as_object()).into_iter().flatten();
    let mut keys = Vec::new();
    for (entry, _) in entries.filter(|(entry, _)| is_public_key(entry)) {
        keys.push(PublicKey::read(&data(&secret, &[entry.as_str()]).unwrap_or_default())?);
    }
    if keys.is_empty() {
        let reason = format!("Secret '{namespace}/{name}' has no key `*.pub`");
        return Err(trust::Error::NoKeys { reason });
    }
    Ok(keys)
}

#[expect(
    clippy::case_sensitive_file_extension_comparisons,
    reason = "Flux takes `.pub` and no other spelling"
)]
fn is_public_key(entry: &str) -> bool {
    entry.ends_with(".pub")
}

/// How the way of verification is called in messages.
fn provider(verification: &Verification) -> &'static str {
    match (verification.provider, &verification.secret_ref) {
        (VerificationProvider::Notation, _) => "notation",
        (VerificationProvider::Cosign, Some(_)) => "cosign",
        (VerificationProvider::Cosign, None) => "cosign keyless",
    }
}

fn failed(provider: &str, source: trust::Error) -> Error {
    Error::Verify { provider: provider.to_owned(), source }
}
