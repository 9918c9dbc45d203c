//! The demo: everything in one process, from nothing, and a story played on it.

mod cluster;
mod image;
mod narrator;
mod sample;
mod story;

use std::path::Path;

use crate::demo::cluster::Observer;
use crate::demo::narrator::Narrator;
use crate::parts::{Parts, Ports};
use crate::report::{Attempt as _, Report};
use crate::settings::Environment;
use crate::terminal::{Terminal, bold};

/// What the receiver and CI share; made up, since nothing outside this process can reach the receiver.
const TOKEN: &str = "demo-push-token";

/// Starts the parts in `folder`, plays the story, and hands the running parts back.
///
/// # Errors
///
/// The first part that does not start, or the first step that does not end as told.
pub(crate) async fn play(
    terminal: &Terminal,
    environment: &Environment,
    folder: &Path,
    ports: Ports,
) -> Result<Parts, Report> {
    let step = terminal.step("Starting a registry, a cluster, the engine and the dashboard");
    let parts = Parts::start(folder, false, ports).await?;
    step.done("Started a registry, a cluster, the engine and the dashboard");
    introduce(terminal, &parts)?;
    let host = parts.registry_host();
    let checkout = folder.join("shop");
    std::fs::create_dir_all(&checkout)
        .attempt(|| format!("cannot make `{}`", checkout.display()))?;
    sample::write_checkout(&checkout, &host).await?;
    let observer = Observer::start(&parts, &sample::cluster_objects(&host, TOKEN)).await?;
    let hook = observer.receiver_path().await?;
    let variables = variables(environment, folder, &parts, &hook);
    let mut narrator = Narrator::new(terminal, &checkout, variables);
    story::play(&mut narrator, &parts, &observer, &checkout).await?;
    Ok(parts)
}

/// The environment of the story's commands: nothing of the machine's own CI, login or cluster.
fn variables(
    environment: &Environment,
    folder: &Path,
    parts: &Parts,
    hook: &str,
) -> Vec<(&'static str, String)> {
    let mut variables = vec![
        ("HOME", folder.display().to_string()),
        ("KUBECONFIG", parts.kubeconfig().display().to_string()),
        ("WHARF_NOTIFY_URL", format!("{}{hook}", parts.receiver_url())),
        ("WHARF_NOTIFY_TOKEN", TOKEN.into()),
        ("GIT_CONFIG_NOSYSTEM", "1".into()),
    ];
    variables.extend(environment.get("PATH").map(|path| ("PATH", path.into())));
    if std::io::IsTerminal::is_terminal(&std::io::stdout()) {
        variables.push(("CLICOLOR_FORCE", "1".into()));
    }
    variables
}

fn introduce(terminal: &Terminal, parts: &Parts) -> Result<(), Report> {
    terminal.print(&format!(
        "\n{}\n   Everything below runs in this process, on loopback. Commands after `$` are the ones that\n   \
         you would type.\n\n   dashboard   {}\n   registry    {}\n   cluster     {} (a simulation: no containers run)\n",
        bold("wharf: Gitless GitOps"),
        parts.console_url(),
        parts.registry_host(),
        parts.cluster_url(),
    ))
}

/// What to look at next, while the parts stay up.
pub(crate) fn farewell(terminal: &Terminal, parts: &Parts) -> Result<(), Report> {
    let (host, kubeconfig) = (parts.registry_host(), parts.kubeconfig().display());
    terminal.print(&format!(
        "\n{}\n   dashboard   {}\n   registry    crane ls {host}/acme/shop\n               \
         oras discover {host}/acme/shop:prod\n   cluster     KUBECONFIG={kubeconfig} kubectl get kustomizations,deployments,pods -A\n\n   \
         Ctrl-C ends it; nothing is kept.\n",
        bold("It stays up: look around."),
        parts.console_url(),
    ))
}
