//! Chores of the workspace: `cargo xtask <verb>`.
//!
//! ```text
//!   check ─▶ fmt, clippy, test, doc                    (what every commit passes)
//!   test  ─▶ check ─▶ real tools ─▶ real API server    (what CI passes; `part` says what a machine lacks)
//!              ▲          ▲              ▲
//!            cargo   tools::build   cluster::start
//! ```
//!
//! Every verb is a module of that name. Only `say` prints, only `environment` reads the environment.
//!
//! Start reading at [`run_verb`].

mod bench;
mod check;
mod cluster;
mod command;
mod environment;
mod error;
mod part;
mod say;
mod test;
mod tools;
mod update;

use std::process::ExitCode;

use crate::{environment::Environment, error::Error};

const USAGE: &str = "\
usage: cargo xtask VERB

  check                 formatting, clippy, hermetic tests and documentation: what every commit passes
  test                  check, then everything that needs real parts; says loudly what it left out
  cluster [-- CMD...]   a real Kubernetes API server on loopback, for CMD or until Ctrl-C
  tools [NAME...]       builds the real tools that tests compare with, and prints where they are
  bench [NAME...]       comparisons with other tools, as ratios of one run
  update                rewrites snapshots, CRDs and the CLI reference";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let environment = Environment::read();
    match run_verb(&environment, &arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say::error(&error);
            ExitCode::FAILURE
        }
    }
}

/// Runs the chore that the first argument names.
fn run_verb(environment: &Environment, arguments: &[String]) -> Result<(), Error> {
    let (verb, rest) = arguments.split_first().ok_or_else(|| Error::Usage(USAGE.to_owned()))?;
    match verb.as_str() {
        "check" => check::run(environment),
        "test" => test::run(environment),
        "cluster" => cluster::run(environment, rest),
        "tools" => tools::run(environment, rest),
        "bench" => bench::run(environment, rest),
        "update" => update::run(environment),
        _ => Err(Error::Usage(USAGE.to_owned())),
    }
}
