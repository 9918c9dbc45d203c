//! `wharf tag`: give a bundle one more tag.

use registry::Reference;
use serde::Serialize;

use crate::client;
use crate::exit::Exit;
use crate::report::{Attempt as _, Report};
use crate::settings::Settings;
use crate::terminal::{Terminal, View, lines};

/// Give a bundle more tags, without a record in any ledger
///
/// To move a channel use `wharf promote` or `wharf rollback`: a channel moved by `tag` shows as out-of-band.
#[derive(clap::Args, Debug)]
pub(crate) struct TagArgs {
    /// The bundle, as `HOST/REPOSITORY:TAG` or `HOST/REPOSITORY@DIGEST`
    #[arg(value_parser = client::reference)]
    bundle: Reference,
    /// The new tags
    #[arg(required = true)]
    tags: Vec<String>,
}

#[derive(Serialize)]
struct TagView {
    digest: String,
    references: Vec<String>,
}

pub(crate) async fn run(
    terminal: &mut Terminal,
    settings: &Settings,
    arguments: TagArgs,
) -> Result<Exit, Report> {
    let TagArgs { bundle, tags } = arguments;
    let registry = client::registry(settings)?;
    let mut view = TagView { digest: String::new(), references: vec![] };
    for tag in tags {
        let cannot = || format!("cannot tag `{bundle}` as `{tag}`");
        let reference = bundle.with_tag(&tag).attempt(cannot)?;
        view.digest = registry.tag(&bundle, &tag).await.attempt(cannot)?.to_string();
        view.references.push(format!("{}:{}", reference.name(), tag));
    }
    terminal.show(&view)?;
    Ok(Exit::Done)
}

impl View for TagView {
    fn text(&self, _: bool) -> String {
        lines(self.references.iter().map(|reference| format!("{reference}@{}", self.digest)))
    }
}
