//! Commands, started from the top of the checkout and shown before they run.

use std::{path::Path, process::Command};

use crate::{environment::Environment, error::Error, say};

/// A `cargo` command with these arguments.
pub(crate) fn cargo(environment: &Environment, arguments: &[&str]) -> Command {
    let mut command = Command::new("cargo");
    command.args(arguments).current_dir(&environment.root);
    command
}

/// Runs a command with its output in sight.
pub(crate) fn run(mut command: Command) -> Result<(), Error> {
    let text = shown(&command);
    say::step(&text);
    let status = command
        .status()
        .map_err(|cause| Error::Io { attempt: format!("start `{text}`"), cause })?;
    if status.success() { Ok(()) } else { Err(Error::Failed { command: text, status }) }
}

/// The command as a person would type it, programs without their folder.
fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let name = program.file_name().unwrap_or(program.as_os_str()).to_string_lossy();
    let arguments = command.get_args().map(|argument| argument.to_string_lossy());
    std::iter::once(name).chain(arguments).collect::<Vec<_>>().join(" ")
}
