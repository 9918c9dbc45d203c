//! Which channel a command speaks of: `prod` of the application at hand, or `HOST/REPOSITORY:prod`.

use ledger::{Channel, Ledger};
use registry::Reference;

use crate::app::AppArgs;
use crate::client;
use crate::report::Report;
use crate::settings::Settings;

/// A channel as a person types it.
#[derive(Debug, Clone)]
pub(crate) struct ChannelArg {
    repository: Option<Reference>,
    channel: Channel,
}

/// A channel and the ledger that it is in.
pub(crate) struct Place {
    /// The ledger of the repository.
    pub(crate) ledger: Ledger,
    /// The channel.
    pub(crate) channel: Channel,
    /// The channel as a reference.
    pub(crate) reference: Reference,
}

impl ChannelArg {
    /// Opens the ledger: of the repository that is named, else of the application at hand.
    pub(crate) fn open(&self, settings: &Settings, app: &AppArgs) -> Result<Place, Report> {
        let repository = match &self.repository {
            Some(repository) => repository.clone(),
            None => app.repository()?,
        };
        let channel = self.channel.clone();
        let reference = repository
            .with_tag(channel.as_str())
            .map_err(|error| Report::new(format!("cannot look at `{channel}`")).because(&error))?;
        let ledger = Ledger::new(client::registry(settings)?, &repository);
        Ok(Place { ledger, channel, reference })
    }
}

/// Reads `prod`, `HOST/REPOSITORY:prod` or `oci://HOST/REPOSITORY:prod`.
pub(crate) fn parse(text: &str) -> Result<ChannelArg, String> {
    if !text.contains('/') {
        return Ok(ChannelArg { repository: None, channel: channel(text)? });
    }
    let reference = client::reference(text)?;
    let tag = reference
        .tag()
        .ok_or_else(|| format!("`{text}` names no channel: write `HOST/REPOSITORY:CHANNEL`"))?;
    Ok(ChannelArg { channel: channel(tag)?, repository: Some(reference.without_selector()) })
}

/// Reads the name of a channel.
pub(crate) fn channel(text: &str) -> Result<Channel, String> {
    Channel::parse(text).map_err(|error| error.to_string())
}
