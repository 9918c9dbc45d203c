//! Why the dashboard does not run.

/// Why serving ended.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The listener failed.
    #[error("the dashboard's listener failed")]
    Listener {
        /// What the operating system said.
        #[source]
        source: std::io::Error,
    },
}
