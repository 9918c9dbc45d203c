//! `wharf candidates`: what a channel could go back to.

use jiff::Timestamp;
use ledger::history::{Candidate, candidates};
use serde::Serialize;

use crate::app::AppArgs;
use crate::channel_arg::{self, ChannelArg, Place};
use crate::digest::short;
use crate::exit::Exit;
use crate::mover::explained;
use crate::report::Report;
use crate::settings::Settings;
use crate::terminal::{Terminal, View, table};

/// List the bundles that a channel could go back to, the one it was at last first
#[derive(clap::Args, Debug)]
pub(crate) struct CandidatesArgs {
    /// The channel of the application at hand, or `HOST/REPOSITORY:CHANNEL`
    #[arg(value_parser = channel_arg::parse)]
    channel: ChannelArg,
    #[command(flatten)]
    app: AppArgs,
}

#[derive(Serialize)]
struct CandidatesView {
    at: Timestamp,
    candidates: Vec<Candidate>,
}

pub(crate) async fn run(
    terminal: &mut Terminal,
    settings: &Settings,
    arguments: CandidatesArgs,
) -> Result<Exit, Report> {
    let CandidatesArgs { channel, app } = arguments;
    let Place { ledger, channel, .. } = channel.open(settings, &app)?;
    let log = ledger.log(&channel).await;
    let log = log.map_err(|error| explained(format!("cannot look back on `{channel}`"), &error))?;
    terminal.show(&CandidatesView { at: Timestamp::now(), candidates: candidates(&log) })?;
    Ok(Exit::Done)
}

impl View for CandidatesView {
    fn text(&self, wide: bool) -> String {
        if self.candidates.is_empty() {
            return "nothing to go back to\n".into();
        }
        let known = |value: Option<&str>| value.unwrap_or("-").to_owned();
        let rows = self.candidates.iter().map(|candidate| {
            let refused = candidate
                .hold
                .as_ref()
                .map(|hold| hold.reason.clone().unwrap_or_else(|| "without a reason".into()));
            vec![
                known(candidate.version.as_deref()),
                short(candidate.digest.as_ref(), wide),
                known(candidate.revision.as_deref()),
                insight::age(self.at, candidate.until.unwrap_or(candidate.since)).to_string(),
                known(refused.as_deref()),
            ]
        });
        table(&["VERSION", "DIGEST", "REVISION", "LEFT", "REFUSED"], rows.collect())
    }
}
