//! Verdicts on a set of objects.
//!
//! ```text
//!   [manifest::Object] ──▶ Contract ──▶ [Finding]   (none = passed)
//! ```
//!
//! A check answers with findings, each with the object, the file and the line it speaks of; it never
//! stops at the first one. Schema and policy checks join the contract here as they come.
//!
//! Start reading at [`Contract::check`].

mod contract;
mod error;
mod finding;

pub use contract::{Contract, KindPattern};
pub use error::Error;
pub use finding::Finding;
