//! Starting and stopping a local cluster.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::error::Error;
use crate::images::ImageLookup;
use crate::serve::{Door, serve};
use crate::simulate;
use crate::store::Store;
use crate::world::{World, random_hex};

/// Tells the time; objects carry it as `creationTimestamp` and the like.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// How a local cluster runs.
#[derive(Clone)]
pub struct Options {
    /// Where the state is kept; `None` keeps it in memory only.
    pub dir: Option<PathBuf>,
    /// The loopback address to listen on; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Whether an image exists; `None` takes every image as present.
    pub images: Option<Arc<dyn ImageLookup>>,
    /// The time that objects carry.
    pub clock: Clock,
    /// A secret that every request must show, as a bearer token or in the path (see
    /// [`LocalCluster::url`]); `None` lets everybody on this machine in, except for a persistent
    /// cluster, which makes a token of its own and keeps it in its folder.
    pub token: Option<String>,
    /// How long a pod takes from scheduled to ready.
    pub pod_start: Duration,
    /// How often a failed image pull is repeated; doubled each time, up to five minutes.
    pub pull_retry: Duration,
}

impl Options {
    /// In memory, on a free port, all images present.
    pub fn in_memory() -> Self {
        Self {
            dir: None,
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            images: None,
            clock: Arc::new(Timestamp::now),
            token: None,
            pod_start: Duration::from_millis(50),
            pull_retry: Duration::from_secs(2),
        }
    }

    /// As [`Options::in_memory`], and kept in `dir` across restarts.
    pub fn persistent(dir: impl Into<PathBuf>) -> Self {
        Self { dir: Some(dir.into()), ..Self::in_memory() }
    }
}

/// A running local cluster; dropping it stops it.
pub struct LocalCluster {
    address: SocketAddr,
    token: Option<String>,
    world: Arc<World>,
    tasks: Vec<JoinHandle<()>>,
}

impl std::fmt::Debug for LocalCluster {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("LocalCluster")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

impl LocalCluster {
    /// Starts the API server and the workload simulator; both serve when this returns.
    ///
    /// # Errors
    ///
    /// [`Error::NotLoopback`] for another address than a loopback one, [`Error::Listen`] when the port is
    /// taken, [`Error::Folder`] when the state cannot be read, [`Error::InUse`] when another cluster has it.
    pub async fn start(options: Options) -> Result<Self, Error> {
        if !options.listen.ip().is_loopback() {
            return Err(Error::NotLoopback(options.listen));
        }
        getrandom::u32()
            .map_err(|error| Error::Random(std::io::Error::other(error.to_string())))?;
        let listen = |source| Error::Listen { address: options.listen, source };
        let listener = TcpListener::bind(options.listen).await.map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        let store = match &options.dir {
            Some(folder) => Store::open(folder)?,
            None => Store::in_memory(),
        };
        let token = token(&options)?;
        let world = Arc::new(World::new(store, options.clock.clone(), options.images.clone()));
        simulate::bootstrap(&world);
        let timing =
            simulate::Timing { pod_start: options.pod_start, pull_retry: options.pull_retry };
        let tasks = vec![
            tokio::spawn(simulate::run(Arc::clone(&world), timing)),
            tokio::spawn(serve(listener, Arc::clone(&world), Door::new(address, token.clone()))),
        ];
        Ok(Self { address, token, world, tasks })
    }

    /// The base URL, `http://127.0.0.1:PORT`; with a token, `http://127.0.0.1:PORT/token/TOKEN`.
    ///
    /// The token travels in the path because Kubernetes clients send no credentials over plain HTTP.
    pub fn url(&self) -> String {
        match &self.token {
            Some(token) => format!("http://{}/token/{token}", self.address),
            None => format!("http://{}", self.address),
        }
    }

    /// The address that it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// A kubeconfig (YAML) whose current context is this cluster.
    pub fn kubeconfig(&self) -> String {
        format!(
            "apiVersion: v1\nkind: Config\nclusters:\n- name: wharf\n  cluster:\n    server: {}\n\
             contexts:\n- name: wharf\n  context:\n    cluster: wharf\n    user: wharf\n    \
             namespace: default\ncurrent-context: wharf\nusers:\n- name: wharf\n  user: {{}}\n",
            self.url()
        )
    }

    /// Forgets all past changes, so that watches from before get `410 Gone`, as after a compaction.
    pub fn compact(&self) {
        self.world.store.forget_changes();
    }

    /// Stops: ends all watches, writes a snapshot when persistent, frees the port.
    pub async fn shutdown(mut self) {
        self.world.closing.send_replace(true);
        for task in std::mem::take(&mut self.tasks) {
            let abort = task.abort_handle();
            if tokio::time::timeout(Duration::from_secs(2), task).await.is_err() {
                abort.abort();
            }
        }
        self.world.store.close(true);
    }
}

impl Drop for LocalCluster {
    fn drop(&mut self) {
        self.world.closing.send_replace(true);
        for task in &self.tasks {
            task.abort();
        }
        self.world.store.close(false);
    }
}

/// The token asked for, or the one that the folder keeps.
fn token(options: &Options) -> Result<Option<String>, Error> {
    let Some(folder) = &options.dir else { return Ok(options.token.clone()) };
    if options.token.is_some() {
        return Ok(options.token.clone());
    }
    let path = folder.join("token");
    let trouble = |source| Error::Folder { path: path.clone(), source };
    match std::fs::read_to_string(&path) {
        Ok(token) if !token.trim().is_empty() => Ok(Some(token.trim().to_owned())),
        _ => {
            let token = random_hex(16);
            write_private(&path, &token).map_err(trouble)?;
            Ok(Some(token))
        }
    }
}

/// Writes a file that only its owner may read.
fn write_private(path: &std::path::Path, text: &str) -> std::io::Result<()> {
    use std::io::Write as _;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path)?.write_all(text.as_bytes())
}
