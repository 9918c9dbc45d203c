//! The promises of the crate, as somebody who builds a folder sees them.

mod cases;
mod hostile;
mod trees;
