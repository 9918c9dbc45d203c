//! Finding an API server and speaking to it.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};

use crate::error::Error;
use crate::event::Recorder;
use crate::mapping::Mapping;
use crate::watch::Watches;

/// Where the API server is and who we are there.
#[derive(Debug, Clone)]
pub enum Connection {
    /// As a Pod: the mounted service account.
    InCluster,
    /// A kubeconfig file and, unless its current one is meant, a context in it.
    Kubeconfig {
        /// The file.
        path: PathBuf,
        /// The context.
        context: Option<String>,
    },
    /// The text of a kubeconfig.
    KubeconfigText(String),
    /// An address that asks for no credentials, such as the embedded API server's.
    Url(String),
}

/// Reads a connection into the client library's configuration.
///
/// # Errors
///
/// [`Error::Configuration`] when a file or a field of it is missing or unreadable.
pub async fn configuration(connection: &Connection) -> Result<Config, Error> {
    let wrong = |reason: String| Error::Configuration { reason };
    let mut config = match connection {
        Connection::InCluster => Config::incluster().map_err(|error| wrong(error.to_string()))?,
        Connection::Kubeconfig { path, context } => {
            let kubeconfig =
                Kubeconfig::read_from(path).map_err(|error| wrong(error.to_string()))?;
            let options = KubeConfigOptions { context: context.clone(), ..Default::default() };
            Config::from_custom_kubeconfig(kubeconfig, &options)
                .await
                .map_err(|error| wrong(error.to_string()))?
        }
        Connection::KubeconfigText(text) => {
            let kubeconfig =
                Kubeconfig::from_yaml(text).map_err(|error| wrong(error.to_string()))?;
            Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default())
                .await
                .map_err(|error| wrong(error.to_string()))?
        }
        Connection::Url(url) => {
            Config::new(url.parse().map_err(|_| wrong(format!("`{url}` is not an address")))?)
        }
    };
    config.connect_timeout.get_or_insert(Duration::from_secs(10));
    Ok(config)
}

/// An API server, as one user sees it. Cheap to clone; clones share caches and watches.
#[derive(Clone)]
pub struct Cluster {
    pub(crate) client: Client,
    pub(crate) mapping: Arc<Mapping>,
    pub(crate) watches: Arc<Watches>,
    pub(crate) recorder: Arc<Recorder>,
    config: Arc<Config>,
}

impl Cluster {
    /// Makes a client; nothing is sent yet.
    ///
    /// # Errors
    ///
    /// [`Error::Configuration`] when the TLS material or the proxy cannot be used.
    pub fn new(config: Config) -> Result<Self, Error> {
        let client = client(&config)?;
        Ok(Self {
            watches: Arc::new(Watches::new(client.clone())),
            mapping: Arc::default(),
            recorder: Arc::default(),
            client,
            config: Arc::new(config),
        })
    }

    /// Finds and joins a cluster; nothing is sent yet.
    ///
    /// # Errors
    ///
    /// Those of [`configuration`] and [`Cluster::new`].
    pub async fn connect(connection: &Connection) -> Result<Self, Error> {
        Self::new(configuration(connection).await?)
    }

    /// The same cluster as `user` sees it, by impersonation; caches and watches stay our own.
    ///
    /// # Errors
    ///
    /// [`Error::Configuration`] when the user's name cannot be a header.
    pub fn on_behalf_of(&self, user: &str) -> Result<Self, Error> {
        let mut config = (*self.config).clone();
        config.auth_info.impersonate = Some(user.to_owned());
        Ok(Self { client: client(&config)?, ..self.clone() })
    }

    /// The client library's handle, for what this crate has no words for.
    pub fn client(&self) -> Client {
        self.client.clone()
    }

    /// The namespace of the kubeconfig's context, or of the Pod; `default` where neither says.
    pub fn default_namespace(&self) -> &str {
        &self.config.default_namespace
    }

    /// The address of the API server.
    pub fn url(&self) -> String {
        self.config.cluster_url.to_string()
    }
}

fn client(config: &Config) -> Result<Client, Error> {
    Client::try_from(config.clone())
        .map_err(|error| Error::Configuration { reason: error.to_string() })
}
