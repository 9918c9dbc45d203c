//! What can be wrong with a check itself.

/// A check that could not be set up; what it finds is a [`crate::Finding`], not an error.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// A pattern in `contract.allow` that names no kind.
    #[error("`{0}` is not a kind: write `Kind` for the core group or `Kind.group`")]
    NotAKind(String),
}
