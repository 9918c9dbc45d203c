//! What can go wrong in a chore.

use std::{error, fmt, io, path::Path, process::ExitStatus};

/// Why a chore did not succeed.
#[derive(Debug)]
pub(crate) enum Error {
    /// The command line names no chore; holds the usage.
    Usage(String),
    /// A file or a process could not be used.
    Io { attempt: String, cause: io::Error },
    /// A command ended with something other than success.
    Failed { command: String, status: ExitStatus },
    /// Something outside the workspace is not on this machine.
    Missing { what: String, lack: String },
    /// Something answered other than expected.
    Unexpected(String),
    /// Steps of a longer run failed or were left out; the table above it names them.
    Incomplete { failed: usize, left_out: usize },
}

impl Error {
    /// Makes the error of an attempt on a path.
    pub(crate) fn at(doing: &str, path: &Path, cause: io::Error) -> Self {
        Self::Io { attempt: format!("{doing} `{}`", path.display()), cause }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(text) | Self::Unexpected(text) => f.write_str(text),
            Self::Io { attempt, .. } => write!(f, "cannot {attempt}"),
            Self::Failed { command, status } => write!(f, "`{command}` failed with {status}"),
            Self::Missing { what, lack } => write!(f, "{what}: {lack}"),
            Self::Incomplete { failed, left_out } => {
                write!(f, "{failed} steps failed, {left_out} were left out where nothing may be")
            }
        }
    }
}

impl error::Error for Error {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            Self::Io { cause, .. } => Some(cause),
            _ => None,
        }
    }
}
