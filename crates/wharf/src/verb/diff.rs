//! `wharf diff`: what changes between two bundles or folders, object by object.

use std::path::Path;

use bundle::Diff;
use manifest::{Object, Tree};
use registry::Registry;
use serde::Serialize;

use crate::bundles;
use crate::client;
use crate::exit::Exit;
use crate::report::{Attempt as _, Report};
use crate::settings::Settings;
use crate::terminal::{Terminal, View};

/// Compare two bundles, or a bundle and a folder, object by object
///
/// Images come first, values of Secrets are masked, and no cluster is asked.
/// Exit code 0: the same; 1: they differ; 2: it could not be found out.
#[derive(clap::Args, Debug)]
pub(crate) struct DiffArgs {
    /// A bundle (`HOST/REPOSITORY:TAG`, `HOST/REPOSITORY@DIGEST`) or a folder
    before: String,
    /// The other one
    after: String,
    /// Compare only this folder of each, for example one environment of a bundle
    #[arg(long, value_name = "FOLDER")]
    path: Option<String>,
    /// Print a unified diff of the objects
    #[arg(short, long)]
    unified: bool,
}

#[derive(Serialize)]
struct DiffView {
    #[serde(flatten)]
    diff: Diff,
    #[serde(skip)]
    unified: bool,
}

pub(crate) async fn run(
    terminal: &mut Terminal,
    settings: &Settings,
    arguments: DiffArgs,
) -> Result<Exit, Report> {
    let DiffArgs { before, after, path, unified } = arguments;
    let registry = client::registry(settings)?;
    let path = path.as_deref();
    let (before, after) =
        tokio::try_join!(objects(&registry, &before, path), objects(&registry, &after, path))?;
    let diff = bundle::diff(&before, &after);
    let exit = if diff.is_empty() { Exit::Done } else { Exit::No };
    terminal.show(&DiffView { diff, unified })?;
    Ok(exit)
}

async fn objects(
    registry: &Registry,
    operand: &str,
    path: Option<&str>,
) -> Result<Vec<Object>, Report> {
    let tree = tree(registry, operand).await?;
    let tree = path.map_or_else(|| tree.clone(), |path| tree.subtree(path.trim_matches('/')));
    bundles::objects(operand, &tree)
}

async fn tree(registry: &Registry, operand: &str) -> Result<Tree, Report> {
    let cannot = || format!("cannot read `{operand}`");
    let folder = Path::new(operand);
    if folder.is_dir() {
        return Tree::read_folder(folder, &manifest::Limits::default()).attempt(cannot);
    }
    let reference = client::reference(operand).map_err(|because| {
        Report::new(cannot()).reason(because).reason("there is no folder of that name either")
    })?;
    bundles::fetch(registry, &reference).await?.tree()
}

impl View for DiffView {
    fn text(&self, _: bool) -> String {
        if self.unified { self.diff.unified() } else { self.diff.to_string() }
    }
}
