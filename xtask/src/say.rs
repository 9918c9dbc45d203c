//! What the chores say to a person: the only module that prints.

use std::fmt::Display;

use crate::error::Error;

/// Says one line on stderr.
#[expect(clippy::print_stderr, reason = "this is the one place that talks to a person")]
pub(crate) fn line(text: impl Display) {
    eprintln!("{text}");
}

/// Announces a step, so that its output can be found.
pub(crate) fn step(text: impl Display) {
    line(format_args!("\n── {text}"));
}

/// Prints one line of data on stdout.
#[expect(clippy::print_stdout, reason = "this is the one place that prints data")]
pub(crate) fn data(text: impl Display) {
    println!("{text}");
}

/// Says what went wrong and because of what.
pub(crate) fn error(error: &Error) {
    line(format_args!("error: {error}"));
    let mut cause = std::error::Error::source(error);
    while let Some(because) = cause {
        line(format_args!("  because {because}"));
        cause = because.source();
    }
}
