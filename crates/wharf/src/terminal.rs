//! The only mouth: standard output is data, standard error is conversation.

use std::io::{IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

use anstyle::{AnsiColor, Style};
use comfy_table::{ContentArrangement, Table, presets};
use serde::Serialize;

use crate::report::Report;

/// How data is printed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// For people
    #[default]
    Text,
    /// For people, with more columns
    Wide,
    /// For machines, as JSON
    Json,
    /// For machines, as YAML
    Yaml,
}

/// A view: the same struct is printed for people and for machines.
pub(crate) trait View: Serialize {
    /// The text for people; `wide` asks for more columns.
    fn text(&self, wide: bool) -> String;
}

/// Where a command speaks.
#[derive(Debug)]
pub(crate) struct Terminal {
    format: Format,
    is_quiet: bool,
}

/// A step that is under way; says how long it took when it ends.
pub(crate) struct Step {
    bar: indicatif::ProgressBar,
    began: Instant,
    is_quiet: bool,
}

impl Terminal {
    /// Opens the terminal for one command.
    pub(crate) fn new(format: Format, is_quiet: bool) -> Self {
        Self { format, is_quiet }
    }

    /// Prints the command's answer to standard output.
    pub(crate) fn show<V: View>(&self, view: &V) -> Result<(), Report> {
        let text = match self.format {
            Format::Text => view.text(false),
            Format::Wide => view.text(true),
            Format::Json => {
                serde_json::to_string_pretty(view).map_err(|error| unprintable(&error))? + "\n"
            }
            Format::Yaml => yaml(view)?,
        };
        self.print(&text)
    }

    /// Prints raw text to standard output; a closed pipe is not an error.
    #[expect(clippy::unused_self, reason = "the terminal is the permission to print")]
    pub(crate) fn print(&self, text: &str) -> Result<(), Report> {
        match anstream::stdout().write_all(text.as_bytes()) {
            Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
                Err(Report::new("cannot print").because(&error))
            }
            _ => Ok(()),
        }
    }

    /// Says one line to standard error.
    pub(crate) fn say(&self, line: &str) {
        if !self.is_quiet {
            complain(line);
        }
    }

    /// Begins a step; a spinner runs on terminals.
    pub(crate) fn step(&self, what: impl Into<String>) -> Step {
        let what = what.into();
        let bar = if self.is_quiet || !std::io::stderr().is_terminal() {
            indicatif::ProgressBar::hidden()
        } else {
            indicatif::ProgressBar::new_spinner().with_message(what)
        };
        bar.enable_steady_tick(Duration::from_millis(100));
        Step { bar, began: Instant::now(), is_quiet: self.is_quiet }
    }
}

impl Step {
    /// Ends the step with a sentence in the past tense: `Pushed 3 blobs`.
    pub(crate) fn done(self, what: &str) {
        self.bar.finish_and_clear();
        if !self.is_quiet {
            let tick = paint(AnsiColor::Green, "✔");
            complain(&format!("{tick} {what} in {}", seconds(self.began.elapsed())));
        }
    }
}

impl Drop for Step {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// Writes one line to standard error, with color only on terminals.
pub(crate) fn complain(line: &str) {
    // Nobody is left to tell when standard error itself is closed.
    drop(writeln!(anstream::stderr(), "{line}"));
}

/// Colors a word; the color is stripped where the stream is no terminal.
pub(crate) fn paint(color: AnsiColor, text: &str) -> String {
    let style = Style::new().fg_color(Some(color.into()));
    format!("{style}{text}{style:#}")
}

/// Makes a word bold.
pub(crate) fn bold(text: &str) -> String {
    let style = Style::new().bold();
    format!("{style}{text}{style:#}")
}

/// Dims a word.
pub(crate) fn dim(text: &str) -> String {
    let style = Style::new().dimmed();
    format!("{style}{text}{style:#}")
}

/// A table as kubectl prints one: upper-case headings, no lines, cells never broken. On a terminal a line
/// that does not fit ends with `…`; what is piped is whole.
pub(crate) fn table(headings: &[&str], rows: Vec<Vec<String>>) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(headings.to_vec());
    for row in rows {
        table.add_row(row);
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 3));
    }
    let width = table.width().map_or(usize::MAX, usize::from);
    lines(table.lines().map(|line| fitted(line.trim_end(), width)))
}

fn fitted(line: &str, width: usize) -> String {
    if line.chars().count() <= width {
        return line.to_owned();
    }
    line.chars().take(width.saturating_sub(1)).chain(['…']).collect()
}

fn yaml<V: Serialize>(view: &V) -> Result<String, Report> {
    let value = serde_json::to_value(view).map_err(|error| unprintable(&error))?;
    Ok(manifest::to_yaml(&value))
}

fn unprintable(error: &serde_json::Error) -> Report {
    Report::new("cannot print the answer").because(error)
}

fn seconds(elapsed: Duration) -> String {
    format!("{:.1} s", elapsed.as_secs_f64())
}

/// A view's own rows and columns.
pub(crate) fn rows(view: &insight::Table) -> String {
    table(&view.columns, view.rows.clone())
}

/// Lines of text, each with its end.
pub(crate) fn lines(lines: impl IntoIterator<Item = String>) -> String {
    lines.into_iter().map(|line| line + "\n").collect()
}
