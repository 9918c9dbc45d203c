//! One module per verb: arguments (their docs are the help), one library call, one view.

pub(crate) mod completion;
pub(crate) mod diff;
pub(crate) mod docs;
pub(crate) mod inspect;
pub(crate) mod list;
pub(crate) mod pull;
pub(crate) mod push;
pub(crate) mod tag;
