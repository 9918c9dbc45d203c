//! The command line: verbs and flags that everyone shares.

use std::future::Future;

use clap::{Parser, Subcommand};

use crate::exit::Exit;
use crate::report::{Attempt as _, Report};
use crate::settings::{GlobalArgs, Settings};
use crate::terminal::Terminal;
use crate::verb::{
    build, check, completion, diff, docs, inspect, kustomize, list, log, promote, pull, push,
    rollback, ship, tag,
};

/// Gitless GitOps for Kubernetes: the OCI registry is the source of truth
///
/// CI ships one frozen bundle; environments follow tags that are promoted and rolled back; the registry
/// remembers who moved which tag, from which pipeline, to which digest, when and why.
///
/// Exit codes: 0 done; 1 the answer is no (differs, unhealthy, refused); 2 it could not be found out.
#[derive(Parser, Debug)]
#[command(name = "wharf", version, arg_required_else_help = true, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: GlobalArgs,
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

/// What can be done.
#[derive(Subcommand, Debug)]
pub(crate) enum Verb {
    Ship(Box<ship::ShipArgs>),
    Promote(promote::PromoteArgs),
    Rollback(rollback::RollbackArgs),
    Log(log::LogArgs),
    Build(build::BuildArgs),
    Check(check::CheckArgs),
    Push(push::PushArgs),
    Pull(pull::PullArgs),
    List(list::ListArgs),
    Inspect(inspect::InspectArgs),
    Diff(diff::DiffArgs),
    Tag(tag::TagArgs),
    Kustomize(kustomize::KustomizeArgs),
    Completion(completion::CompletionArgs),
    /// Print the reference page of the command line
    #[command(hide = true)]
    Docs,
}

/// Runs one verb to its end, or until the time is up.
pub(crate) fn run(
    terminal: &mut Terminal,
    settings: &Settings,
    verb: Verb,
) -> Result<Exit, Report> {
    let runtime = tokio::runtime::Runtime::new().attempt(|| "cannot start".into())?;
    runtime.block_on(in_time(settings, dispatch(terminal, settings, verb)))
}

async fn dispatch(
    terminal: &mut Terminal,
    settings: &Settings,
    verb: Verb,
) -> Result<Exit, Report> {
    match verb {
        Verb::Ship(arguments) => ship::run(terminal, settings, *arguments).await,
        Verb::Promote(arguments) => promote::run(terminal, settings, arguments).await,
        Verb::Rollback(arguments) => rollback::run(terminal, settings, arguments).await,
        Verb::Log(arguments) => log::run(terminal, settings, arguments).await,
        Verb::Build(arguments) => build::run(terminal, arguments),
        Verb::Check(arguments) => check::run(terminal, arguments),
        Verb::Push(arguments) => push::run(terminal, settings, arguments).await,
        Verb::Pull(arguments) => pull::run(terminal, settings, arguments).await,
        Verb::List(arguments) => list::run(terminal, settings, arguments).await,
        Verb::Inspect(arguments) => inspect::run(terminal, settings, arguments).await,
        Verb::Diff(arguments) => diff::run(terminal, settings, arguments).await,
        Verb::Tag(arguments) => tag::run(terminal, settings, arguments).await,
        Verb::Kustomize(arguments) => kustomize::run(terminal, arguments),
        Verb::Completion(arguments) => completion::run(terminal, &arguments),
        Verb::Docs => docs::run(terminal),
    }
}

async fn in_time(
    settings: &Settings,
    work: impl Future<Output = Result<Exit, Report>>,
) -> Result<Exit, Report> {
    tokio::time::timeout(settings.timeout, work).await.unwrap_or_else(|_| {
        Err(Report::new("cannot finish in time")
            .reason(format!("{:?} have passed", settings.timeout))
            .hint("give it more time with `--timeout`"))
    })
}
