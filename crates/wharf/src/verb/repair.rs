//! `wharf repair`: tag and ledger are brought together again.

use jiff::Timestamp;
use ledger::repair::Way;
use ledger::{RepairRequest, Repaired};
use serde::Serialize;
use ulid::Ulid;

use crate::app::AppArgs;
use crate::channel_arg::{self, ChannelArg, Place};
use crate::digest::short;
use crate::exit::Exit;
use crate::mover::{MoverArgs, explained};
use crate::report::Report;
use crate::settings::Settings;
use crate::terminal::{Terminal, View};

/// Bring tag and ledger together again after a mover died or another tool moved the tag
///
/// Without a flag an unfinished move is finished. `wharf log` says what is wrong.
#[derive(clap::Args, Debug)]
pub(crate) struct RepairArgs {
    /// The channel of the application at hand, or `HOST/REPOSITORY:CHANNEL`
    #[arg(value_parser = channel_arg::parse)]
    channel: ChannelArg,
    #[command(flatten)]
    way: WayArgs,
    #[command(flatten)]
    mover: MoverArgs,
    #[command(flatten)]
    app: AppArgs,
}

#[derive(clap::Args, Debug)]
#[group(multiple = false)]
struct WayArgs {
    /// An unfinished move: record that it did not happen
    #[arg(long)]
    undo: bool,
    /// A move by another tool: record where the tag is now
    #[arg(long)]
    adopt: bool,
    /// A move by another tool: put the tag back to where the ledger left it
    #[arg(long)]
    restore: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RepairView {
    channel: String,
    current: String,
    entry: ledger::Entry,
}

pub(crate) async fn run(
    terminal: &mut Terminal,
    settings: &Settings,
    arguments: RepairArgs,
) -> Result<Exit, Report> {
    let RepairArgs { channel, way, mover, app } = arguments;
    let Place { ledger, channel, .. } = channel.open(settings, &app)?;
    let request = RepairRequest {
        channel: channel.clone(),
        way: way.way(),
        provenance: mover.provenance(settings).await?,
        reason: mover.reason.clone(),
        at: Timestamp::now(),
        id: Ulid::generate(),
    };
    let Repaired { entry, current } = ledger
        .repair(&request)
        .await
        .map_err(|error| explained(format!("cannot repair `{channel}`"), &error))?;
    terminal.show(&RepairView {
        channel: channel.to_string(),
        current: current.to_string(),
        entry,
    })?;
    Ok(Exit::Done)
}

impl WayArgs {
    fn way(&self) -> Way {
        match self {
            Self { undo: true, .. } => Way::Undo,
            Self { adopt: true, .. } => Way::Adopt,
            Self { restore: true, .. } => Way::Restore,
            Self { undo: false, adopt: false, restore: false } => Way::Finish,
        }
    }
}

impl View for RepairView {
    fn text(&self, wide: bool) -> String {
        format!("{} is at {}, as the ledger says\n", self.channel, short(&self.current, wide))
    }
}
