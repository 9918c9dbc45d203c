//! Why something is not trusted.

/// Why signing or verification did not succeed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The demanded way of verification is not served by this version; nothing is let through.
    #[error("signatures of provider '{provider}' cannot be verified by this version")]
    Unsupported {
        /// The way that was demanded, such as `cosign`.
        provider: String,
    },
    /// No signature by any of the keys was found.
    #[error("no matching signatures were found for '{subject}'{}", listed(rejected))]
    NoMatch {
        /// What was to be verified, with its digest.
        subject: String,
        /// The signatures that were looked at, each with what is wrong with it.
        rejected: Vec<String>,
    },
    /// A signature, envelope or bundle is malformed or not by any of the keys.
    #[error("{reason}")]
    BadSignature {
        /// What is wrong with it.
        reason: String,
    },
    /// A key cannot be read; the reason never holds a part of it.
    #[error("the key cannot be used: {reason}")]
    BadKey {
        /// What is wrong with it.
        reason: String,
    },
    /// The password does not open the private key.
    #[error("the password does not open the private key")]
    WrongPassword,
    /// The machine's source of randomness or the cryptographic library failed.
    #[error("the cryptographic library failed to {doing}")]
    Crypto {
        /// `generate a key`, `sign`, …
        doing: &'static str,
    },
    /// The keys of the policy are not at hand.
    #[error("there is no key to verify with: {reason}")]
    NoKeys {
        /// Where they should be.
        reason: String,
    },
    /// The policy names no key, so nothing could ever meet it.
    #[error("the policy names no key")]
    EmptyPolicy,
    /// The signatures could not be looked up or stored.
    #[error("the registry did not serve the signatures of '{subject}'")]
    Registry {
        /// Whose signatures.
        subject: String,
        /// What the registry said.
        #[source]
        source: Box<registry::Error>,
    },
}

impl Error {
    /// When trying again makes sense.
    pub fn retry(&self) -> registry::Retry {
        match self {
            Self::Registry { source, .. } => source.retry(),
            Self::Crypto { .. } => registry::Retry::Soon,
            _ => registry::Retry::WhenChanged,
        }
    }
}

/// At most three reasons, after a colon.
fn listed(rejected: &[String]) -> String {
    if rejected.is_empty() {
        return String::new();
    }
    let shown = rejected.iter().take(3).cloned().collect::<Vec<_>>().join("; ");
    let more = rejected.len().saturating_sub(3);
    if more == 0 { format!(": {shown}") } else { format!(": {shown}; and {more} more") }
}
