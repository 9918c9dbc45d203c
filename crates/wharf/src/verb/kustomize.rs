//! `wharf kustomize build`: the same bytes as the tool of that name.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{CommandFactory as _, FromArgMatches as _, Parser};
use kustomize::{Folder, LoadRestrictor, Options, Reorder};

use crate::exit::Exit;
use crate::report::{Attempt as _, Report};
use crate::terminal::Terminal;

/// Build kustomizations, as the tool of that name does: `wharf kustomize build [FOLDER]`
///
/// Takes that tool's own flags (`-o FILE`, `--load-restrictor`, `--reorder`, …), so that it can stand in
/// its place in scripts; `wharf kustomize build --help` lists them.
#[derive(clap::Args, Debug)]
#[command(disable_help_flag = true)]
pub(crate) struct KustomizeArgs {
    /// `build` and its flags
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true)]
    arguments: Vec<OsString>,
}

/// The tool's own command line: its `-o` names a file.
#[derive(Parser, Debug)]
#[command(name = "wharf kustomize", no_binary_name = true, max_term_width = 100)]
struct Tool {
    #[command(subcommand)]
    verb: ToolVerb,
}

#[derive(clap::Subcommand, Debug)]
enum ToolVerb {
    Build(BuildArgs),
}

/// Print what a kustomization builds
#[derive(clap::Args, Debug)]
struct BuildArgs {
    /// The folder that holds the kustomization
    #[arg(default_value = ".")]
    folder: PathBuf,
    /// Write to this file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
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
    let matches = Tool::command().try_get_matches_from(arguments.arguments);
    let tool = match matches.and_then(|mut matches| Tool::from_arg_matches_mut(&mut matches)) {
        Ok(tool) => tool,
        Err(error) if error.use_stderr() => {
            return Err(Report::new("cannot read the command").reason(error.to_string()));
        }
        Err(help) => {
            terminal.print(&help.to_string())?;
            return Ok(Exit::Done);
        }
    };
    let ToolVerb::Build(arguments) = tool.verb;
    let BuildArgs { folder, output, load_restrictor, reorder, enable_managedby_label } = arguments;
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
    let built = kustomize::build(&Folder::new(&folder), "", &options)
        .attempt(|| format!("cannot build `{}`", folder.display()))?;
    for warning in &built.warnings {
        terminal.say(warning);
    }
    match output {
        None => terminal.print(&built.to_yaml())?,
        Some(file) => std::fs::write(&file, built.to_yaml())
            .attempt(|| format!("cannot write `{}`", file.display()))?,
    }
    Ok(Exit::Done)
}
