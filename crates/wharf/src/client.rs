//! A registry client as the settings say.

use std::path::{Path, PathBuf};

use cluster::{Cluster, Connection};
use insight::Insight;
use registry::{Keychain, PlainHttp, Reference, Registry, Tls};

use crate::report::{Attempt as _, Report};
use crate::settings::{ClusterSettings, RegistrySettings, Settings};

/// Opens a client for all registries; nothing is connected yet.
pub(crate) fn registry(settings: &Settings) -> Result<Registry, Report> {
    let RegistrySettings { insecure, ca_file, docker_config } = &settings.registry;
    let cannot = || "cannot prepare to speak to registries".to_owned();
    let credentials = match docker_config.as_deref().filter(|path| path.exists()) {
        Some(path) => Keychain::docker_config(path, &helper_folders(settings)).attempt(cannot)?,
        None => Keychain::anonymous(),
    };
    let tls = Tls { accept_any_certificate: *insecure, ..Tls::default() };
    let tls = match ca_file {
        Some(path) => tls.with_roots_file(path).attempt(cannot)?,
        None => tls,
    };
    let plain_http = if *insecure { PlainHttp::Allowed } else { PlainHttp::Local };
    Registry::new(registry::Settings { credentials, plain_http, tls, ..Default::default() })
        .attempt(cannot)
}

/// Finds the API server that the settings name: a kubeconfig, or the one that this Pod runs in.
pub(crate) async fn cluster(settings: &Settings) -> Result<Cluster, Report> {
    let ClusterSettings { kubeconfig, context, .. } = &settings.cluster;
    let home = || Some(PathBuf::from(settings.environment.get("HOME")?).join(".kube/config"));
    let connection = match kubeconfig.clone().or_else(|| home().filter(|path| path.exists())) {
        Some(path) => Connection::Kubeconfig { path, context: context.clone() },
        None if settings.environment.get("KUBERNETES_SERVICE_HOST").is_some() => {
            Connection::InCluster
        }
        None => {
            return Err(Report::new("cannot find a cluster")
                .reason("there is no kubeconfig, and this is no Pod")
                .hint("name one with `--kubeconfig`, or try `wharf demo`"));
        }
    };
    Cluster::connect(&connection).await.attempt(|| "cannot reach the cluster".into())
}

/// Opens the door to all answers: cluster, registries and ledgers together.
pub(crate) async fn insight(settings: &Settings) -> Result<Insight, Report> {
    Ok(insight_in_namespace(settings).await?.0)
}

/// As [`insight()`], with the namespace to look in: `-A` means all (`""`), then `-n`, then the kubeconfig's.
pub(crate) async fn insight_in_namespace(settings: &Settings) -> Result<(Insight, String), Report> {
    let cluster = cluster(settings).await?;
    let ClusterSettings { all_namespaces, namespace, .. } = &settings.cluster;
    let namespace = match (all_namespaces, namespace) {
        (true, _) => String::new(),
        (false, Some(namespace)) => namespace.clone(),
        (false, None) => cluster.default_namespace().to_owned(),
    };
    Ok((Insight::new(cluster, registry(settings)?), namespace))
}

/// Reads a reference as a person types it.
pub(crate) fn reference(text: &str) -> Result<Reference, String> {
    Reference::parse(text).map_err(|error| error.to_string())
}

fn helper_folders(settings: &Settings) -> Vec<PathBuf> {
    let path = settings.environment.get("PATH").unwrap_or_default();
    path.split(':').filter(|folder| !folder.is_empty()).map(|f| Path::new(f).into()).collect()
}
