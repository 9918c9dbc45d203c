//! Why a local cluster could not be started.

use std::net::SocketAddr;
use std::path::PathBuf;

/// What went wrong while starting.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The address is not on the loopback interface; this server has no business elsewhere.
    #[error("the local cluster may only listen on loopback, not on `{0}`")]
    NotLoopback(SocketAddr),
    /// The port could not be bound.
    #[error("cannot listen on `{address}`")]
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// What the system answered.
        #[source]
        source: std::io::Error,
    },
    /// The folder of the persistent state could not be read or written.
    #[error("cannot use the folder `{}`", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system answered.
        #[source]
        source: std::io::Error,
    },
    /// Another local cluster works in the folder.
    #[error("another local cluster uses the folder `{}`", .0.display())]
    InUse(PathBuf),
    /// The system gave no random bytes for uids and the token.
    #[error("the system has no randomness to give")]
    Random(#[source] std::io::Error),
}
