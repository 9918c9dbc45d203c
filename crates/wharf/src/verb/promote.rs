//! `wharf promote`: the next environment follows to the same bundle.

use hydrate::Environment;
use ledger::{Channel, Kind, Ledger, Log, Unmet};
use registry::Reference;

use crate::app::AppArgs;
use crate::channel_arg::channel;
use crate::client;
use crate::exit::Exit;
use crate::gates;
use crate::mover::{MoverArgs, explained, move_channel};
use crate::notify::{NotifyArgs, notify};
use crate::report::{Attempt as _, Report};
use crate::settings::Settings;
use crate::terminal::Terminal;

/// Move the next channel to the bundle of the one before
///
/// Nothing is built again: the tag moves to the same digest, and the ledger in the registry says who
/// moved it, from which pipeline, when and why.
#[derive(clap::Args, Debug)]
pub(crate) struct PromoteArgs {
    /// The channel to move
    #[arg(long, value_parser = channel, value_name = "CHANNEL")]
    to: Channel,
    /// The channel to take the bundle from; without it the one that `wharf.yaml` puts before
    #[arg(long, value_parser = channel, value_name = "CHANNEL")]
    from: Option<Channel>,
    #[command(flatten)]
    mover: MoverArgs,
    #[command(flatten)]
    app: AppArgs,
    #[command(flatten)]
    notify: NotifyArgs,
}

pub(crate) async fn run(
    terminal: &mut Terminal,
    settings: &Settings,
    arguments: PromoteArgs,
) -> Result<Exit, Report> {
    let PromoteArgs { to, from, mover, app, notify: receiver } = arguments;
    let Path { from, repository, environment } = path(&app, &to, from, mover.reason.is_some())?;
    let ledger = Ledger::new(client::registry(settings)?, &repository);
    let cannot = || format!("cannot promote `{from}` to `{to}`");
    let log = ledger.log(&from).await.map_err(|error| explained(cannot(), &error))?;
    let target = ledger.current(&to).await.map_err(|error| explained(cannot(), &error))?;
    let Some(digest) = log.current.clone() else {
        return Err(Report::new(cannot())
            .reason(format!("there is no channel `{from}` in `{}`", repository.name()))
            .now("nothing was moved")
            .hint("`wharf ship` makes the first one")
            .refused());
    };
    if let Some(environment) = environment {
        let unmet = gates::check(settings, &ledger, &environment, &digest, &log).await?;
        refuse_unmet(&mover, cannot(), &unmet)?;
    }
    let mut request = mover.request(settings, &to, digest.clone(), Kind::Promote).await?;
    request.expect = target.into();
    request.version = version(&log);
    request.source = Some(from.clone());
    let view = move_channel(&ledger, &request).await?;
    let moved = repository.with_tag(to.as_str()).attempt(cannot)?;
    notify(terminal, settings, &receiver, &moved.pin(digest)).await;
    terminal.show(&view)?;
    Ok(Exit::Done)
}

/// Says every unmet gate at once.
fn refuse_unmet(mover: &MoverArgs, attempted: String, unmet: &[Unmet]) -> Result<(), Report> {
    if unmet.is_empty() || mover.breaks_glass() {
        return Ok(());
    }
    let report = Report::new(attempted).now("nothing was moved").refused();
    let report = unmet.iter().fold(report, |report, one| report.reason(one.to_string()));
    Err(report.hint("to go anyway say `--break-glass` and why; it is recorded"))
}

/// The version that the ledger knows for the bundle that a channel is at.
fn version(log: &Log) -> Option<String> {
    let entry = log.moves().find(|entry| entry.to == log.current)?;
    entry.version.clone()
}

/// Where a bundle comes from, and what it must meet.
struct Path {
    from: Channel,
    repository: Reference,
    environment: Option<Environment>,
}

/// Which channel to take the bundle from; a way round the declared path needs a reason.
fn path(
    app: &AppArgs,
    to: &Channel,
    from: Option<Channel>,
    has_reason: bool,
) -> Result<Path, Report> {
    let cannot = || format!("cannot promote to `{to}`");
    let found = match (app.find(), from) {
        (Ok(found), from) => (found, from),
        // Without a `wharf.yaml` there is no declared path to hold anybody to.
        (Err(_), Some(from)) if app.names_repository() => {
            return Ok(Path { from, repository: app.repository()?, environment: None });
        }
        (Err(report), _) => return Err(report),
    };
    let (found, from) = found;
    let Some(environment) = found.app.environment(to.as_str()) else {
        let names: Vec<&str> = found.app.environments.iter().map(|one| one.name.as_str()).collect();
        return Err(Report::new(cannot())
            .reason(format!("`{}` has no such environment", found.app.name))
            .now("nothing was moved")
            .hint(format!("it has `{}`", names.join("`, `")))
            .refused());
    };
    let declared = environment.after.as_deref();
    let from = match from {
        Some(from) if declared == Some(from.as_str()) || has_reason => from,
        Some(from) => {
            return Err(Report::new(cannot())
                .reason(match declared {
                    Some(declared) => {
                        format!("`{to}` comes after `{declared}`, not after `{from}`")
                    }
                    None => format!("`{to}` comes first; `wharf ship` moves it"),
                })
                .now("nothing was moved")
                .hint("leave out `--from`, or say why with `--reason`")
                .refused());
        }
        None => match declared {
            Some(declared) => Channel::parse(declared).attempt(cannot)?,
            None => {
                return Err(Report::new(cannot())
                    .reason(format!("`{to}` comes first; `wharf ship` moves it"))
                    .now("nothing was moved")
                    .hint("name the channel to take the bundle from with `--from` and say why")
                    .refused());
            }
        },
    };
    let mut environment = environment.clone();
    // A way round the declared path has its reason; the path is then no gate.
    environment.after = environment.after.filter(|after| *after == from.as_str());
    Ok(Path { from, repository: found.repository, environment: Some(environment) })
}
