//! What is signed verifies, and nothing else does, against the embedded registry.

#![expect(clippy::unwrap_used, reason = "in a test a failure is a panic")]

mod attestations;
mod signatures;
mod world;
