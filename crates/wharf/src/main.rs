//! `wharf`: the command line, one module per verb.
//!
//! ```text
//!   arguments ──▶ Settings ──▶ verb::…::run ──▶ Terminal (stdout = data, stderr = conversation) ──▶ Exit
//! ```
//!
//! Start reading at `main`, then at a verb.

mod app;
mod bundles;
mod channel_arg;
mod checkout;
mod cli;
mod client;
mod demo;
mod digest;
mod exit;
mod gates;
mod image;
mod mover;
mod notify;
mod parts;
mod report;
mod settings;
mod shutdown;
mod terminal;
mod verb;

use clap::Parser as _;

use crate::cli::Cli;
use crate::exit::Exit;
use crate::settings::{Environment, Settings};
use crate::terminal::Terminal;

fn main() -> Exit {
    let Cli { global, verb } = Cli::parse();
    let settings = Settings::resolve(global, Environment::of_process());
    let mut terminal = Terminal::new(settings.output, settings.quiet);
    match cli::run(&mut terminal, &settings, verb) {
        Ok(exit) => exit,
        Err(report) => {
            terminal::complain(&report.to_string());
            report.exit()
        }
    }
}
