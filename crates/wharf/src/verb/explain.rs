//! `wharf explain`: one verdict on one object.

use std::fmt::Write as _;

use insight::world::Target;
use insight::{ExplainView, State};
use jiff::Timestamp;

use crate::client;
use crate::exit::Exit;
use crate::report::{Attempt as _, Report};
use crate::settings::Settings;
use crate::terminal::{Terminal, View, bold};

/// Explain one object: the stage that failed, the first cause, the last good digest, who moved the tag
///
/// Takes Kustomizations, sources, and any object that one of them delivered, with kubectl's short names:
/// `ks/shop`, `deploy/web`. Works where Flux reconciles, too.
/// Exit code 0: it is as asked; 1: it is not; 2: it could not be found out.
#[derive(clap::Args, Debug)]
pub(crate) struct ExplainArgs {
    /// What to explain, as `KIND/NAME`
    object: String,
}

pub(crate) async fn run(
    terminal: &mut Terminal,
    settings: &Settings,
    arguments: ExplainArgs,
) -> Result<Exit, Report> {
    let cannot = || format!("cannot explain `{}`", arguments.object);
    let (insight, namespace) = client::insight_in_namespace(settings).await?;
    let target = Target::parse(&arguments.object, &namespace).attempt(cannot)?;
    let view = insight.explain(&target, Timestamp::now()).await.map_err(|error| {
        let report = Report::new(cannot()).because(&error);
        match error {
            insight::Error::NotFound { .. } => {
                report.hint("name its namespace with `-n`").refused()
            }
            _ => report,
        }
    })?;
    terminal.show(&view)?;
    Ok(if view.state == State::Healthy { Exit::Done } else { Exit::No })
}

impl View for ExplainView {
    fn text(&self, _: bool) -> String {
        let mut text = format!("{} {}\n\n", self.state.sign(), bold(&self.verdict));
        let rail: Vec<String> =
            self.stages.iter().map(|one| format!("{} {}", one.state.sign(), one.stage)).collect();
        writeln!(text, "  {}\n", rail.join("  ▸  ")).expect("a string takes any text");
        let facts = self.table().rows;
        let width = facts.iter().map(|row| row[0].chars().count()).max().unwrap_or_default();
        for row in facts {
            let label = &row[0];
            let body = row[1].replace('\n', &format!("\n  {:width$}  ", ""));
            writeln!(text, "  {label:width$}  {body}").expect("a string takes any text");
        }
        for trouble in &self.trouble {
            writeln!(text, "  {:width$}  {trouble}", "warning").expect("a string takes any text");
        }
        if let Some(hint) = &self.hint {
            let command = hint.command.as_ref().map(|command| format!(": `{command}`"));
            writeln!(text, "\nhint: {}{}", hint.text, command.unwrap_or_default())
                .expect("a string takes any text");
        }
        text
    }
}
