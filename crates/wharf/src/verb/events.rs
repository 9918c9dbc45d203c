//! `wharf events`: what was said about deliveries.

use insight::world::Target;
use insight::{EventFilter, EventsView};
use jiff::Timestamp;

use crate::client;
use crate::exit::Exit;
use crate::report::{Attempt as _, Report};
use crate::settings::Settings;
use crate::terminal::{Terminal, View, rows};

/// Show the events about sources, Kustomizations and receivers, newest first
#[derive(clap::Args, Debug)]
pub(crate) struct EventsArgs {
    /// Only events about this object, as `KIND/NAME`
    #[arg(long = "for", value_name = "KIND/NAME")]
    object: Option<String>,
    /// Only warnings
    #[arg(long)]
    warnings: bool,
    /// At most so many
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
}

pub(crate) async fn run(
    terminal: &mut Terminal,
    settings: &Settings,
    arguments: EventsArgs,
) -> Result<Exit, Report> {
    let EventsArgs { object, warnings, limit } = arguments;
    let cannot = || "cannot read the events".to_owned();
    let (insight, namespace) = client::insight_in_namespace(settings).await?;
    let target = object.map(|text| Target::parse(&text, &namespace)).transpose().attempt(cannot)?;
    let filter = EventFilter { object: target, warnings, limit };
    let view = insight.events(&namespace, &filter, Timestamp::now()).await.attempt(cannot)?;
    terminal.show(&view)?;
    Ok(Exit::Done)
}

impl View for EventsView {
    fn text(&self, _: bool) -> String {
        if self.events.is_empty() {
            return "no events\n".into();
        }
        rows(&self.table())
    }
}
