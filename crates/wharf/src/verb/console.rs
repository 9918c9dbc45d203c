//! `wharf console`: the dashboard alone.

use std::net::SocketAddr;

use tokio::net::TcpListener;

use crate::client;
use crate::exit::Exit;
use crate::report::{Attempt as _, Report};
use crate::settings::Settings;
use crate::terminal::Terminal;

/// Run the dashboard alone, also beside Flux
#[derive(clap::Args, Debug)]
pub(crate) struct ConsoleArgs {
    /// Where to listen
    #[arg(long, default_value = "127.0.0.1:8050", value_name = "ADDRESS")]
    listen: SocketAddr,
}

pub(crate) async fn run(
    terminal: &mut Terminal,
    settings: &Settings,
    arguments: ConsoleArgs,
) -> Result<Exit, Report> {
    let cannot = || "cannot run the dashboard".to_owned();
    let insight = client::insight(settings).await?;
    let listener = TcpListener::bind(arguments.listen).await.attempt(cannot)?;
    terminal.say(&format!("✔ The dashboard is at http://{}/", arguments.listen));
    tokio::select! {
        served = console::serve(listener, insight) => served.attempt(cannot)?,
        stopped = crate::shutdown::requested() => stopped.attempt(cannot)?,
    }
    Ok(Exit::Done)
}
