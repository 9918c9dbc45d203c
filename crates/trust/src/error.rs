//! Why something is not trusted.

/// Why verification did not succeed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The demanded way of verification is not served by this version; nothing is let through.
    #[error("signatures of provider '{provider}' cannot be verified by this version")]
    Unsupported {
        /// The way that was demanded, such as `cosign`.
        provider: String,
    },
}
