//! Comparisons with other tools: both sides run in turns, in one run, on one machine.
//!
//! ```text
//!   cargo xtask bench [NAME...] ─▶ a module per comparison ─▶ measure: CPU, wall, peak memory ─▶ report
//!                                    trees: generated input      of a child process              table, JSON
//! ```
//!
//! What counts is the ratio of a run; the numbers beside it belong to the machine.
//!
//! Start reading at [`COMPARISONS`].

mod kustomize;
mod latency;
mod measure;
mod memory;
mod push;
mod report;
mod trees;
mod world;

use std::process::ExitCode;

use crate::report::Row;

/// A comparison: its name, and what it finds.
type Comparison = (&'static str, fn() -> Vec<Row>);

/// All comparisons, in the order in which they run.
const COMPARISONS: &[Comparison] = &[
    ("push", push::run),
    ("kustomize", kustomize::run),
    ("latency", latency::run),
    ("memory", memory::run),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [first, command @ ..] = &arguments[..]
        && first == measure::VERB
    {
        return measure::run_child(command);
    }
    let is_asked = |name: &str| arguments.is_empty() || arguments.iter().any(|one| one == name);
    let unknown = arguments.iter().find(|name| !COMPARISONS.iter().any(|one| one.0 == **name));
    if let Some(name) = unknown {
        let names: Vec<&str> = COMPARISONS.iter().map(|(name, _)| *name).collect();
        report::say(&format!("no comparison `{name}`; there are {}", names.join(", ")));
        return ExitCode::FAILURE;
    }
    let mut rows = Vec::new();
    for (name, run) in COMPARISONS.iter().filter(|(name, _)| is_asked(name)) {
        report::say(&format!("{name} …"));
        rows.extend(run());
    }
    report::print(&rows);
    ExitCode::SUCCESS
}
