//! Why an image cannot be pulled, from what the kubelet says.

use super::{Cause, CauseKind, latest};
use crate::event::EventView;
use crate::fields::Fields;

/// Waiting reasons that mean a pull did not work.
const PULL_REASONS: [&str; 7] = [
    "ErrImagePull",
    "ImagePullBackOff",
    "InvalidImageName",
    "ErrImageNeverPull",
    "ImageInspectError",
    "RegistryUnavailable",
    "SignatureValidationFailed",
];

pub(super) fn is_pull_reason(reason: &str) -> bool {
    PULL_REASONS.contains(&reason)
}

/// Explains a container that waits with one of the pull reasons.
pub(super) fn pull_failure(mut cause: Cause, pod: &Fields, events: &[&EventView]) -> Cause {
    let image = cause.image.clone().unwrap_or_default();
    let said = latest(events, &["Failed"], &image)
        .filter(|event| !image.is_empty() && event.message.contains("pull"));
    // The back-off text names the image only; the event that came before says what happened.
    if kind_of(&cause.reason, &cause.message) == CauseKind::ImagePull
        && let Some(event) = said
    {
        cause.message.clone_from(&event.message);
        cause.since = cause.since.or(event.first);
    }
    cause.kind = kind_of(&cause.reason, &cause.message);
    if cause.kind == CauseKind::ImageRefused
        && let Some(event) = latest(events, &["FailedToRetrieveImagePullSecret"], "")
    {
        cause.kind = CauseKind::PullSecretMissing;
        cause.reason.clone_from(&event.reason);
        cause.message.clone_from(&event.message);
    }
    let created = crate::fields::text(pod, &["metadata", "creationTimestamp"]);
    cause.since = cause.since.or_else(|| created.parse().ok());
    cause
}

fn kind_of(reason: &str, message: &str) -> CauseKind {
    let said = message.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| said.contains(word));
    if reason == "InvalidImageName" || says(&["invalid reference format", "couldn't parse image"]) {
        CauseKind::ImageNameInvalid
    } else if says(&[
        "unauthorized",
        "denied",
        "forbidden",
        "authentication required",
        "no basic auth",
    ]) {
        CauseKind::ImageRefused
    } else if says(&["no match for platform", "no matching manifest"]) {
        CauseKind::ImagePlatform
    } else if says(&["no such host", "timeout", "connection refused", "x509", "tls:", "eof"])
        || says(&["toomanyrequests", "too many requests", "bad gateway", "unavailable"])
        || says(&["no route to host", "connection reset", "internal server error"])
    {
        CauseKind::RegistryUnreachable
    } else if says(&["not found", "notfound", "manifest unknown", "name unknown", "does not exist"])
        || says(&["manifest_unknown", "name_unknown", "is not present with pull policy"])
    {
        CauseKind::ImageNotFound
    } else {
        CauseKind::ImagePull
    }
}
