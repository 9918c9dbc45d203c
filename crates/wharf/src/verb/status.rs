//! `wharf status`: what runs where.

use insight::StatusView;
use jiff::Timestamp;

use crate::client;
use crate::exit::Exit;
use crate::report::{Attempt as _, Report};
use crate::settings::Settings;
use crate::terminal::{Terminal, View, lines, rows};

/// Show what runs where: apps × environments, with health and the last move
///
/// Exit code 0: all is as asked; 1: something is not; 2: it could not be found out.
#[derive(clap::Args, Debug)]
pub(crate) struct StatusArgs {
    /// Show only this app
    app: Option<String>,
}

pub(crate) async fn run(
    terminal: &mut Terminal,
    settings: &Settings,
    arguments: StatusArgs,
) -> Result<Exit, Report> {
    let cannot = || "cannot tell what runs where".to_owned();
    // An overview that leaves namespaces out is none: only `-n` narrows it.
    let namespace = settings.cluster.namespace.as_deref().unwrap_or_default();
    let insight = client::insight(settings).await?;
    let mut view = insight.status(namespace, Timestamp::now()).await.attempt(cannot)?;
    if let Some(name) = arguments.app {
        view.apps.retain(|app| app.name == name || app.repository == name);
        if view.apps.is_empty() {
            return Err(Report::new(cannot())
                .reason(format!("there is no app `{name}`"))
                .refused());
        }
    }
    terminal.show(&view)?;
    Ok(if view.is_healthy() { Exit::Done } else { Exit::No })
}

impl View for StatusView {
    fn text(&self, wide: bool) -> String {
        let warnings = self.trouble.iter().map(|trouble| format!("warning: {trouble}"));
        rows(&self.table(wide)) + "\n" + &self.summary() + "\n" + &lines(warnings)
    }
}
