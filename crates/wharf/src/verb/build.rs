//! `wharf build`: render an environment and print it.

use hydrate::Environment;
use kustomize::Folder;

use crate::app::{AppArgs, Found};
use crate::exit::Exit;
use crate::image::ImageArgs;
use crate::report::{Attempt as _, Report};
use crate::terminal::Terminal;

/// Render one environment, or all of them, and print the manifests
#[derive(clap::Args, Debug)]
pub(crate) struct BuildArgs {
    /// The environment; without it all of them, in the order of promotion
    environment: Option<String>,
    #[command(flatten)]
    images: ImageArgs,
    #[command(flatten)]
    app: AppArgs,
}

pub(crate) fn run(terminal: &mut Terminal, arguments: BuildArgs) -> Result<Exit, Report> {
    let BuildArgs { environment, images, app } = arguments;
    let Found { app, folder, .. } = app.find()?;
    let files = Folder::new(&folder);
    for (place, environment) in chosen(&app, environment.as_deref())?.into_iter().enumerate() {
        let rendered = hydrate::render(&files, environment, &images.images)
            .attempt(|| format!("cannot render `{}`", environment.name))?;
        for warning in &rendered.warnings {
            terminal.say(&format!("warning: {warning}"));
        }
        let separator = if place == 0 { "" } else { "---\n" };
        terminal.print(&format!("{separator}{}", rendered.text))?;
    }
    Ok(Exit::Done)
}

fn chosen<'a>(app: &'a hydrate::App, name: Option<&str>) -> Result<Vec<&'a Environment>, Report> {
    let Some(name) = name else { return Ok(app.environments.iter().collect()) };
    let names =
        || app.environments.iter().map(|one| one.name.as_str()).collect::<Vec<_>>().join("`, `");
    match app.environment(name) {
        Some(environment) => Ok(vec![environment]),
        None => Err(Report::new(format!("cannot render `{name}`"))
            .reason(format!("`{}` has no such environment", app.name))
            .hint(format!("it has `{}`", names()))),
    }
}
