//! Tells the story and runs its commands: what is shown is exactly what is run.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Instant;

use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};
use tokio::process::Command;

use crate::report::{Attempt as _, Report};
use crate::terminal::{Terminal, bold, dim, paint};

/// Who types a command: a person at a keyboard, or a CI run.
#[derive(Debug, Clone, Copy)]
pub(super) enum Actor {
    /// A CI run for a commit of this person's, with its run number.
    Pipeline(&'static str, u32),
    /// A person.
    Person(&'static str),
}

/// The teller of the story.
pub(super) struct Narrator<'t> {
    /// Where it is told.
    terminal: &'t Terminal,
    /// The folder in which commands run.
    checkout: PathBuf,
    /// The environment in which commands run.
    variables: Vec<(&'static str, String)>,
    chapter: u32,
}

impl<'t> Narrator<'t> {
    pub(super) fn new(
        terminal: &'t Terminal,
        checkout: &Path,
        variables: Vec<(&'static str, String)>,
    ) -> Self {
        Self { terminal, checkout: checkout.into(), variables, chapter: 0 }
    }

    /// The folder in which commands run.
    pub(super) fn checkout(&self) -> &Path {
        &self.checkout
    }

    /// Begins a chapter.
    pub(super) fn chapter(&mut self, title: &str, text: &str) -> Result<(), Report> {
        self.chapter += 1;
        let title = bold(&format!("{}. {title}", self.chapter));
        self.terminal.print(&format!("\n{title}\n"))?;
        self.terminal.print(&format!("   {text}\n"))
    }

    /// Says that something came true.
    pub(super) fn came_true(&self, what: &str) -> Result<(), Report> {
        self.terminal.print(&format!("   {} {what}\n", paint(anstyle::AnsiColor::Green, "✔")))
    }

    /// Runs `wharf` with these arguments, shows what it says, and returns its exit code.
    pub(super) async fn run(&self, actor: Actor, arguments: &[&str]) -> Result<i32, Report> {
        let typed = format!("wharf {}", quoted(arguments));
        self.terminal.print(&format!("   {} {}\n", dim("$"), bold(&typed)))?;
        let program = std::env::current_exe().attempt(|| "cannot find this program".into())?;
        let began = Instant::now();
        let mut child = Command::new(program)
            .args(arguments)
            .current_dir(&self.checkout)
            .env_clear()
            .envs(self.variables.iter().map(|(name, value)| (*name, value)))
            .envs(actor.variables())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .attempt(|| format!("cannot run `{typed}`"))?;
        let answer = child.stdout.take().expect("standard output is piped");
        let conversation = child.stderr.take().expect("standard error is piped");
        tokio::try_join!(self.echo(answer), self.echo(conversation))?;
        let status = child.wait().await.attempt(|| format!("cannot wait for `{typed}`"))?;
        tracing::debug!(command = typed, ?status, elapsed = ?began.elapsed());
        Ok(status.code().unwrap_or(-1))
    }

    async fn echo(&self, stream: impl AsyncRead + Unpin) -> Result<(), Report> {
        let mut lines = BufReader::new(stream).lines();
        while let Some(line) =
            lines.next_line().await.attempt(|| "cannot read its output".into())?
        {
            self.terminal.print(&format!("   {} {line}\n", dim("│")))?;
        }
        Ok(())
    }
}

impl Actor {
    /// The variables that a CI system sets, or the login name of a person.
    fn variables(self) -> Vec<(&'static str, String)> {
        match self {
            Self::Pipeline(person, run) => vec![
                ("GITHUB_ACTIONS", "true".into()),
                ("GITHUB_ACTOR", person.into()),
                ("GITHUB_SERVER_URL", "https://git.example.com".into()),
                ("GITHUB_REPOSITORY", "acme/shop".into()),
                ("GITHUB_RUN_ID", run.to_string()),
                ("GITHUB_WORKFLOW", "ship".into()),
                ("GITHUB_EVENT_NAME", "push".into()),
                ("GITHUB_REF", "refs/heads/main".into()),
            ],
            Self::Person(name) => vec![("USER", name.into())],
        }
    }
}

/// Arguments as a shell would need them.
fn quoted(arguments: &[&str]) -> String {
    let quote = |argument: &&str| {
        if argument.contains([' ', '\'', '"', '$']) {
            format!("'{}'", argument.replace('\'', r"'\''"))
        } else {
            (*argument).to_owned()
        }
    };
    arguments.iter().map(quote).collect::<Vec<_>>().join(" ")
}
