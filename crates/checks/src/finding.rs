//! What a check has to say about one object.

use std::fmt;

use manifest::{ObjectId, Origin};

/// One reason why a set of objects does not pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Where the object stands.
    pub origin: Origin,
    /// The object.
    pub object: ObjectId,
    /// What is wrong with it, as half a sentence: ``kind `ClusterRole` is not in the contract``.
    pub message: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}: {}", self.origin.file, self.origin.line, self.object, self.message)
    }
}
