//! `wharf rollback`: a channel goes back to a bundle that it was at.

use ledger::history::{RollbackTo, rollback_target};
use ledger::{Channel, Kind, Ledger, Log, Readiness};
use oci_spec::image::Digest;

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
/// Needs a reason. Before the tag moves it is proved that the way back is open: the bundle, every image that
/// it names on every platform, and its signatures still resolve. A bundle that the registry has collected meanwhile comes back from the ledger, to the
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
    if mover.reason.is_none() {
        return Err(explained(cannot(), &ledger::Error::ReasonMissing { kind: Kind::Rollback }));
    }
    let readiness = ledger.preflight(&channel, &digest).await;
    let readiness = readiness.map_err(|error| explained(cannot(), &error))?;
    if readiness.is_ready() {
        terminal.say(&proof(&readiness));
    } else if !mover.breaks_glass() {
        return Err(unproved(&ledger, &log, &channel, &readiness).await);
    }
    let mut request = mover.request(settings, &channel, digest.clone(), Kind::Rollback).await?;
    request.expect = log.current.clone().into();
    let known = log.moves().find(|entry| entry.to.as_ref() == Some(&digest));
    request.version = known.and_then(|entry| entry.version.clone());
    let view = move_channel(&ledger, &request).await?;
    notify(terminal, settings, &receiver, &reference.pin(digest)).await;
    terminal.show(&view)?;
    Ok(Exit::Done)
}

fn proof(readiness: &Readiness) -> String {
    let Readiness { images, signatures, .. } = readiness;
    format!(
        "✔ Proved: the bundle, {} image(s) and {signatures} signature(s) are there",
        images.len()
    )
}

/// Says what is missing, and which other bundle could be gone back to.
async fn unproved(ledger: &Ledger, log: &Log, channel: &Channel, readiness: &Readiness) -> Report {
    let cannot = format!("cannot prove that `{channel}` can go back to `{}`", readiness.digest);
    let report = Report::new(cannot).now("nothing was moved");
    let report = readiness.missing.iter().fold(report, |report, one| report.reason(one.as_str()));
    let report = readiness.unknown.iter().fold(report, |report, one| report.reason(one.as_str()));
    let report = if readiness.missing.is_empty() { report } else { report.refused() };
    // The offer is a help: when it cannot be made, the report stands without it.
    match ledger.nearest_ready(log, LOOK_AT).await {
        Ok(Some((candidate, _))) if candidate.digest != readiness.digest => report.hint(format!(
            "`{}` is all there: `wharf rollback {channel} --to {}`; or go anyway with `--break-glass`",
            name(candidate.version.as_deref(), &candidate.digest),
            candidate.digest
        )),
        _ => report.hint("to go anyway say `--break-glass`; it is recorded"),
    }
}

/// How many candidates are looked at for an offer.
const LOOK_AT: usize = 5;

fn name(version: Option<&str>, digest: &Digest) -> String {
    version.map_or_else(|| digest.to_string(), Into::into)
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
