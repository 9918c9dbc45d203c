//! Digests as people read them.

/// Twelve digits tell bundles apart for people; `wide` keeps the whole digest.
pub(crate) fn short(digest: &str, wide: bool) -> String {
    match digest.split_once(':') {
        Some((_, hex)) if !wide => hex.chars().take(12).collect(),
        _ => digest.into(),
    }
}
