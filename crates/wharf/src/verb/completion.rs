//! `wharf completion`: what a shell needs to complete commands.

use clap::CommandFactory as _;
use clap_complete::Shell;

use crate::cli::Cli;
use crate::exit::Exit;
use crate::report::Report;
use crate::terminal::Terminal;

/// Print the completion script of a shell
#[derive(clap::Args, Debug)]
pub(crate) struct CompletionArgs {
    /// The shell
    shell: Shell,
}

pub(crate) fn run(terminal: &mut Terminal, arguments: &CompletionArgs) -> Result<Exit, Report> {
    let mut script = vec![];
    clap_complete::generate(arguments.shell, &mut Cli::command(), "wharf", &mut script);
    terminal.print(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Done)
}
