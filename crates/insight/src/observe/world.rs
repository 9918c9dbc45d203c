//! Reading sources, Kustomizations, events and ledgers.

use cluster::Fields;
use jiff::Timestamp;

use super::Insight;
use crate::error::Error;
use crate::fields::text;
use crate::world::World;

const SOURCE_GROUP: &str = "source.toolkit.fluxcd.io";
const SOURCE_KINDS: [&str; 4] = ["OCIRepository", "Bucket", "GitRepository", "ExternalArtifact"];
const KUSTOMIZE_GROUP: &str = "kustomize.toolkit.fluxcd.io";

impl Insight {
    /// Reads everything that answers are drawn from.
    pub(crate) async fn world(&self, namespace: &str, now: Timestamp) -> Result<World, Error> {
        let mut world = self.objects(namespace, now).await?;
        let (events, ledgers) =
            tokio::join!(self.flux_events(namespace), self.reader.ledgers(&world.sources));
        world.events = events?;
        let (ledgers, mut trouble) = ledgers;
        world.ledgers = ledgers;
        world.trouble.append(&mut trouble);
        Ok(world)
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
        let named: std::collections::BTreeSet<_> =
            world.kustomizations.iter().map(crate::world::source_id).collect();
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
