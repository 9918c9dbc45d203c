//! The promises of `registry`, kept against the embedded registry behind a proxy that misbehaves.

#![expect(clippy::unwrap_used, reason = "in a test a failure is a panic")]

mod blobs;
mod lists;
mod login;
mod manifests;
mod referrers;
mod tls;
mod trouble;
mod uploads;
mod world;
