//! `wharf inspect`: everything that can be said about a bundle.

use std::fmt::Write as _;

use bundle::{Inspected, Limits};
use registry::Reference;
use serde::Serialize;

use crate::bundles;
use crate::client;
use crate::exit::Exit;
use crate::report::{Attempt as _, Report};
use crate::settings::Settings;
use crate::terminal::{Terminal, View, table};

/// Show what is in a bundle: annotations, files, objects and the images they name
#[derive(clap::Args, Debug)]
pub(crate) struct InspectArgs {
    /// The bundle, as `HOST/REPOSITORY:TAG` or `HOST/REPOSITORY@DIGEST`
    #[arg(value_parser = client::reference)]
    bundle: Reference,
}

#[derive(Serialize)]
#[serde(transparent)]
struct InspectView(Inspected);

pub(crate) async fn run(
    terminal: &mut Terminal,
    settings: &Settings,
    arguments: InspectArgs,
) -> Result<Exit, Report> {
    let InspectArgs { bundle } = arguments;
    let fetched = bundles::fetch(&client::registry(settings)?, &bundle).await?;
    let limits = Limits::default();
    let inspected = bundle::inspect(&fetched.manifest.bytes, None, &fetched.layer, &limits)
        .attempt(|| format!("cannot look into `{bundle}`"))?;
    terminal.show(&InspectView(inspected))?;
    Ok(Exit::Done)
}

impl View for InspectView {
    fn text(&self, _: bool) -> String {
        let Inspected { digest, annotations, files, objects, images, problems, .. } = &self.0;
        let mut text = format!("digest  {digest}\n");
        for (key, value) in annotations {
            writeln!(text, "  {key}: {value}").expect("a string takes any text");
        }
        let rows = files.iter().map(|file| vec![file.path.clone(), file.size.to_string()]);
        text.push_str(&section(&["FILE", "BYTES"], rows.collect()));
        let rows = objects.iter().map(|object| {
            vec![
                object.id.clone(),
                object.api_version.clone(),
                format!("{}:{}", object.file, object.line),
            ]
        });
        text.push_str(&section(&["OBJECT", "VERSION", "AT"], rows.collect()));
        let rows = images.iter().map(|image| {
            vec![image.image.clone(), image.object.to_string(), image.container.clone()]
        });
        text.push_str(&section(&["IMAGE", "OBJECT", "CONTAINER"], rows.collect()));
        for problem in problems {
            writeln!(text, "\nproblem: {problem}").expect("a string takes any text");
        }
        text
    }
}

fn section(headings: &[&str], rows: Vec<Vec<String>>) -> String {
    if rows.is_empty() { String::new() } else { format!("\n{}", table(headings, rows)) }
}
