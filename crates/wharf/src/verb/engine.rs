//! `wharf engine`: the controllers.

use std::net::SocketAddr;
use std::time::Duration;

use engine::Engine;

use crate::client;
use crate::exit::Exit;
use crate::report::{Attempt as _, Report};
use crate::settings::{Settings, duration};
use crate::terminal::Terminal;

/// Run the controllers: sources, Kustomizations and receivers of a cluster
///
/// Serves Flux's own kinds. Runs in a Pod, or anywhere with a kubeconfig.
#[derive(clap::Args, Debug)]
pub(crate) struct EngineArgs {
    /// How many objects of each kind are worked on at the same time
    #[arg(long, default_value_t = 8, value_name = "N")]
    concurrent: usize,
    /// How soon something that is waited for is looked at again
    #[arg(long, default_value = "30s", value_parser = duration, value_name = "TIME")]
    requeue_dependency: Duration,
    /// The ServiceAccount on whose behalf to apply when a Kustomization names none
    #[arg(long, value_name = "NAME")]
    default_service_account: Option<String>,
    /// Forbid references to sources and dependencies in other namespaces
    #[arg(long)]
    no_cross_namespace_refs: bool,
    /// Where webhooks are received
    #[arg(long, default_value = "0.0.0.0:9292", value_name = "ADDRESS")]
    receiver_addr: SocketAddr,
    /// Where metrics, health and artifacts are served
    #[arg(long, default_value = "0.0.0.0:8080", value_name = "ADDRESS")]
    metrics_addr: SocketAddr,
    /// Install the definitions of its kinds first
    #[arg(long)]
    install_crds: bool,
}

pub(crate) async fn run(
    terminal: &mut Terminal,
    settings: &Settings,
    arguments: EngineArgs,
) -> Result<Exit, Report> {
    let cannot = || "cannot run the engine".to_owned();
    let cluster = client::cluster(settings).await?;
    if arguments.install_crds {
        engine::install_crds(&cluster).await.attempt(cannot)?;
    }
    let registry = client::registry(settings)?.settings().clone();
    let engine = Engine::start(engine::Settings {
        concurrent: arguments.concurrent,
        requeue_dependency: arguments.requeue_dependency,
        default_service_account: arguments.default_service_account,
        no_cross_namespace_references: arguments.no_cross_namespace_refs,
        receiver_address: Some(arguments.receiver_addr),
        status_address: Some(arguments.metrics_addr),
        ..engine::Settings::new(cluster.clone(), registry)
    })
    .await
    .attempt(cannot)?;
    terminal.say(&format!("✔ The engine looks after {}", cluster.url()));
    crate::shutdown::requested().await.attempt(cannot)?;
    engine.shutdown().await;
    Ok(Exit::Done)
}
