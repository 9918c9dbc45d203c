//! `wharf hold` and `wharf release`: marks that keep automation off a channel.

use jiff::Timestamp;
use ledger::{Entry, MarkRequest};
use oci_spec::image::Digest;
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

/// Keep a channel, or one bundle on it, from being moved to until it is released
///
/// A rollback holds the bundle that it leaves by itself.
#[derive(clap::Args, Debug)]
pub(crate) struct HoldArgs {
    /// The channel of the application at hand, or `HOST/REPOSITORY:CHANNEL`
    #[arg(value_parser = channel_arg::parse)]
    channel: ChannelArg,
    /// Refuse this bundle only; without it nothing may move the channel
    #[arg(long, value_name = "DIGEST")]
    digest: Option<Digest>,
    #[command(flatten)]
    mover: MoverArgs,
    #[command(flatten)]
    app: AppArgs,
}

/// Lift a hold
#[derive(clap::Args, Debug)]
pub(crate) struct ReleaseArgs {
    #[command(flatten)]
    hold: HoldArgs,
}

#[derive(Serialize)]
struct MarkView {
    entry: Entry,
}

/// Whether a mark is put or lifted.
#[derive(Clone, Copy)]
enum Deed {
    Hold,
    Release,
}

pub(crate) async fn hold(
    terminal: &mut Terminal,
    settings: &Settings,
    arguments: HoldArgs,
) -> Result<Exit, Report> {
    mark(terminal, settings, arguments, Deed::Hold).await
}

pub(crate) async fn release(
    terminal: &mut Terminal,
    settings: &Settings,
    arguments: ReleaseArgs,
) -> Result<Exit, Report> {
    mark(terminal, settings, arguments.hold, Deed::Release).await
}

async fn mark(
    terminal: &mut Terminal,
    settings: &Settings,
    arguments: HoldArgs,
    deed: Deed,
) -> Result<Exit, Report> {
    let HoldArgs { channel, digest, mover, app } = arguments;
    let Place { ledger, channel, .. } = channel.open(settings, &app)?;
    let request = MarkRequest {
        channel: channel.clone(),
        about: digest,
        provenance: mover.provenance(settings).await?,
        reason: mover.reason.clone(),
        at: Timestamp::now(),
        id: Ulid::generate(),
    };
    let result = match deed {
        Deed::Hold => ledger.hold(&request).await,
        Deed::Release => ledger.unhold(&request).await,
    };
    let verb = match deed {
        Deed::Hold => "hold",
        Deed::Release => "release",
    };
    let entry = result.map_err(|error| explained(format!("cannot {verb} `{channel}`"), &error))?;
    terminal.show(&MarkView { entry })?;
    Ok(Exit::Done)
}

impl View for MarkView {
    fn text(&self, wide: bool) -> String {
        let Entry { channel, about, holds, .. } = &self.entry;
        let what = match about {
            Some(digest) => format!("{} on {channel}", short(digest.as_ref(), wide)),
            None => channel.to_string(),
        };
        format!("{}: {what}; {} in force\n", self.entry.kind, counted(holds.len()))
    }
}

fn counted(holds: usize) -> String {
    match holds {
        0 => "no hold is".into(),
        1 => "1 hold is".into(),
        more => format!("{more} holds are"),
    }
}
