//! Something wrong at a place in a file.

use std::fmt;
use std::sync::Arc;

/// One thing that is wrong in one file; prints as `file:line:column: message`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The file, as the caller named it.
    pub file: Arc<str>,
    /// 1-based; 0 when the problem has no place.
    pub line: u32,
    /// 1-based, counted in characters; 0 when the problem has no place.
    pub column: u32,
    /// One sentence, lower case, without final period.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: {}", self.file, self.line, self.column, self.message)
    }
}

impl std::error::Error for Problem {}
