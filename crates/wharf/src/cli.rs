//! The command line: verbs and flags that everyone shares.

use std::future::{Future, ready};

use clap::{Parser, Subcommand};
use futures::future::BoxFuture;

use crate::exit::Exit;
use crate::report::{Attempt as _, Report};
use crate::settings::{GlobalArgs, Settings};
use crate::terminal::Terminal;
use crate::verb::{
    approve, build, candidates, check, completion, console, demo, dev, diff, docs, engine, events,
    explain, get, hold, inspect, kustomize, list, log, promote, prune, pull, push, repair,
    rollback, ship, status, tag, trace,
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
    Demo(demo::DemoArgs),
    Dev(dev::DevArgs),
    Ship(Box<ship::ShipArgs>),
    Promote(promote::PromoteArgs),
    Rollback(rollback::RollbackArgs),
    Log(log::LogArgs),
    Candidates(candidates::CandidatesArgs),
    Approve(approve::ApproveArgs),
    Hold(hold::HoldArgs),
    Release(hold::ReleaseArgs),
    Repair(repair::RepairArgs),
    Prune(prune::PruneArgs),
    Retention(prune::RetentionArgs),
    Status(status::StatusArgs),
    Explain(explain::ExplainArgs),
    Trace(trace::TraceArgs),
    Get(get::GetArgs),
    Events(events::EventsArgs),
    Build(build::BuildArgs),
    Check(check::CheckArgs),
    Push(push::PushArgs),
    Pull(pull::PullArgs),
    List(list::ListArgs),
    Inspect(inspect::InspectArgs),
    Diff(diff::DiffArgs),
    Tag(tag::TagArgs),
    Kustomize(kustomize::KustomizeArgs),
    Engine(engine::EngineArgs),
    Console(console::ConsoleArgs),
    Completion(completion::CompletionArgs),
    /// Print the reference page of the command line
    #[command(hide = true)]
    Docs,
}

/// Runs one verb to its end; those that do not run until they are stopped have a time limit.
pub(crate) fn run(
    terminal: &mut Terminal,
    settings: &Settings,
    verb: Verb,
) -> Result<Exit, Report> {
    let runtime = tokio::runtime::Runtime::new().attempt(|| "cannot start".into())?;
    let is_endless =
        matches!(verb, Verb::Demo(_) | Verb::Dev(_) | Verb::Engine(_) | Verb::Console(_));
    let work = start(terminal, settings, verb);
    if is_endless { runtime.block_on(work) } else { runtime.block_on(in_time(settings, work)) }
}

fn start<'a>(
    terminal: &'a mut Terminal,
    settings: &'a Settings,
    verb: Verb,
) -> BoxFuture<'a, Result<Exit, Report>> {
    match verb {
        Verb::Demo(arguments) => Box::pin(demo::run(terminal, settings, arguments)),
        Verb::Dev(arguments) => Box::pin(dev::run(terminal, arguments)),
        Verb::Ship(arguments) => Box::pin(ship::run(terminal, settings, *arguments)),
        Verb::Promote(arguments) => Box::pin(promote::run(terminal, settings, arguments)),
        Verb::Rollback(arguments) => Box::pin(rollback::run(terminal, settings, arguments)),
        Verb::Log(arguments) => Box::pin(log::run(terminal, settings, arguments)),
        Verb::Candidates(arguments) => Box::pin(candidates::run(terminal, settings, arguments)),
        Verb::Approve(arguments) => Box::pin(approve::run(terminal, settings, arguments)),
        Verb::Prune(arguments) => Box::pin(prune::run(terminal, settings, arguments)),
        Verb::Retention(arguments) => Box::pin(prune::check(terminal, settings, arguments)),
        Verb::Hold(arguments) => Box::pin(hold::hold(terminal, settings, arguments)),
        Verb::Release(arguments) => Box::pin(hold::release(terminal, settings, arguments)),
        Verb::Repair(arguments) => Box::pin(repair::run(terminal, settings, arguments)),
        Verb::Status(arguments) => Box::pin(status::run(terminal, settings, arguments)),
        Verb::Explain(arguments) => Box::pin(explain::run(terminal, settings, arguments)),
        Verb::Trace(arguments) => Box::pin(trace::run(terminal, settings, arguments)),
        Verb::Get(arguments) => Box::pin(get::run(terminal, settings, arguments)),
        Verb::Events(arguments) => Box::pin(events::run(terminal, settings, arguments)),
        Verb::Build(arguments) => Box::pin(ready(build::run(terminal, arguments))),
        Verb::Check(arguments) => Box::pin(ready(check::run(terminal, &arguments))),
        Verb::Push(arguments) => Box::pin(push::run(terminal, settings, arguments)),
        Verb::Pull(arguments) => Box::pin(pull::run(terminal, settings, arguments)),
        Verb::List(arguments) => Box::pin(list::run(terminal, settings, arguments)),
        Verb::Inspect(arguments) => Box::pin(inspect::run(terminal, settings, arguments)),
        Verb::Diff(arguments) => Box::pin(diff::run(terminal, settings, arguments)),
        Verb::Tag(arguments) => Box::pin(tag::run(terminal, settings, arguments)),
        Verb::Kustomize(arguments) => Box::pin(ready(kustomize::run(terminal, arguments))),
        Verb::Engine(arguments) => Box::pin(engine::run(terminal, settings, arguments)),
        Verb::Console(arguments) => Box::pin(console::run(terminal, settings, arguments)),
        Verb::Completion(arguments) => Box::pin(ready(completion::run(terminal, &arguments))),
        Verb::Docs => Box::pin(ready(docs::run(terminal))),
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
