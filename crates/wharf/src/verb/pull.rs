//! `wharf pull`: read a bundle and unpack it into a folder.

use std::path::PathBuf;

use registry::Reference;
use serde::Serialize;

use crate::bundles;
use crate::client;
use crate::exit::Exit;
use crate::report::Report;
use crate::settings::Settings;
use crate::terminal::{Terminal, View};

/// Pull a bundle and unpack it into a folder
#[derive(clap::Args, Debug)]
pub(crate) struct PullArgs {
    /// What to pull, as `HOST/REPOSITORY:TAG` or `HOST/REPOSITORY@DIGEST`
    #[arg(value_parser = client::reference)]
    source: Reference,
    /// Folder to unpack into; made if it is not there, and refused if it is not empty
    #[arg(short, long, value_name = "FOLDER")]
    directory: PathBuf,
    /// Unpack over what is in the folder
    #[arg(long)]
    force: bool,
}

#[derive(Serialize)]
struct PullView {
    digest: String,
    source: Option<String>,
    revision: Option<String>,
    files: usize,
    directory: PathBuf,
}

pub(crate) async fn run(
    terminal: &mut Terminal,
    settings: &Settings,
    arguments: PullArgs,
) -> Result<Exit, Report> {
    let PullArgs { source, directory, force } = arguments;
    refuse_full(&directory, force)?;
    let fetched = bundles::fetch(&client::registry(settings)?, &source).await?;
    let tree = fetched.tree()?;
    bundles::write(&tree, &directory)?;
    let annotation = |key: &str| fetched.annotation(key);
    terminal.show(&PullView {
        digest: fetched.pinned.digest.to_string(),
        source: annotation(bundle::media::SOURCE),
        revision: annotation(bundle::media::REVISION),
        files: tree.len(),
        directory,
    })?;
    Ok(Exit::Done)
}

fn refuse_full(directory: &std::path::Path, force: bool) -> Result<(), Report> {
    let is_full = std::fs::read_dir(directory).is_ok_and(|mut entries| entries.next().is_some());
    if !is_full || force {
        return Ok(());
    }
    Err(Report::new(format!("cannot unpack into `{}`", directory.display()))
        .reason("the folder is not empty")
        .now("nothing was pulled")
        .hint("name another folder, or say `--force`")
        .refused())
}

impl View for PullView {
    fn text(&self, _: bool) -> String {
        let unknown = || "unknown".to_owned();
        format!(
            "digest    {}\nsource    {}\nrevision  {}\nfiles     {} in {}\n",
            self.digest,
            self.source.clone().unwrap_or_else(unknown),
            self.revision.clone().unwrap_or_else(unknown),
            self.files,
            self.directory.display()
        )
    }
}
