//! Moving channels: who, why, and what a refusal means.

use std::path::Path;

use jiff::Timestamp;
use ledger::{Channel, Entry, Error, Expect, Kind, Ledger, MoveRequest, Moved, Provenance};
use oci_spec::image::Digest;
use serde::Serialize;
use ulid::Ulid;

use crate::checkout;
use crate::digest::short;
use crate::report::Report;
use crate::settings::Settings;
use crate::terminal::View;

/// Who moves a channel, and why
#[derive(clap::Args, Debug, Clone)]
pub(crate) struct MoverArgs {
    /// Why, for the ledger
    #[arg(long, env = "WHARF_REASON", value_name = "TEXT")]
    pub(crate) reason: Option<String>,
    /// Who moves it; without it what the CI system or the login says
    #[arg(long, env = "WHARF_ACTOR", value_name = "NAME")]
    actor: Option<String>,
    /// The address of the run that moves it; without it what the CI system says
    #[arg(long, env = "WHARF_PIPELINE", value_name = "URL")]
    pipeline: Option<String>,
    /// Move in spite of a hold, the order of builds or another tool's move; needs a reason, and is recorded
    #[arg(long)]
    break_glass: bool,
}

/// What a move led to, for people and machines.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MoveView {
    pub(crate) repository: String,
    pub(crate) channel: String,
    pub(crate) is_moved: bool,
    pub(crate) was_restored: bool,
    pub(crate) from: Option<String>,
    pub(crate) to: String,
    pub(crate) version: Option<String>,
    pub(crate) entry: Option<Entry>,
}

impl MoverArgs {
    /// Whether rules may be overridden.
    pub(crate) fn breaks_glass(&self) -> bool {
        self.break_glass
    }

    /// Who moves: flags win over the CI system's environment, and that over Git's own configuration.
    pub(crate) async fn provenance(&self, settings: &Settings) -> Result<Provenance, Report> {
        let given = Provenance {
            actor: self.actor.clone(),
            pipeline: self.pipeline.clone(),
            ..Provenance::default()
        };
        let found = Provenance::from_environment(settings.environment.variables());
        let mut provenance = found.overridden_by(given);
        if provenance.actor.is_none() {
            provenance.actor = checkout::author(Path::new(".")).await?;
        }
        Ok(provenance)
    }

    /// A wish to move a channel now.
    pub(crate) async fn request(
        &self,
        settings: &Settings,
        channel: &Channel,
        to: Digest,
        kind: Kind,
    ) -> Result<MoveRequest, Report> {
        Ok(MoveRequest {
            channel: channel.clone(),
            to,
            expect: Expect::Anything,
            kind,
            source: None,
            version: None,
            provenance: self.provenance(settings).await?,
            reason: self.reason.clone(),
            break_glass: self.break_glass,
            at: Timestamp::now(),
            id: Ulid::generate(),
        })
    }
}

/// Moves a channel and says what came of it.
pub(crate) async fn move_channel(
    ledger: &Ledger,
    request: &MoveRequest,
) -> Result<MoveView, Report> {
    let channel = &request.channel;
    let Moved { entry, is_moved, was_restored, .. } =
        ledger.move_channel(request).await.map_err(|error| {
            explained(format!("cannot move `{channel}` to `{}`", request.to), &error)
        })?;
    let from = entry.as_ref().and_then(|entry| entry.from.as_ref()).map(ToString::to_string);
    Ok(MoveView {
        repository: ledger.repository().name(),
        channel: channel.to_string(),
        is_moved,
        was_restored,
        from: from.filter(|_| is_moved),
        to: request.to.to_string(),
        version: request.version.clone(),
        entry,
    })
}

/// Turns a ledger's refusal into a report with what can be done about it.
pub(crate) fn explained(attempted: String, error: &Error) -> Report {
    let report = Report::new(attempted).because(error);
    match error {
        Error::Moved { channel, .. } => report
            .now("nothing was moved")
            .hint(format!("look at `wharf log {channel}`, then try again"))
            .refused(),
        Error::OutOfBand { channel, .. } => report
            .now("nothing was moved")
            .hint(format!(
                "adopt it with `wharf repair {channel} --adopt --reason …`, or put it back with `--restore`"
            ))
            .refused(),
        Error::Overtaken { channel, .. } | Error::TurnRanOut { channel, .. } => {
            report.hint(format!("see what is true now with `wharf log {channel}`"))
        }
        Error::Held { channel, .. } => report
            .now("nothing was moved")
            .hint(format!("release it with `wharf release {channel}`, when it is known to be good"))
            .refused(),
        Error::Older { .. } => report
            .now("nothing was moved")
            .hint("a newer build is there already; to go back on purpose use `wharf rollback`")
            .refused(),
        Error::ReasonMissing { .. } => {
            report.now("nothing was moved").hint("say why with `--reason`").refused()
        }
        Error::NothingToRollBackTo { channel, .. } => report
            .now("nothing was moved")
            .hint(format!("`wharf log {channel}` shows where it was"))
            .refused(),
        Error::Gone { .. } | Error::NotABundle { .. } => report.now("nothing was moved").refused(),
        Error::VersionTaken { .. } => report
            .now("nothing was moved")
            .hint("a version never changes: choose another with `--version`")
            .refused(),
        _ => report,
    }
}

impl View for MoveView {
    fn text(&self, wide: bool) -> String {
        let Self { channel, to, version, .. } = self;
        let version = version.as_ref().map(|version| format!(" ({version})")).unwrap_or_default();
        let to = short(to, wide);
        if !self.is_moved {
            return format!("{channel} is at {to}{version} already\n");
        }
        let from = self.from.as_ref().map_or_else(|| "nothing".into(), |from| short(from, wide));
        let restored = if self.was_restored { ", restored from the ledger" } else { "" };
        format!("{channel}: {from} → {to}{version}{restored}\n")
    }
}
