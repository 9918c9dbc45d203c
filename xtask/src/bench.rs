//! `cargo xtask bench`: comparisons with other tools, run from the crate in `bench/`.

use crate::{cluster::Cluster, command, environment::Environment, error::Error, tools};

/// Builds wharf for release, the tools and the API server, then runs the named comparisons or all.
pub(crate) fn run(environment: &Environment, names: &[String]) -> Result<(), Error> {
    let folder = tools::build_all(environment)?;
    let cluster = Cluster::start(environment)?;
    let packages = ["build", "--release", "--package", "wharf", "--package", "wharf-bench"];
    command::run(command::cargo(environment, &packages))?;
    let mut bench = command::cargo(environment, &["run", "--release", "--package", "wharf-bench"]);
    bench.arg("--").args(names);
    bench.env("WHARF_TEST_TOOLS", folder);
    bench.env("WHARF_TEST_KUBECONFIG", cluster.kubeconfig());
    bench.env("WHARF_TEST_BINARY", environment.target.join("release/wharf"));
    command::run(bench)
}
