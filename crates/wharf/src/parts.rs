//! The parts of `wharf demo` and `wharf dev`: registry, cluster, engine and dashboard in one process.

mod images;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cluster::{Cluster, Connection};
use engine::Engine;
use insight::Insight;
use localcluster::LocalCluster;
use registry::{Registry, Store};
use registry_server::RegistryServer;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::parts::images::EmbeddedImages;
use crate::report::{Attempt as _, Report};

/// Where the parts listen when nothing else does; every one takes a free port otherwise.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ports {
    /// The OCI registry.
    pub(crate) registry: u16,
    /// The Kubernetes API.
    pub(crate) cluster: u16,
    /// The receiver of push notifications.
    pub(crate) receiver: u16,
    /// The dashboard.
    pub(crate) console: u16,
}

/// The parts, running.
pub(crate) struct Parts {
    registry: SocketAddr,
    receiver: SocketAddr,
    console: SocketAddr,
    cluster: LocalCluster,
    client: Cluster,
    engine: Engine,
    kubeconfig: PathBuf,
    tasks: Vec<JoinHandle<()>>,
}

impl Parts {
    /// Starts everything; all serve when this returns. `folder` takes the kubeconfig, and, if
    /// `is_persistent`, the registry's content and the cluster's state.
    pub(crate) async fn start(
        folder: &Path,
        is_persistent: bool,
        ports: Ports,
    ) -> Result<Self, Report> {
        std::fs::create_dir_all(folder)
            .attempt(|| format!("cannot make `{}`", folder.display()))?;
        let (registry, serving) = start_registry(is_persistent.then_some(folder), ports).await?;
        let cluster = start_cluster(is_persistent.then_some(folder), ports, registry).await?;
        let kubeconfig = folder.join("kubeconfig");
        write_private(&kubeconfig, &cluster.kubeconfig())?;
        let connection = Connection::Url(cluster.url());
        let client = Cluster::connect(&connection).await;
        let client = client.attempt(|| "cannot reach the embedded Kubernetes API".into())?;
        let engine = start_engine(&client, ports).await?;
        let receiver = engine.receiver_address().expect("the engine was told to receive");
        let (console, showing) = start_console(&client, ports).await?;
        let tasks = vec![serving, showing];
        Ok(Self { registry, receiver, console, cluster, client, engine, kubeconfig, tasks })
    }

    /// The client of the cluster.
    pub(crate) fn cluster(&self) -> &Cluster {
        &self.client
    }

    /// `127.0.0.1:PORT` of the registry, as references name it.
    pub(crate) fn registry_host(&self) -> String {
        self.registry.to_string()
    }

    /// The base URL of the receiver of push notifications.
    pub(crate) fn receiver_url(&self) -> String {
        format!("http://{}", self.receiver)
    }

    /// The dashboard.
    pub(crate) fn console_url(&self) -> String {
        format!("http://{}/", self.console)
    }

    /// The base URL of the Kubernetes API.
    pub(crate) fn cluster_url(&self) -> String {
        self.cluster.url()
    }

    /// The kubeconfig that names the cluster.
    pub(crate) fn kubeconfig(&self) -> &Path {
        &self.kubeconfig
    }

    /// Stops everything and keeps what is to be kept.
    pub(crate) async fn shutdown(self) {
        self.engine.shutdown().await;
        for task in self.tasks {
            task.abort();
        }
        self.cluster.shutdown().await;
    }
}

async fn start_registry(
    folder: Option<&Path>,
    ports: Ports,
) -> Result<(SocketAddr, JoinHandle<()>), Report> {
    let cannot = || "cannot start the registry".to_owned();
    let store = match folder {
        Some(folder) => Store::open(&folder.join("registry")).attempt(cannot)?,
        None => Store::memory(),
    };
    let listener = listen(ports.registry).await.attempt(cannot)?;
    let address = listener.local_addr().attempt(cannot)?;
    let server = RegistryServer::new(Arc::new(store), registry_server::Options::default());
    let serving = tokio::spawn(async move {
        if let Err(error) = server.serve(listener, std::future::pending()).await {
            tracing::error!(%error, "the registry stopped");
        }
    });
    Ok((address, serving))
}

async fn start_cluster(
    folder: Option<&Path>,
    ports: Ports,
    registry: SocketAddr,
) -> Result<LocalCluster, Report> {
    let cannot = || "cannot start the Kubernetes API".to_owned();
    let client = Registry::new(registry::Settings::default()).attempt(cannot)?;
    let options = match folder {
        Some(folder) => localcluster::Options::persistent(folder.join("cluster")),
        None => localcluster::Options::in_memory(),
    };
    LocalCluster::start(localcluster::Options {
        listen: free(ports.cluster).await.attempt(cannot)?,
        images: Some(Arc::new(EmbeddedImages::new(registry.to_string(), client))),
        ..options
    })
    .await
    .attempt(cannot)
}

async fn start_engine(client: &Cluster, ports: Ports) -> Result<Engine, Report> {
    let cannot = || "cannot start the engine".to_owned();
    engine::install_crds(client).await.attempt(cannot)?;
    let settings = engine::Settings {
        receiver_address: Some(free(ports.receiver).await.attempt(cannot)?),
        ..engine::Settings::new(client.clone(), registry::Settings::default())
    };
    Engine::start(settings).await.attempt(cannot)
}

async fn start_console(
    client: &Cluster,
    ports: Ports,
) -> Result<(SocketAddr, JoinHandle<()>), Report> {
    let cannot = || "cannot start the dashboard".to_owned();
    let registry = Registry::new(registry::Settings::default()).attempt(cannot)?;
    let listener = listen(ports.console).await.attempt(cannot)?;
    let address = listener.local_addr().attempt(cannot)?;
    let insight = Insight::new(client.clone(), registry);
    let showing = tokio::spawn(async move {
        if let Err(error) = console::serve(listener, insight, console::Settings::default()).await {
            tracing::error!(%error, "the dashboard stopped");
        }
    });
    Ok((address, showing))
}

/// The wanted address if it is free, or another one that is, for parts that listen by themselves.
async fn free(port: u16) -> std::io::Result<SocketAddr> {
    listen(port).await?.local_addr()
}

/// Takes the wanted port, or any free one when somebody else has it.
async fn listen(port: u16) -> std::io::Result<TcpListener> {
    match TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await {
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {
            TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await
        }
        result => result,
    }
}

/// Writes a file that only its owner may read: the kubeconfig holds the way into the cluster.
fn write_private(path: &Path, text: &str) -> Result<(), Report> {
    let cannot = || format!("cannot write `{}`", path.display());
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path).attempt(cannot)?;
    std::io::Write::write_all(&mut file, text.as_bytes()).attempt(cannot)
}
