//! Signs and verifies: cosign keys, bundles, attestations, trust roots.
//!
//! What a key signed is compared byte for byte with what `cosign` writes and reads: bundles of
//! version 0.3 as OCI referrers, and the older `sha256-<hex>.sig` and `.att` tags.
//!
//! ```text
//!   KeyPair ──▶ sign, attest ──▶ Bundle (DSSE over in-toto) ──▶ referrer of the digest
//!                           └──▶ simple signing             ──▶ tag sha256-<hex>.sig
//!
//!   Pinned ──▶ verify_pinned(policy) ──▶ Verified<Pinned>
//!   Bundle ──▶ verify(keys)          ──▶ Verified<Statement>
//!   anything ──▶ verify(demand)      ──▶ Verified<anything> ──▶ (crate `engine` applies nothing else)
//! ```
//!
//! Start reading at [`verify_pinned`].

mod attest;
mod bundle;
mod check;
mod envelope;
mod error;
mod find;
mod key;
mod pem;
mod sealed;
mod sign;
mod simple;
mod statement;
mod verified;

pub use attest::{attest, attestations};
pub use bundle::Bundle;
pub use check::{Policy, verify_pinned};
pub use envelope::Envelope;
pub use error::Error;
pub use key::{KeyPair, PublicKey};
pub use sign::{Layout, sign};
pub use statement::{SIGN_PREDICATE, Statement, Subject};
pub use verified::{Demand, Evidence, Verified, verify};
