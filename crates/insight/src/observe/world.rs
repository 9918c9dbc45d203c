//! Reading sources, Kustomizations, events and ledgers.

use std::collections::BTreeSet;

use cluster::Fields;
use jiff::Timestamp;

use super::Insight;
use crate::error::Error;
use crate::fields::text;
use crate::world::{Target, World};

const SOURCE_GROUP: &str = "source.toolkit.fluxcd.io";
const SOURCE_KINDS: [&str; 4] = ["OCIRepository", "Bucket", "GitRepository", "ExternalArtifact"];
const KUSTOMIZE_GROUP: &str = "kustomize.toolkit.fluxcd.io";

impl Insight {
    /// Reads sources, Kustomizations and the ledgers of all of them.
    pub(crate) async fn world(&self, namespace: &str, now: Timestamp) -> Result<World, Error> {
        let mut world = self.objects(namespace, now).await?;
        let sources = world.sources.clone();
        self.add_ledgers(&mut world, &sources).await;
        Ok(world)
    }

    /// Adds the ledgers of the repositories that `sources` name.
    pub(super) async fn add_ledgers(&self, world: &mut World, sources: &[Fields]) {
        let (ledgers, mut trouble) = self.reader.ledgers(sources).await;
        world.ledgers = ledgers;
        world.trouble.append(&mut trouble);
    }

    /// Adds what one verdict needs: the ledger of its source, and the events about both.
    pub(super) async fn add_case(
        &self,
        world: &mut World,
        kustomization: Option<&Fields>,
        target: &Target,
    ) -> Result<(), Error> {
        let source = match kustomization {
            Some(kustomization) => world.source_of(kustomization),
            None => world.source(&target.kind, &target.namespace, &target.name),
        };
        let sources: Vec<Fields> = source.cloned().into_iter().collect();
        let namespaces: BTreeSet<String> = kustomization
            .into_iter()
            .chain(&sources)
            .map(|object| text(object, &["metadata", "namespace"]).to_owned())
            .collect();
        self.add_ledgers(world, &sources).await;
        for namespace in namespaces {
            world.events.append(&mut self.flux_events(&namespace).await?);
        }
        Ok(())
    }

    /// Reads sources and Kustomizations only.
    pub(crate) async fn objects(&self, namespace: &str, now: Timestamp) -> Result<World, Error> {
        let mut world = World::new(self.time(now));
        for kind in SOURCE_KINDS {
            let mut found = self.reader.list(SOURCE_GROUP, kind, namespace).await?;
            world.sources.append(&mut found);
        }
        world.kustomizations =
            self.reader.list(KUSTOMIZE_GROUP, "Kustomization", namespace).await?;
        // A Kustomization may follow a source in another namespace.
        if !namespace.is_empty() {
            self.add_foreign_sources(&mut world).await?;
        }
        Ok(world)
    }

    async fn add_foreign_sources(&self, world: &mut World) -> Result<(), Error> {
        let named: BTreeSet<_> = world.kustomizations.iter().map(crate::world::source_id).collect();
        for id in named {
            if world.source(&id.kind, &id.namespace, &id.name).is_none()
                && let Some(found) = self.reader.get(&id).await?
            {
                world.sources.push(found);
            }
        }
        Ok(())
    }

    /// Reads the events about objects of Flux's groups.
    pub(crate) async fn flux_events(&self, namespace: &str) -> Result<Vec<Fields>, Error> {
        let mut events = self.reader.list("", "Event", namespace).await?;
        events.retain(|event| {
            text(event, &["involvedObject", "apiVersion"]).contains(".toolkit.fluxcd.io/")
        });
        Ok(events)
    }
}
