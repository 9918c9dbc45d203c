//! The OCI Distribution Specification 1.1, request by request, and what is beyond it.

#![expect(clippy::unwrap_used, reason = "in a test a failure is a panic")]

mod beyond;
mod discovery;
mod pull;
mod push;
mod world;
