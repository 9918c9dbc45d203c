//! Reading the world: thin requests, no conclusions.

mod ledgers;
mod reader;
mod scene;
mod world;

use std::sync::Arc;

use cluster::Cluster;
use jiff::Timestamp;
use registry::Registry;

use self::ledgers::Ledgers;
use self::reader::Reader;
pub use self::reader::Recording;
use crate::error::Error;
use crate::explain::{ExplainView, explain};
use crate::happening::{EventFilter, EventsView, events};
use crate::history::{LogView, log};
use crate::resource::{ResourcesView, kustomizations, sources};
use crate::status::{AppDetailView, StatusView, app_detail, status};
use crate::trace::{TraceView, trace};
use crate::world::{Target, World};

/// Answers questions about deliveries by reading cluster and registries.
///
/// Cheap to clone. Nothing is changed anywhere and nothing is remembered between questions, but
/// what never changes: records of ledgers.
#[derive(Clone)]
pub struct Insight {
    reader: Reader,
}

impl std::fmt::Debug for Insight {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Insight").finish_non_exhaustive()
    }
}

impl Insight {
    /// Joins a cluster and the registries that its sources name.
    pub fn new(cluster: Cluster, registry: Registry) -> Self {
        Self { reader: Reader::Live { cluster, ledgers: Ledgers::new(registry) } }
    }

    /// Answers from a recording; the time given with a question does not count then.
    pub fn recorded(recording: Recording) -> Self {
        Self { reader: Reader::Recorded(Arc::new(recording)) }
    }

    fn time(&self, now: Timestamp) -> Timestamp {
        match &self.reader {
            Reader::Live { .. } => now,
            Reader::Recorded(recording) => recording.at,
        }
    }

    /// Apps × environments of a namespace (`""` = all), with their ledgers.
    ///
    /// A registry that does not answer is a sentence in `trouble`, not an error.
    ///
    /// # Errors
    ///
    /// [`Error::Cluster`] when sources or Kustomizations cannot be listed; the same for all
    /// questions here.
    pub async fn status(&self, namespace: &str, now: Timestamp) -> Result<StatusView, Error> {
        Ok(status(&self.world(namespace, now).await?))
    }

    /// One app with every line of its ledgers, by its name or its repository without scheme.
    ///
    /// # Errors
    ///
    /// As [`Insight::status`]; [`Error::UnknownApp`].
    pub async fn app(&self, name: &str, now: Timestamp) -> Result<AppDetailView, Error> {
        let unknown = || Error::UnknownApp { app: name.to_owned() };
        let mut world = self.objects("", now).await?;
        // The names of apps depend on the sources alone; only this app's ledger is worth reading.
        let repository = status(&world).app(name).ok_or_else(unknown)?.repository.clone();
        let sources = world.sources_of(&repository);
        self.add_ledgers(&mut world, &sources).await;
        app_detail(&world, name).ok_or_else(unknown)
    }

    /// One verdict on one object.
    ///
    /// # Errors
    ///
    /// As [`Insight::status`]; [`Error::NotFound`] and [`Error::NotDelivered`].
    pub async fn explain(&self, target: &Target, now: Timestamp) -> Result<ExplainView, Error> {
        let mut world = self.objects("", now).await?;
        let kustomization = self.delivery_behind(&world, target).await?;
        self.add_case(&mut world, kustomization.as_ref(), target).await?;
        let scene = match &kustomization {
            Some(kustomization) => self.scene(kustomization, target).await?,
            None => crate::world::Scene::default(),
        };
        explain(&world, target, kustomization.as_ref(), &scene)
    }

    /// The way of one object back to the commit.
    ///
    /// # Errors
    ///
    /// As [`Insight::explain`].
    pub async fn trace(&self, target: &Target, now: Timestamp) -> Result<TraceView, Error> {
        let mut world = self.objects("", now).await?;
        let kustomization = self.delivery_behind(&world, target).await?;
        self.add_case(&mut world, kustomization.as_ref(), target).await?;
        trace(&world, target, kustomization.as_ref())
    }

    /// The moves of one channel; `repository` is without scheme. `None` when nobody knows it.
    ///
    /// # Errors
    ///
    /// As [`Insight::status`].
    pub async fn log(
        &self,
        repository: &str,
        channel: &str,
        now: Timestamp,
    ) -> Result<Option<LogView>, Error> {
        let mut world = self.objects("", now).await?;
        let sources = world.sources_of(repository);
        self.add_ledgers(&mut world, &sources).await;
        Ok(log(&world, repository, channel))
    }

    /// The sources of a namespace (`""` = all).
    ///
    /// # Errors
    ///
    /// As [`Insight::status`].
    pub async fn sources(&self, namespace: &str, now: Timestamp) -> Result<ResourcesView, Error> {
        Ok(sources(&self.objects(namespace, now).await?))
    }

    /// The Kustomizations of a namespace (`""` = all).
    ///
    /// # Errors
    ///
    /// As [`Insight::status`].
    pub async fn kustomizations(
        &self,
        namespace: &str,
        now: Timestamp,
    ) -> Result<ResourcesView, Error> {
        Ok(kustomizations(&self.objects(namespace, now).await?))
    }

    /// The events about sources, Kustomizations and receivers of a namespace (`""` = all).
    ///
    /// # Errors
    ///
    /// As [`Insight::status`].
    pub async fn events(
        &self,
        namespace: &str,
        filter: &EventFilter,
        now: Timestamp,
    ) -> Result<EventsView, Error> {
        let mut world = World::new(self.time(now));
        world.events = self.flux_events(namespace).await?;
        Ok(events(&world, filter))
    }
}
