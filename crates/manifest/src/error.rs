//! What can go wrong while a tree is put together.

use std::path::PathBuf;

/// Why a tree could not be put together.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The path is not a relative path of plain segments.
    #[error("`{path}` is not a path inside the tree: {reason}")]
    BadPath {
        /// The path as given.
        path: String,
        /// The rule it breaks.
        reason: &'static str,
    },
    /// The same path was inserted twice, or a file stands where another file needs a folder.
    #[error("`{path}` is in the tree already")]
    Occupied {
        /// The path as given.
        path: String,
    },
    /// The folder holds more than the limits allow.
    #[error("`{}` holds too much: {what} is limited to {limit}", path.display())]
    TooMuch {
        /// The file or folder that crossed the limit.
        path: PathBuf,
        /// What is limited.
        what: &'static str,
        /// The limit.
        limit: u64,
    },
    /// A file or folder could not be read.
    #[error("cannot read `{}`", path.display())]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        source: std::io::Error,
    },
}
