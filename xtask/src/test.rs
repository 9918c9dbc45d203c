//! `cargo xtask test`: everything that the machine can run, and loudly what it cannot.

use std::{
    path::PathBuf,
    process::Command,
    time::{Duration, Instant},
};

use crate::{
    check,
    cluster::Cluster,
    command,
    environment::Environment,
    error::Error,
    part::Part::{self, Chromium, DebianRegistry, Git, Go, OpenSsl},
    say, tools,
};

/// Modules of the suite in `tests/real`, with the parts that each needs.
const REAL: &[(&str, &[Part])] = &[
    ("dashboard", &[Go, Git, Chromium]),
    ("debian_registry", &[DebianRegistry, Go]),
    ("distribution", &[Go]),
    ("embedded_registry", &[Go]),
    ("guarded_registry", &[Go, OpenSsl]),
    ("kustomize_oracle", &[Go]),
    ("local_cluster", &[Go]),
    ("olareg", &[Go]),
    ("real_cluster", &[Go]),
    ("signatures", &[Go, DebianRegistry]),
    ("story", &[Go, Git]),
];

/// One row of the table at the end.
struct Row {
    step: String,
    outcome: Outcome,
}

enum Outcome {
    Passed(Duration),
    Failed(Error),
    LeftOut(String),
}

/// Runs all steps, goes on after one that fails, and ends with a table of all.
pub(crate) fn run(environment: &Environment) -> Result<(), Error> {
    let mut rows = Vec::new();
    for (step, check) in check::steps(environment) {
        rows.push(attempt(step, || command::run(check)));
    }
    if environment.has("tests/real") {
        with_real_parts(environment, &mut rows);
    }
    conclude(environment, &rows)
}

/// Runs what needs real tools and a real API server.
fn with_real_parts(environment: &Environment, rows: &mut Vec<Row>) {
    let mut variables = Vec::new();
    let mut cluster = None;
    if let Some(reason) = Go.lack(environment) {
        rows.push(Row { step: "real tools".into(), outcome: Outcome::LeftOut(reason) });
    } else {
        rows.push(attempt("real tools", || {
            variables.push(("WHARF_TEST_TOOLS", tools::build_all(environment)?));
            Ok(())
        }));
        rows.push(attempt("real API server", || {
            let started = Cluster::start(environment)?;
            variables.push(("WHARF_TEST_KUBECONFIG", started.kubeconfig()));
            cluster = Some(started);
            Ok(())
        }));
    }
    rows.push(attempt("README command one, with --exit", || {
        let demo = ["run", "--release", "--", "demo", "--exit"];
        command::run(command::cargo(environment, &demo))?;
        variables.push(("WHARF_TEST_BINARY", environment.target.join("release/wharf")));
        Ok(())
    }));
    for (module, parts) in REAL {
        rows.push(real_part(environment, module, parts, &variables));
    }
    if let Some(cluster) = &cluster {
        rows.push(attempt("the engine on the real API server", || {
            let mut suite = command::cargo(environment, &["test", "--package", "wharf-engine"]);
            suite.env("WHARF_TEST_KUBECONFIG", cluster.kubeconfig());
            command::run(suite)
        }));
    }
}

/// Runs one module of the suite with real parts, unless the machine lacks one.
fn real_part(
    environment: &Environment,
    module: &str,
    parts: &[Part],
    variables: &[(&str, PathBuf)],
) -> Row {
    let step = format!("real parts: {module}");
    if let Some(reason) = parts.iter().find_map(|part| part.lack(environment)) {
        return Row { step, outcome: Outcome::LeftOut(reason) };
    }
    attempt(&step, || {
        let mut suite = real_suite(environment, module);
        suite.envs(variables.iter().cloned());
        command::run(suite)
    })
}

/// The command that runs one module of the suite with real parts.
fn real_suite(environment: &Environment, module: &str) -> Command {
    let filter = format!("{module}::");
    let suite = ["test", "--package", "wharf-real-tests", "--features", "real", "--test", "suite"];
    let mut command = command::cargo(environment, &suite);
    command.args(["--", &filter]);
    command
}

/// Runs one step and makes its row.
fn attempt(step: &str, work: impl FnOnce() -> Result<(), Error>) -> Row {
    let start = Instant::now();
    let outcome = match work() {
        Ok(()) => Outcome::Passed(start.elapsed()),
        Err(error) => {
            say::error(&error);
            Outcome::Failed(error)
        }
    };
    Row { step: step.to_owned(), outcome }
}

/// Prints the table and decides: a failure always counts, something left out counts in CI.
fn conclude(environment: &Environment, rows: &[Row]) -> Result<(), Error> {
    say::step("what ran, and what did not");
    for Row { step, outcome } in rows {
        match outcome {
            Outcome::Passed(time) => {
                say::line(format_args!("  {step:<34} passed    {:>4} s", time.as_secs()));
            }
            Outcome::Failed(error) => say::line(format_args!("  {step:<34} FAILED    {error}")),
            Outcome::LeftOut(reason) => say::line(format_args!("  {step:<34} LEFT OUT  {reason}")),
        }
    }
    let count = |of: fn(&Outcome) -> bool| rows.iter().filter(|row| of(&row.outcome)).count();
    let failed = count(|outcome| matches!(outcome, Outcome::Failed(_)));
    let left_out = count(|outcome| matches!(outcome, Outcome::LeftOut(_)));
    if failed > 0 || (environment.is_ci && left_out > 0) {
        return Err(Error::Incomplete { failed, left_out });
    }
    if left_out > 0 {
        say::line(format_args!("\n{left_out} steps were LEFT OUT; with CI=true that is a failure"));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
