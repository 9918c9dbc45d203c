//! `cargo xtask check`: formatting, clippy, hermetic tests, documentation.

use std::process::Command;

use crate::{command, environment::Environment, error::Error};

/// Checks what every commit passes; stops at the first that fails.
pub(crate) fn run(environment: &Environment) -> Result<(), Error> {
    steps(environment).into_iter().try_for_each(|(_, step)| command::run(step))
}

/// The commands of a check, each with the words for a table.
pub(crate) fn steps(environment: &Environment) -> Vec<(&'static str, Command)> {
    let mut clippy = vec!["clippy", "--workspace", "--all-targets"];
    if environment.has("tests/real") {
        clippy.extend(["--features", "wharf-real-tests/real"]);
    }
    clippy.extend(["--", "-D", "warnings"]);
    let mut doc = command::cargo(environment, &["doc", "--workspace", "--no-deps"]);
    doc.env("RUSTDOCFLAGS", "-D warnings");
    vec![
        ("formatting", command::cargo(environment, &["fmt", "--all", "--check"])),
        ("lints", command::cargo(environment, &clippy)),
        ("hermetic tests", command::cargo(environment, &["test", "--workspace", "--no-fail-fast"])),
        ("documentation", doc),
    ]
}
