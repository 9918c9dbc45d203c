//! `cargo xtask update`: rewrites what is generated or recorded; the diff is the review.

use crate::{command, environment::Environment, error::Error};

/// Rewrites snapshots, the CRDs and the CLI reference, all of which are expect-files of tests.
pub(crate) fn run(environment: &Environment) -> Result<(), Error> {
    let mut tests = command::cargo(environment, &["test", "--workspace", "--no-fail-fast"]);
    tests.env("UPDATE_EXPECT", "1");
    command::run(tests)
}
