//! Which application a command speaks of: its `wharf.yaml`, or at least its repository.

use std::path::{Path, PathBuf};

use hydrate::App;
use registry::Reference;

use crate::client;
use crate::report::{Attempt as _, Report};

/// Which application
#[derive(clap::Args, Debug, Clone)]
pub(crate) struct AppArgs {
    /// The application's `wharf.yaml`, or the folder that holds it
    #[arg(short, long, env = "WHARF_FILE", default_value = "wharf.yaml", value_name = "PATH")]
    file: PathBuf,
    /// Where its bundles are, instead of `spec.repository`
    #[arg(long, env = "WHARF_REPOSITORY", value_parser = client::reference, value_name = "REPOSITORY")]
    repository: Option<Reference>,
}

/// An application found on disk.
pub(crate) struct Found {
    /// What its `wharf.yaml` says.
    pub(crate) app: App,
    /// The folder that holds it.
    pub(crate) folder: PathBuf,
    /// Where its bundles are.
    pub(crate) repository: Reference,
}

impl AppArgs {
    /// Reads the `wharf.yaml`.
    pub(crate) fn find(&self) -> Result<Found, Report> {
        let path = self.path();
        let app = App::read(&path).map_err(|error| {
            let report = Report::new("cannot find the application").because(&error);
            if path.exists() {
                return report;
            }
            report.hint("run this in the folder of `wharf.yaml`, or name it with `--file`")
        })?;
        let repository = match &self.repository {
            Some(repository) => repository.clone(),
            None => Reference::parse(&app.repository)
                .attempt(|| format!("cannot read `spec.repository` of `{}`", path.display()))?,
        };
        let folder =
            path.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
        Ok(Found { app, folder: folder.into(), repository })
    }

    /// The repository alone, for verbs that need no `wharf.yaml` when it is named.
    pub(crate) fn repository(&self) -> Result<Reference, Report> {
        match &self.repository {
            Some(repository) => Ok(repository.clone()),
            None => Ok(self.find()?.repository),
        }
    }

    /// Whether the repository is named without a `wharf.yaml`.
    pub(crate) fn names_repository(&self) -> bool {
        self.repository.is_some()
    }

    fn path(&self) -> PathBuf {
        if self.file.is_dir() { self.file.join("wharf.yaml") } else { self.file.clone() }
    }
}
