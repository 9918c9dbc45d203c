//! `wharf list`: the tags of a repository.

use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use ledger::Channel;
use registry::{Reference, Registry};
use serde::Serialize;

use crate::client;
use crate::digest::short;
use crate::exit::Exit;
use crate::report::{Attempt as _, Report};
use crate::settings::Settings;
use crate::terminal::{Terminal, View, table};

/// List the bundles of a repository, a row for each tag
///
/// Signatures and the ledger's own records are left out; `--all` shows them.
#[derive(clap::Args, Debug)]
pub(crate) struct ListArgs {
    /// The repository, as `HOST/REPOSITORY`
    #[arg(value_parser = client::reference)]
    repository: Reference,
    /// Show signatures and ledger records too
    #[arg(long)]
    all: bool,
}

#[derive(Serialize)]
struct ListView {
    bundles: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    tag: String,
    digest: String,
    source: Option<String>,
    revision: Option<String>,
    created: Option<String>,
}

/// How many manifests are read at a time.
const AT_ONCE: usize = 8;

pub(crate) async fn run(
    terminal: &mut Terminal,
    settings: &Settings,
    arguments: ListArgs,
) -> Result<Exit, Report> {
    let ListArgs { repository, all } = arguments;
    let registry = client::registry(settings)?;
    let cannot = || format!("cannot list `{repository}`");
    let mut tags = registry.tags(&repository).await.attempt(cannot)?;
    tags.retain(|tag| all || is_bundle_tag(tag));
    let rows = stream::iter(tags).map(|tag| row(&registry, &repository, tag)).buffered(AT_ONCE);
    terminal.show(&ListView { bundles: rows.try_collect().await.attempt(cannot)? })?;
    Ok(Exit::Done)
}

async fn row(
    registry: &Registry,
    repository: &Reference,
    tag: String,
) -> Result<Row, registry::Error> {
    let reference = repository.with_tag(&tag)?;
    let manifest = registry.manifest(&reference).await?;
    let image = manifest.image(&reference).ok();
    let annotations = image.and_then(|image| image.annotations().clone()).unwrap_or_default();
    let annotation = |key: &str| annotations.get(key).cloned();
    Ok(Row {
        tag,
        digest: manifest.digest.to_string(),
        source: annotation(bundle::media::SOURCE),
        revision: annotation(bundle::media::REVISION),
        created: annotation(bundle::media::CREATED),
    })
}

/// Tags of signatures (`sha256-….sig`), of referrers (`sha256-…`) and of the ledger hold no bundle.
fn is_bundle_tag(tag: &str) -> bool {
    !(tag.starts_with("sha256-") || Channel::is_ledger_tag(tag))
}

impl View for ListView {
    fn text(&self, wide: bool) -> String {
        let unknown = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".into());
        let rows = self.bundles.iter().map(|row| {
            let mut cells = vec![row.tag.clone(), short(&row.digest, wide), unknown(&row.revision)];
            if wide {
                cells.extend([unknown(&row.source), unknown(&row.created)]);
            }
            cells
        });
        let headings = ["TAG", "DIGEST", "REVISION", "SOURCE", "CREATED"];
        table(&headings[..if wide { 5 } else { 3 }], rows.collect())
    }
}
