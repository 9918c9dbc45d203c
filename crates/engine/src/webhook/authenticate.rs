//! Whether a call comes from whom it should, and is about what counts.

use api::receiver::ReceiverType;
use axum::http::HeaderMap;
use hmac::Hmac;
use sha1::Sha1;
use sha2::{Sha256, Sha512};

use super::Hook;

/// Why nothing is triggered.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The call is not valid.
    Invalid(&'static str),
    /// The event is not one of those that count.
    Uninteresting,
}

/// Checks signature or token, and the kind of event, in the sender's way.
///
/// # Source
///
/// facts/flux.md §5.1, the table of types.
pub(super) fn authenticate(hook: &Hook, headers: &HeaderMap, body: &[u8]) -> Result<(), Refusal> {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let token = hook.token.as_slice();
    match hook.kind {
        ReceiverType::Generic => Ok(()),
        ReceiverType::GenericHmac => signed(token, body, header("X-Signature"), None),
        ReceiverType::Github => {
            let signature = header("X-Hub-Signature-256").or_else(|| header("X-Hub-Signature"));
            signed(token, body, signature, None)?;
            counts(hook, header("X-GitHub-Event"))
        }
        ReceiverType::Gitlab => {
            same(token, header("X-Gitlab-Token"))?;
            counts(hook, header("X-Gitlab-Event"))
        }
        ReceiverType::Bitbucket => {
            signed(token, body, header("X-Hub-Signature"), None)?;
            counts(hook, header("X-Event-Key"))
        }
        ReceiverType::Harbor => same(token, header("Authorization")),
        ReceiverType::Nexus => {
            signed(token, body, header("X-Nexus-Webhook-Signature"), Some("sha1"))
        }
        ReceiverType::Dockerhub | ReceiverType::Quay | ReceiverType::Acr => {
            serde_json::from_slice::<serde::de::IgnoredAny>(body)
                .map(drop)
                .map_err(|_| Refusal::Invalid("the body is not JSON"))
        }
        ReceiverType::GenericOidc | ReceiverType::Gcr | ReceiverType::Cdevents => {
            Err(Refusal::Invalid("this type of receiver is not served"))
        }
    }
}

/// Checks `<algorithm>=<hex>`, or hex alone for a fixed algorithm.
fn signed(
    token: &[u8],
    body: &[u8],
    signature: Option<&str>,
    algorithm: Option<&str>,
) -> Result<(), Refusal> {
    let signature = signature.ok_or(Refusal::Invalid("the signature header is missing"))?;
    let (algorithm, digits) = match algorithm {
        Some(algorithm) => (algorithm, signature),
        None => {
            signature.split_once('=').ok_or(Refusal::Invalid("the signature names no algorithm"))?
        }
    };
    let given = hex::decode(digits).map_err(|_| Refusal::Invalid("the signature is not hex"))?;
    let is_good = match algorithm {
        "sha1" => mac::<Hmac<Sha1>>(token, body, &given),
        "sha256" => mac::<Hmac<Sha256>>(token, body, &given),
        "sha512" => mac::<Hmac<Sha512>>(token, body, &given),
        _ => return Err(Refusal::Invalid("the signature's algorithm is not known")),
    };
    if is_good { Ok(()) } else { Err(Refusal::Invalid("the signature is wrong")) }
}

/// Compares in constant time.
fn mac<M: hmac::Mac + hmac::KeyInit>(token: &[u8], body: &[u8], given: &[u8]) -> bool {
    let Ok(mut mac) = <M as hmac::KeyInit>::new_from_slice(token) else { return false };
    mac.update(body);
    mac.verify_slice(given).is_ok()
}

fn same(token: &[u8], given: Option<&str>) -> Result<(), Refusal> {
    let given = given.unwrap_or_default().as_bytes();
    // Comparing digests of both takes the same time wherever they differ.
    if registry::sha256(token) == registry::sha256(given) {
        Ok(())
    } else {
        Err(Refusal::Invalid("the token is wrong"))
    }
}

fn counts(hook: &Hook, event: Option<&str>) -> Result<(), Refusal> {
    let event = event.unwrap_or_default();
    let is_wanted = hook.events.is_empty()
        || hook.events.iter().any(|wanted| wanted.eq_ignore_ascii_case(event));
    if is_wanted { Ok(()) } else { Err(Refusal::Uninteresting) }
}

#[cfg(test)]
mod tests;
