//! The promises of the crate: plans, health, causes.

#![expect(clippy::needless_raw_string_hashes, reason = "expect-test writes them")]

mod cause;
mod delivery;
mod health;
mod world;
