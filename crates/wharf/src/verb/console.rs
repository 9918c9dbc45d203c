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
    /// A name under which it may be reached, beside addresses and `localhost`; may be repeated
    #[arg(long = "host", value_name = "NAME")]
    hosts: Vec<String>,
}

pub(crate) async fn run(
    terminal: &mut Terminal,
    settings: &Settings,
    arguments: ConsoleArgs,
) -> Result<Exit, Report> {
    let cannot = || "cannot run the dashboard".to_owned();
    let insight = client::insight(settings).await?;
    let listener = TcpListener::bind(arguments.listen).await.attempt(cannot)?;
    let console = console::Settings { hosts: arguments.hosts, ..console::Settings::default() };
    terminal.say(&format!("✔ The dashboard is at http://{}/", arguments.listen));
    tokio::select! {
        served = console::serve(listener, insight, console) => served.attempt(cannot)?,
        stopped = crate::shutdown::requested() => stopped.attempt(cannot)?,
    }
    Ok(Exit::Done)
}
