//! The promises of the crate, as somebody who builds a folder sees them.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod cases;
mod hostile;
mod trees;
