//! A running engine.

use std::future::Future;
use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use cluster::Cluster;
use cluster::lease::{campaign, release};
use futures::FutureExt as _;
use kube::api::{Patch, PatchParams};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};

use crate::context::{Context, Kind};
use crate::queue::Key;
use crate::settings::Settings;
use crate::{kustomization, oci_repository, receiver, serve, trigger, webhook};

/// How long visits under way may take when the engine is told to stop.
const PATIENCE: Duration = Duration::from_secs(5);

/// The controllers of one cluster, at work until they are shut down or dropped.
pub struct Engine {
    context: Arc<Context>,
    tasks: JoinSet<()>,
    stop: watch::Sender<bool>,
    leads: watch::Receiver<bool>,
    receiver_address: Option<SocketAddr>,
    status_address: Option<SocketAddr>,
}

/// Why an engine did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The registry settings cannot be used.
    #[error("the registry settings cannot be used")]
    Registry(#[source] registry::Error),
    /// An address is taken or not ours.
    #[error("cannot listen on `{address}`")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The definitions could not be installed.
    #[error("cannot install the definition `{name}`")]
    Definitions {
        /// Which one.
        name: String,
        /// What the API server said.
        #[source]
        source: cluster::Error,
    },
}

impl Engine {
    /// Starts the controllers and servers; the definitions have to be installed.
    ///
    /// # Errors
    ///
    /// [`StartError::Registry`], [`StartError::Listen`].
    pub async fn start(settings: Settings) -> Result<Self, StartError> {
        let webhooks = listen(settings.receiver_address).await?;
        let status = listen(settings.status_address).await?;
        let status_address = status.as_ref().and_then(|it| it.local_addr().ok());
        let receiver_address = webhooks.as_ref().and_then(|it| it.local_addr().ok());
        let host = settings.advertised_address.clone().unwrap_or_else(|| {
            status_address.map_or_else(|| "localhost".to_owned(), |address| address.to_string())
        });
        let context = Arc::new(Context::new(settings, host).map_err(StartError::Registry)?);
        let mut tasks = JoinSet::new();
        let leads = lead(&context, &mut tasks);
        let mut engine = Self {
            context: context.clone(),
            tasks,
            leads,
            stop: watch::Sender::new(false),
            receiver_address,
            status_address,
        };
        if let Some(listener) = webhooks {
            engine.serve(listener, webhook::router(context.clone()));
        }
        if let Some(listener) = status {
            engine.serve(listener, serve::router(context.clone()));
        }
        trigger::follow(&context, &mut engine.tasks);
        engine.work(
            |context| &context.repositories,
            |c, k, o| Box::pin(oci_repository::reconcile(c, k, o)),
        );
        engine.work(
            |context| &context.kustomizations,
            |c, k, o| Box::pin(kustomization::reconcile(c, k, o)),
        );
        engine.work(|context| &context.receivers, |c, k, o| Box::pin(receiver::reconcile(c, k, o)));
        Ok(engine)
    }

    /// Whether this engine works; `false` while it waits for its turn.
    pub fn is_leading(&self) -> bool {
        *self.leads.borrow()
    }

    /// Where webhooks are received, if they are.
    pub fn receiver_address(&self) -> Option<SocketAddr> {
        self.receiver_address
    }

    /// Where metrics, health and artifacts are served, if they are.
    pub fn status_address(&self) -> Option<SocketAddr> {
        self.status_address
    }

