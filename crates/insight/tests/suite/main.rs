//! The promises of the crate: one small world, every question.

#![expect(clippy::needless_raw_string_hashes, reason = "expect-test writes them")]

mod answers;
mod live;
mod stages;
mod world;
