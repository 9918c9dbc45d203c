//! What was found, as a table for people and as JSON for comparisons over time.

use serde::Serialize;

use crate::measure::Cost;

/// One finding.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Row {
    /// What was done.
    pub(crate) case: String,
    /// What was measured, with its unit.
    pub(crate) metric: &'static str,
    /// wharf's value.
    pub(crate) wharf: f64,
    /// The other's name and value, where there is another.
    pub(crate) other: Option<(String, f64)>,
}

impl Row {
    /// The rows of a comparison of two processes.
    pub(crate) fn of_costs(case: &str, wharf: Cost, name: &str, other: Cost) -> Vec<Self> {
        let row = |metric, wharf, other| Self {
            case: case.to_owned(),
            metric,
            wharf,
            other: Some((name.to_owned(), other)),
        };
        vec![
            row("CPU s", wharf.cpu, other.cpu),
            row("wall s", wharf.wall, other.wall),
            row("peak MiB", wharf.peak, other.peak),
        ]
    }

    /// A finding that has nobody to compare with.
    pub(crate) fn alone(case: &str, metric: &'static str, wharf: f64) -> Self {
        Self { case: case.to_owned(), metric, wharf, other: None }
    }

    /// How many times less wharf needs.
    fn ratio(&self) -> Option<f64> {
        self.other.as_ref().map(|(_, other)| other / self.wharf.max(1e-6))
    }
}

/// Prints the table on stderr and the rows as JSON on stdout.
pub(crate) fn print(rows: &[Row]) {
    say(&format!("\n{:<46} {:<9} {:>10} {:>22} {:>8}", "", "", "wharf", "other", "ratio"));
    for row in rows {
        let other = row.other.as_ref();
        let other = other.map_or(String::new(), |(name, value)| format!("{name} {value:.3}"));
        let ratio = row.ratio().map_or(String::new(), |ratio| format!("{ratio:.1}×"));
        let Row { case, metric, wharf, .. } = row;
        say(&format!("{case:<46} {metric:<9} {wharf:>10.3} {other:>22} {ratio:>8}"));
    }
    data(&serde_json::to_string_pretty(rows).expect("rows are JSON"));
}

/// Says something to a person.
#[expect(clippy::print_stderr, reason = "a benchmark talks to whoever runs it")]
pub(crate) fn say(text: &str) {
    eprintln!("{text}");
}

/// Prints data.
#[expect(clippy::print_stdout, reason = "a benchmark prints its findings")]
pub(crate) fn data(text: &str) {
    println!("{text}");
}
