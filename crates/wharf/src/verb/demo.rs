//! `wharf demo`: everything in one process, and a story played on it.

use crate::demo;
use crate::exit::Exit;
use crate::parts::Ports;
use crate::report::{Attempt as _, Report};
use crate::settings::Settings;
use crate::terminal::Terminal;

/// Play the whole road in one process: ship, promote, break prod, explain, roll back
///
/// Starts a registry, a Kubernetes API, the engine and the dashboard on loopback, and runs a sample
/// application on them; nothing is kept. Then it stays up until Ctrl-C.
#[derive(clap::Args, Debug)]
pub(crate) struct DemoArgs {
    /// End after the story; the exit code tells whether it went as told
    #[arg(long)]
    exit: bool,
}

/// Where the demo listens if nobody else does: beside the ports that `wharf dev` and others like.
const PORTS: Ports = Ports { registry: 5055, cluster: 6555, receiver: 9295, console: 8055 };

pub(crate) async fn run(
    terminal: &mut Terminal,
    settings: &Settings,
    arguments: DemoArgs,
) -> Result<Exit, Report> {
    let folder = tempfile::Builder::new().prefix("wharf-demo-").tempdir();
    let folder = folder.attempt(|| "cannot make a folder for the demo".into())?;
    let parts = demo::play(terminal, &settings.environment, folder.path(), PORTS).await?;
    if !arguments.exit {
        demo::farewell(terminal, &parts)?;
        crate::shutdown::requested().await.attempt(|| "cannot wait for Ctrl-C".into())?;
    }
    parts.shutdown().await;
    Ok(Exit::Done)
}
