//! `wharf trace`: the way of one object back to the commit.

use insight::TraceView;
use insight::world::Target;
use jiff::Timestamp;

use crate::client;
use crate::exit::Exit;
use crate::report::{Attempt as _, Report};
use crate::settings::Settings;
use crate::terminal::{Terminal, View, lines};

/// Trace an object back: Kustomization, source, bundle, commit, move
#[derive(clap::Args, Debug)]
pub(crate) struct TraceArgs {
    /// What to trace, as `KIND/NAME`
    object: String,
}

pub(crate) async fn run(
    terminal: &mut Terminal,
    settings: &Settings,
    arguments: TraceArgs,
) -> Result<Exit, Report> {
    let cannot = || format!("cannot trace `{}`", arguments.object);
    let (insight, namespace) = client::insight_in_namespace(settings).await?;
    let target = Target::parse(&arguments.object, &namespace).attempt(cannot)?;
    let view = insight.trace(&target, Timestamp::now()).await.attempt(cannot)?;
    terminal.show(&view)?;
    Ok(Exit::Done)
}

impl View for TraceView {
    fn text(&self, _: bool) -> String {
        let facts = self.table().rows;
        let width = facts.iter().map(|row| row[0].chars().count()).max().unwrap_or_default();
        lines(facts.iter().map(|row| format!("{:width$}  {}", row[0], row[1])))
    }
}
