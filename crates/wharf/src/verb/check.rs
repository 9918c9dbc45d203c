//! `wharf check`: render every environment and hold it against the contract.

use hydrate::{Error, Hydrated};
use kustomize::Folder;
use serde::Serialize;

use crate::app::{AppArgs, Found};
use crate::exit::Exit;
use crate::image::ImageArgs;
use crate::report::{Attempt as _, Report};
use crate::terminal::{Terminal, View};

/// Render every environment and hold it against the contract
///
/// Exit code 0: all passes; 1: something crosses the contract; 2: it could not be found out.
#[derive(clap::Args, Debug)]
pub(crate) struct CheckArgs {
    #[command(flatten)]
    images: ImageArgs,
    #[command(flatten)]
    app: AppArgs,
}

#[derive(Serialize)]
struct CheckView {
    app: String,
    objects: usize,
    environments: Vec<String>,
    findings: Vec<String>,
}

pub(crate) fn run(terminal: &mut Terminal, arguments: &CheckArgs) -> Result<Exit, Report> {
    let CheckArgs { images, app } = arguments;
    let Found { app, folder, .. } = app.find()?;
    let environments = app.environments.iter().map(|one| one.name.clone()).collect();
    let mut view = CheckView { app: app.name.clone(), objects: 0, environments, findings: vec![] };
    match hydrate::hydrate(&app, &Folder::new(&folder), &images.images) {
        Ok(Hydrated { environments, .. }) => {
            view.objects = environments.values().map(|rendered| rendered.objects.len()).sum();
        }
        Err(Error::OutsideContract { findings }) => {
            view.findings = findings.iter().map(ToString::to_string).collect();
        }
        other => drop(other.attempt(|| format!("cannot check `{}`", app.name))?),
    }
    terminal.show(&view)?;
    Ok(if view.findings.is_empty() { Exit::Done } else { Exit::No })
}

impl View for CheckView {
    fn text(&self, _: bool) -> String {
        if self.findings.is_empty() {
            let (app, objects) = (&self.app, self.objects);
            return format!("{app}: {objects} objects in {} pass\n", self.environments.join(", "));
        }
        let lines = self.findings.join("\n");
        format!("{lines}\n\n{}: {} outside the contract\n", self.app, self.findings.len())
    }
}
