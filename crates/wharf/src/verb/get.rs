//! `wharf get`: sources and Kustomizations, a row each.

use insight::ResourcesView;
use jiff::Timestamp;

use crate::client;
use crate::exit::Exit;
use crate::report::{Attempt as _, Report};
use crate::settings::Settings;
use crate::terminal::{Terminal, View, rows};

/// List sources or Kustomizations with their state
#[derive(clap::Args, Debug)]
pub(crate) struct GetArgs {
    /// What to list
    #[arg(value_enum)]
    what: What,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum What {
    /// What is followed: OCI repositories, Git repositories, buckets, external artifacts
    #[value(alias = "source")]
    Sources,
    /// What is delivered
    #[value(aliases = ["kustomization", "ks"])]
    Kustomizations,
}

pub(crate) async fn run(
    terminal: &mut Terminal,
    settings: &Settings,
    arguments: GetArgs,
) -> Result<Exit, Report> {
    let (insight, namespace) = client::insight_in_namespace(settings).await?;
    let view = match arguments.what {
        What::Sources => insight.sources(&namespace, Timestamp::now()).await,
        What::Kustomizations => insight.kustomizations(&namespace, Timestamp::now()).await,
    };
    terminal.show(&view.attempt(|| "cannot list them".into())?)?;
    Ok(Exit::Done)
}

impl View for ResourcesView {
    fn text(&self, wide: bool) -> String {
        if self.resources.is_empty() {
            return "nothing found\n".into();
        }
        rows(&self.table(wide))
    }
}
