//! The command line: verbs and flags that everyone shares.

use std::future::Future;

use clap::{Parser, Subcommand};

use crate::exit::Exit;
use crate::report::{Attempt as _, Report};
use crate::settings::{GlobalArgs, Settings};
use crate::terminal::Terminal;
use crate::verb::{
    build, check, completion, console, demo, dev, diff, docs, engine, events, explain, get, hold,
    inspect, kustomize, list, log, promote, pull, push, repair, rollback, ship, status, tag, trace,
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
    Hold(hold::HoldArgs),
    Release(hold::ReleaseArgs),
    Repair(repair::RepairArgs),
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
    runtime.block_on(async {
        match verb {
            Verb::Demo(arguments) => demo::run(terminal, settings, arguments).await,
            Verb::Dev(arguments) => dev::run(terminal, arguments).await,
            Verb::Engine(arguments) => engine::run(terminal, settings, arguments).await,
            Verb::Console(arguments) => console::run(terminal, settings, arguments).await,
            verb => in_time(settings, delivery(terminal, settings, verb)).await,
        }
    })
}

/// The verbs of CI and operators: registries and ledgers.
async fn delivery(
    terminal: &mut Terminal,
    settings: &Settings,
    verb: Verb,
) -> Result<Exit, Report> {
    match verb {
        Verb::Ship(arguments) => ship::run(terminal, settings, *arguments).await,
        Verb::Promote(arguments) => promote::run(terminal, settings, arguments).await,
        Verb::Rollback(arguments) => rollback::run(terminal, settings, arguments).await,
        Verb::Log(arguments) => log::run(terminal, settings, arguments).await,
        Verb::Hold(arguments) => hold::hold(terminal, settings, arguments).await,
        Verb::Release(arguments) => hold::release(terminal, settings, arguments).await,
        Verb::Repair(arguments) => repair::run(terminal, settings, arguments).await,
        Verb::Push(arguments) => push::run(terminal, settings, arguments).await,
        Verb::Pull(arguments) => pull::run(terminal, settings, arguments).await,
        Verb::List(arguments) => list::run(terminal, settings, arguments).await,
        Verb::Inspect(arguments) => inspect::run(terminal, settings, arguments).await,
        Verb::Diff(arguments) => diff::run(terminal, settings, arguments).await,
        Verb::Tag(arguments) => tag::run(terminal, settings, arguments).await,
        verb => insight(terminal, settings, verb).await,
    }
}

/// The verbs that ask a cluster, and those that ask nobody.
async fn insight(terminal: &mut Terminal, settings: &Settings, verb: Verb) -> Result<Exit, Report> {
    match verb {
        Verb::Status(arguments) => status::run(terminal, settings, arguments).await,
        Verb::Explain(arguments) => explain::run(terminal, settings, arguments).await,
        Verb::Trace(arguments) => trace::run(terminal, settings, arguments).await,
        Verb::Get(arguments) => get::run(terminal, settings, arguments).await,
        Verb::Events(arguments) => events::run(terminal, settings, arguments).await,
        Verb::Build(arguments) => build::run(terminal, arguments),
        Verb::Check(arguments) => check::run(terminal, arguments),
        Verb::Kustomize(arguments) => kustomize::run(terminal, arguments),
        Verb::Completion(arguments) => completion::run(terminal, &arguments),
        _ => docs::run(terminal),
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
