//! `wharf dev`: the same parts as the demo, empty, kept in a folder.

use std::path::PathBuf;

use crate::exit::Exit;
use crate::parts::{Parts, Ports};
use crate::report::{Attempt as _, Report};
use crate::terminal::{Terminal, bold};

/// Run a registry, a Kubernetes API, the engine and the dashboard on this machine
///
/// For work on a laptop: `kubectl`, `crane`, `oras` and `flux` can talk to it. The Kubernetes API is a
/// simulation: workloads become ready, or fail when their image is not in the registry; no container runs.
#[derive(clap::Args, Debug)]
pub(crate) struct DevArgs {
    /// Where everything is kept
    #[arg(long, default_value = ".wharf/dev", value_name = "FOLDER")]
    dir: PathBuf,
    /// Port of the registry; a free one if it is taken
    #[arg(long, default_value_t = 5050, value_name = "PORT")]
    registry_port: u16,
    /// Port of the Kubernetes API; a free one if it is taken
    #[arg(long, default_value_t = 6550, value_name = "PORT")]
    api_port: u16,
    /// Port of the receiver of push notifications; a free one if it is taken
    #[arg(long, default_value_t = 9292, value_name = "PORT")]
    receiver_port: u16,
    /// Port of the dashboard; a free one if it is taken
    #[arg(long, default_value_t = 8050, value_name = "PORT")]
    console_port: u16,
}

pub(crate) async fn run(terminal: &mut Terminal, arguments: DevArgs) -> Result<Exit, Report> {
    let DevArgs { dir, registry_port, api_port, receiver_port, console_port } = arguments;
    let ports = Ports {
        registry: registry_port,
        cluster: api_port,
        receiver: receiver_port,
        console: console_port,
    };
    let parts = Parts::start(&dir, true, ports).await?;
    terminal.print(&introduction(&parts))?;
    crate::shutdown::requested().await.attempt(|| "cannot wait for Ctrl-C".into())?;
    parts.shutdown().await;
    Ok(Exit::Done)
}

fn introduction(parts: &Parts) -> String {
    format!(
        "{}\n  dashboard  {}\n  registry   {}\n  cluster    export KUBECONFIG={}\n  receiver   {}\n\nCtrl-C ends it; all is kept.\n",
        bold("wharf is up"),
        parts.console_url(),
        parts.registry_host(),
        parts.kubeconfig().display(),
        parts.receiver_url(),
    )
}
