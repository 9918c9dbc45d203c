//! `wharf kustomize build`: the same bytes as the tool of that name.

use std::path::PathBuf;

use kustomize::{Folder, LoadRestrictor, Options, Reorder};

use crate::exit::Exit;
use crate::report::{Attempt as _, Report};
use crate::terminal::Terminal;

/// Build kustomizations, as the tool of that name does
#[derive(clap::Args, Debug)]
pub(crate) struct KustomizeArgs {
    #[command(subcommand)]
    verb: KustomizeVerb,
}

#[derive(clap::Subcommand, Debug)]
enum KustomizeVerb {
    Build(BuildArgs),
}

/// Print what a kustomization builds
#[derive(clap::Args, Debug)]
struct BuildArgs {
    /// The folder that holds the kustomization
    #[arg(default_value = ".")]
    folder: PathBuf,
    /// Write to this file instead of standard output
    #[arg(long = "output-file", value_name = "FILE")]
    output_file: Option<PathBuf>,
    /// Whether files outside the kustomization's own folder may be read
    #[arg(long, value_enum, default_value = "LoadRestrictionsRootOnly")]
    load_restrictor: Restrictor,
    /// Order the objects as kustomize of old did, or leave them in the order of their files
    #[arg(long, value_enum, default_value = "legacy")]
    reorder: Order,
    /// Label every object with `app.kubernetes.io/managed-by`
    #[arg(long)]
    enable_managedby_label: bool,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Restrictor {
    #[value(name = "LoadRestrictionsRootOnly")]
    RootOnly,
    #[value(name = "LoadRestrictionsNone")]
    None,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Order {
    Legacy,
    None,
}

pub(crate) fn run(terminal: &mut Terminal, arguments: KustomizeArgs) -> Result<Exit, Report> {
    let KustomizeVerb::Build(arguments) = arguments.verb;
    let BuildArgs { folder, output_file, load_restrictor, reorder, enable_managedby_label } =
        arguments;
    let options = Options {
        load_restrictor: match load_restrictor {
            Restrictor::RootOnly => LoadRestrictor::RootOnly,
            Restrictor::None => LoadRestrictor::None,
        },
        reorder: match reorder {
            Order::Legacy => Reorder::Legacy,
            Order::None => Reorder::None,
        },
        add_managed_by_label: enable_managedby_label,
        ..Options::default()
    };
    let output = kustomize::build(&Folder::new(&folder), "", &options)
        .attempt(|| format!("cannot build `{}`", folder.display()))?;
    for warning in &output.warnings {
        terminal.say(&format!("# Warning: {warning}"));
    }
    match output_file {
        None => terminal.print(&output.to_yaml())?,
        Some(file) => std::fs::write(&file, output.to_yaml())
            .attempt(|| format!("cannot write `{}`", file.display()))?,
    }
    Ok(Exit::Done)
}
