//! `wharf docs`: the reference page of the command line, made from the code.

use std::fmt::Write as _;

use clap::{Command, CommandFactory as _};

use crate::cli::Cli;
use crate::exit::Exit;
use crate::report::Report;
use crate::terminal::Terminal;

pub(crate) fn run(terminal: &mut Terminal) -> Result<Exit, Report> {
    let mut page = String::from("# The command line\n\nMade by `wharf docs`; do not edit.\n");
    let mut root = Cli::command().term_width(100);
    root.build();
    describe(&mut page, &mut root, "wharf");
    terminal.print(&page)?;
    Ok(Exit::Done)
}

/// The flags that every verb shares are told once, on the first page.
fn describe(page: &mut String, command: &mut Command, path: &str) {
    let is_root = path == "wharf";
    let shared = command.clone().mut_args(|argument| {
        let is_shared = argument.get_help_heading() == Some("Global options");
        if is_shared && !is_root { argument.hide(true) } else { argument.hide_env_values(true) }
    });
    let help = shared.clone().render_long_help().to_string();
    let lines: Vec<&str> = help.lines().map(str::trim_end).collect();
    writeln!(page, "\n## {path}\n\n```text\n{}\n```", lines.join("\n").trim_end())
        .expect("a string takes any text");
    for inner in command.get_subcommands_mut() {
        if inner.is_hide_set() || inner.get_name() == "help" {
            continue;
        }
        let path = format!("{path} {}", inner.get_name());
        describe(page, inner, &path);
    }
}
