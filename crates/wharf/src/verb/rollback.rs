//! `wharf rollback`: a channel goes back to a bundle that it was at.

use ledger::Kind;
use ledger::history::{RollbackTo, rollback_target};

use crate::app::AppArgs;
use crate::channel_arg::{self, ChannelArg, Place};
use crate::exit::Exit;
use crate::mover::{MoverArgs, explained, move_channel};
use crate::notify::{NotifyArgs, notify};
use crate::report::Report;
use crate::settings::Settings;
use crate::terminal::Terminal;

/// Move a channel back to a bundle that it was at
///
/// Needs a reason. A bundle that the registry has collected meanwhile comes back from the ledger, to the
/// same digest.
#[derive(clap::Args, Debug)]
pub(crate) struct RollbackArgs {
    /// The channel of the application at hand, or `HOST/REPOSITORY:CHANNEL`
    #[arg(value_parser = channel_arg::parse)]
    channel: ChannelArg,
    /// Where to: a digest or a version that the channel was at; without it the state before
    #[arg(long, value_name = "DIGEST|VERSION", conflicts_with = "steps")]
    to: Option<String>,
    /// How many states back
    #[arg(long, value_name = "N")]
    steps: Option<usize>,
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
    arguments: RollbackArgs,
) -> Result<Exit, Report> {
    let RollbackArgs { channel, to, steps, mover, app, notify: receiver } = arguments;
    let Place { ledger, channel, reference } = channel.open(settings, &app)?;
    let cannot = || format!("cannot roll back `{channel}`");
    let log = ledger.log(&channel).await.map_err(|error| explained(cannot(), &error))?;
    let target = rollback_target(&log, &wanted(to, steps));
    let digest = target.map_err(|error| explained(cannot(), &error))?;
    let mut request = mover.request(settings, &channel, digest.clone(), Kind::Rollback).await?;
    request.expect = log.current.clone().into();
    let known = log.moves().find(|entry| entry.to.as_ref() == Some(&digest));
    request.version = known.and_then(|entry| entry.version.clone());
    let view = move_channel(&ledger, &request).await?;
    notify(terminal, settings, &receiver, &reference.pin(digest)).await;
    terminal.show(&view)?;
    Ok(Exit::Done)
}

fn wanted(to: Option<String>, steps: Option<usize>) -> RollbackTo {
    match (to, steps) {
        (Some(text), _) => match text.parse() {
            Ok(digest) => RollbackTo::Digest(digest),
            Err(_) => RollbackTo::Version(text),
        },
        (None, Some(steps)) => RollbackTo::Steps(steps),
        (None, None) => RollbackTo::Previous,
    }
}
