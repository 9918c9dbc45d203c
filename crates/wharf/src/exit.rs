//! How a command ends.

use std::process::{ExitCode, Termination};

/// The answer of a command to its caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done, or nothing to do.
    Done,
    /// The answer is no: differs, unhealthy, refused.
    No,
    /// It could not be found out.
    Unknown,
}

impl Termination for Exit {
    fn report(self) -> ExitCode {
        ExitCode::from(match self {
            Self::Done => 0,
            Self::No => 1,
            Self::Unknown => 2,
        })
    }
}