    /// Stops: no new visits, those under way get a few seconds, then everything ends.
    pub async fn shutdown(mut self) {
        self.stop.send_replace(true);
        let kinds =
            [&self.context.repositories, &self.context.kustomizations, &self.context.receivers];
        let idle = async {
            while kinds.iter().any(|kind| kind.queue.running() > 0) {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        drop(timeout(PATIENCE, idle).await);
        self.tasks.shutdown().await;
        if let Some(terms) = &self.context.settings.lease {
            let released = release(&self.context.cluster, terms, self.context.now()).await;
            released.unwrap_or_else(|error| tracing::warn!("lease: {error}"));
        }
    }

    fn serve(&mut self, listener: TcpListener, router: axum::Router) {
        let mut stopped = self.stop.subscribe();
        let stop = async move {
            becomes(&mut stopped, true).await;
        };
        self.tasks.spawn(async move {
            if let Err(error) = axum::serve(listener, router).with_graceful_shutdown(stop).await {
                tracing::error!("server: {error}");
            }
        });
    }

    /// Visits the objects of one kind as they become due, while this engine leads.
    fn work(&mut self, kind: fn(&Context) -> &Kind, visit: Visitor) {
        let context = self.context.clone();
        let mut stopped = self.stop.subscribe();
        let mut leads = self.leads.clone();
        self.tasks.spawn(async move {
            while becomes(&mut leads, true).await {
                let kind_of = kind(&context);
                for (key, _) in kind_of.watch.list() {
                    kind_of.queue.visit(key);
                }
                let mut visits = JoinSet::new();
                loop {
                    tokio::select! {
                        _ = becomes(&mut stopped, true) => {
                            while visits.join_next().await.is_some() {}
                            return;
                        }
                        _ = becomes(&mut leads, false) => break,
                        (key, outdated) = kind_of.queue.next() => {
                            visits.spawn(one(context.clone(), kind, visit, (key, outdated)));
                        }
                        Some(_) = visits.join_next() => {}
                    }
                }
                // Somebody else may work from now on: what is under way ends here.
                visits.shutdown().await;
                kind_of.queue.abandon();
            }
        });
    }
}

/// Waits for a value; `false` when there is nobody left to set it.
async fn becomes(told: &mut watch::Receiver<bool>, value: bool) -> bool {
    told.wait_for(|it| *it == value).await.is_ok()
}

type Visit = Pin<Box<dyn Future<Output = Option<Duration>> + Send>>;
type Visitor = fn(Arc<Context>, Key, Arc<Notify>) -> Visit;

/// One visit; a panic in it costs this visit and nothing else.
async fn one(
    context: Arc<Context>,
    kind: fn(&Context) -> &Kind,
    visit: Visitor,
    (key, outdated): (Key, Arc<Notify>),
) {
    let visited =
        AssertUnwindSafe(visit(context.clone(), key.clone(), outdated)).catch_unwind().await;
    let pause = visited.unwrap_or_else(|_| {
        tracing::error!(namespace = key.0, name = key.1, "the visit panicked; this is a bug");
        Some(Duration::from_mins(1))
    });
    kind(&context).queue.done(&key, pause.map(|pause| Instant::now() + pause));
}

/// Asks for the lease, if one is needed; says whether this engine leads.
fn lead(context: &Context, tasks: &mut JoinSet<()>) -> watch::Receiver<bool> {
    let needs_lease = context.settings.lease.is_some();
    let told = watch::Sender::new(!needs_lease);
    let leads = told.subscribe();
    match context.settings.lease.clone() {
        Some(terms) => {
            let campaign = campaign(context.cluster.clone(), terms, context.settings.now, told);
            tasks.spawn(campaign);
        }
        // The sender has to live, or those who wait for it would take its end for an answer.
        None => drop(tasks.spawn(async move { told.closed().await })),
    }
    leads
}

async fn listen(address: Option<SocketAddr>) -> Result<Option<TcpListener>, StartError> {
    let Some(address) = address else { return Ok(None) };
    match TcpListener::bind(address).await {
        Ok(listener) => Ok(Some(listener)),
        Err(source) => Err(StartError::Listen { address, source }),
    }
}

/// Installs the definitions of the kinds that the engine fulfils, and waits until they are served.
///
/// Running it again, or over Flux's own definitions, changes only what differs.
///
/// # Errors
///
/// [`StartError::Definitions`] names the definition that was refused or is not served in time.
pub async fn install_crds(cluster: &Cluster) -> Result<(), StartError> {
    for crd in api::crds() {
        let name = crd.metadata.name.clone().unwrap_or_default();
        install(cluster, &crd)
            .await
            .map_err(|source| StartError::Definitions { name: name.clone(), source })?;
    }
    Ok(())
}

async fn install(cluster: &Cluster, crd: &Definition) -> Result<(), cluster::Error> {
    let resource = cluster::Resource::of::<Definition>(false);
    let name = crd.metadata.name.as_deref().unwrap_or_default();
    let body: Value = serde_json::to_value(crd).unwrap_or_default();
    let params = PatchParams::apply("wharf").force();
    cluster.patch(&resource, ("", name), &params, &Patch::Apply(body)).await?;
    let spec = &crd.spec;
    let version = spec.versions.first().map_or("v1", |version| version.name.as_str());
    let api_version = format!("{}/{version}", spec.group);
    let until = Instant::now() + Duration::from_secs(20);
    loop {
        match cluster.resource(&api_version, &spec.names.kind).await {
            Err(cluster::Error::UnknownKind { .. }) if Instant::now() < until => {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            found => return found.map(drop),
        }
    }
}

type Definition =
    k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
