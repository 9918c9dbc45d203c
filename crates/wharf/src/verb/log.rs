//! `wharf log`: every move of a channel.

use std::fmt::Write as _;

use jiff::Timestamp;
use ledger::log::State;
use ledger::{Entry, Log};
use serde::Serialize;

use crate::app::AppArgs;
use crate::channel_arg::{self, ChannelArg, Place};
use crate::digest::short;
use crate::exit::Exit;
use crate::mover::explained;
use crate::report::Report;
use crate::settings::Settings;
use crate::terminal::{Terminal, View, table};

/// Show every move of a channel: who, from which pipeline, from, to, why
///
/// Read from the registry alone; no cluster and no database is asked.
/// Exit code 1 says that the tag is not where the ledger left it.
#[derive(clap::Args, Debug)]
pub(crate) struct LogArgs {
    /// The channel of the application at hand, or `HOST/REPOSITORY:CHANNEL`
    #[arg(value_parser = channel_arg::parse)]
    channel: ChannelArg,
    /// Show only where the channel was at this time, for example `2026-11-20T14:05:00Z`
    #[arg(long, value_name = "TIME")]
    at: Option<Timestamp>,
    /// Show only moves since this time
    #[arg(long, value_name = "TIME", conflicts_with = "at")]
    since: Option<Timestamp>,
    #[command(flatten)]
    app: AppArgs,
}

#[derive(Serialize)]
struct LogView {
    #[serde(flatten)]
    log: Log,
}

pub(crate) async fn run(
    terminal: &mut Terminal,
    settings: &Settings,
    arguments: LogArgs,
) -> Result<Exit, Report> {
    let LogArgs { channel, at, since, app } = arguments;
    let Place { ledger, channel, reference } = channel.open(settings, &app)?;
    let cannot = || format!("cannot read the ledger of `{channel}`");
    let mut log = ledger.log(&channel).await.map_err(|error| explained(cannot(), &error))?;
    if matches!(log.state, State::Unused) {
        return Err(Report::new(cannot())
            .reason(format!("there is no channel `{channel}` in `{}`", reference.name()))
            .hint("`wharf list` shows the tags of a repository")
            .refused());
    }
    if let Some(at) = at {
        log.entries = log.at(at).cloned().into_iter().collect();
    }
    if let Some(since) = since {
        log.entries.retain(|entry| entry.at >= since);
    }
    let exit = if matches!(log.state, State::Clean) { Exit::Done } else { Exit::No };
    terminal.show(&LogView { log })?;
    Ok(exit)
}

impl View for LogView {
    fn text(&self, wide: bool) -> String {
        let mut text = trouble(&self.log, wide);
        let headings = ["WHEN", "WHAT", "FROM", "TO", "VERSION", "WHO", "WHY", "PIPELINE"];
        let rows = self.log.entries.iter().map(|entry| row(entry, wide)).collect();
        text.push_str(&table(&headings, rows));
        for damage in &self.log.damaged {
            writeln!(text, "\nwarning: {damage}").expect("a string takes any text");
        }
        text
    }
}

fn row(entry: &Entry, wide: bool) -> Vec<String> {
    let known = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".into());
    let digest = |value: &Option<_>| {
        known(&value.as_ref().map(|d: &oci_spec::image::Digest| short(d.as_ref(), wide)))
    };
    let what = match &entry.source {
        Some(source) => format!("{} from {source}", entry.kind),
        None => entry.kind.to_string(),
    };
    let glass = if entry.break_glass { " (break glass)" } else { "" };
    vec![
        entry.at.strftime("%Y-%m-%d %H:%M:%S").to_string(),
        what + glass,
        digest(&entry.from),
        digest(&entry.to),
        known(&entry.version),
        known(&entry.provenance.actor),
        known(&entry.reason),
        known(&entry.provenance.pipeline),
    ]
}

/// What a reader must know before the moves: the tag is not where the ledger left it.
fn trouble(log: &Log, wide: bool) -> String {
    let shown = |digest: Option<&oci_spec::image::Digest>| {
        digest.map_or_else(|| "nothing".into(), |digest| short(digest.as_ref(), wide))
    };
    let channel = &log.channel;
    match &log.state {
        State::Clean | State::Unused => String::new(),
        State::Unfinished { to } => format!(
            "unfinished: the newest move is recorded, but the tag is still at {}, not at {}; \
             finish it with `wharf repair {channel}`\n\n",
            shown(log.current.as_ref()),
            shown(Some(to)),
        ),
        State::OutOfBand { digest, recorded } => format!(
            "out-of-band: another tool moved `{channel}` to {}; the ledger left it at {}\n\n",
            shown(digest.as_ref()),
            shown(recorded.as_ref()),
        ),
    }
}
