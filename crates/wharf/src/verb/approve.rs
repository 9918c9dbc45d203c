//! `wharf approve`: one person agrees that a bundle may go to a channel.

use jiff::Timestamp;
use ledger::{Channel, Ledger, MarkRequest};
use oci_spec::image::Digest;
use serde::Serialize;
use ulid::Ulid;

use crate::app::AppArgs;
use crate::channel_arg::channel;
use crate::client;
use crate::digest::short;
use crate::exit::Exit;
use crate::mover::{MoverArgs, explained};
use crate::report::Report;
use crate::settings::Settings;
use crate::terminal::{Terminal, View};

/// Agree that a bundle may go to a channel; the ledger of that channel keeps it
#[derive(clap::Args, Debug)]
pub(crate) struct ApproveArgs {
    /// The bundle, by digest
    digest: Digest,
    /// The channel that it may go to
    #[arg(long = "for", value_parser = channel, value_name = "CHANNEL")]
    channel: Channel,
    #[command(flatten)]
    mover: MoverArgs,
    #[command(flatten)]
    app: AppArgs,
}

#[derive(Serialize)]
struct ApproveView {
    channel: String,
    digest: String,
    actor: Option<String>,
}

pub(crate) async fn run(
    terminal: &mut Terminal,
    settings: &Settings,
    arguments: ApproveArgs,
) -> Result<Exit, Report> {
    let ApproveArgs { digest, channel, mover, app } = arguments;
    let ledger = Ledger::new(client::registry(settings)?, &app.repository()?);
    let request = MarkRequest {
        channel: channel.clone(),
        about: Some(digest.clone()),
        provenance: mover.provenance(settings).await?,
        reason: mover.reason.clone(),
        at: Timestamp::now(),
        id: Ulid::generate(),
    };
    let entry = ledger.approve(&request).await;
    let entry = entry
        .map_err(|error| explained(format!("cannot approve `{digest}` for `{channel}`"), &error))?;
    terminal.show(&ApproveView {
        channel: channel.to_string(),
        digest: digest.to_string(),
        actor: entry.provenance.actor,
    })?;
    Ok(Exit::Done)
}

impl View for ApproveView {
    fn text(&self, wide: bool) -> String {
        let actor = self.actor.as_deref().unwrap_or("somebody unnamed");
        format!("{actor} approved {} for {}\n", short(&self.digest, wide), self.channel)
    }
}
