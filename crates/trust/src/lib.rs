//! Signs and verifies: cosign keys, bundles, attestations, trust roots.
//!
//! ```text
//!   anything ──▶ verify(demand) ──▶ Verified<anything> ──▶ (crate `engine` applies nothing else)
//! ```
//!
//! Start reading at [`verify`].

mod error;
mod verified;

pub use error::Error;
pub use verified::{Demand, Evidence, Verified, verify};
