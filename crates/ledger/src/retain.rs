//! Retention that knows the ledger: what may go, why the rest stays, and the deletion itself.

mod plan;

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use oci_spec::image::Digest;
use serde::Serialize;
use ulid::Ulid;

use crate::gate::matches;
use crate::history::candidates;
use crate::{Channel, Error, Kind, Ledger, Log, MarkRequest, Provenance, Readiness};

pub use plan::{Doomed, Kept, PrunePlan};

/// The ledger in which every prune of a repository is recorded; it is no channel of an environment.
pub const RETENTION: &str = "retention";

/// What to keep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retention {
    /// How many rollback candidates of each channel stay, however old.
    pub candidates: usize,
    /// How long every move stays.
    pub window: SignedDuration,
    /// Channels that end: a pattern of their names, and how long after their last move.
    pub previews: Vec<(String, SignedDuration)>,
    /// Patterns of tags that always stay.
    pub pins: Vec<String>,
}

/// What a prune did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Pruned {
    /// The tags that are gone.
    pub deleted: Vec<String>,
    /// The tags that the registry did not delete, with its words.
    pub undeletable: Vec<String>,
}

/// A candidate that retention promises, and whether it could be rolled back to now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Promise {
    /// The channel.
    pub channel: Channel,
    /// The bundle.
    pub digest: Digest,
    /// What was found; absent when the bundle is nowhere.
    pub readiness: Option<Readiness>,
}

impl Default for Retention {
    fn default() -> Self {
        let window = SignedDuration::from_hours(90 * 24);
        Self { candidates: 10, window, previews: Vec::new(), pins: Vec::new() }
    }
}

impl Ledger {
    /// Computes what a prune would delete and why the rest stays; changes nothing.
    ///
    /// Only what the ledger knows can be doomed: tags that no record mentions are kept, whatever they are.
    ///
    /// # Errors
    ///
    /// [`Error::Registry`].
    pub async fn plan_prune(
        &self,
        retention: &Retention,
        now: Timestamp,
    ) -> Result<PrunePlan, Error> {
        let tags = self.tags().await?;
        let mut logs = Vec::new();
        for channel in self.channels().await? {
            logs.push(self.log(&channel).await?);
        }
        let known: BTreeSet<String> = logs
            .iter()
            .flat_map(Log::moves)
            .filter_map(|entry| Some(entry.to.as_ref()?.to_string()))
            .collect();
        let mut versions = BTreeMap::new();
        for tag in tags.iter().filter(|tag| plan::may_be_version(tag, &logs)) {
            let found = self.current(&Channel::parse(tag)?).await?;
            if let Some(digest) = found.filter(|digest| known.contains(digest.as_ref())) {
                versions.insert(tag.clone(), digest);
            }
        }
        Ok(plan::plan(retention, now, &tags, &logs, &versions))
    }

    /// Deletes what the plan dooms, except what became current since; records it first.
    ///
    /// The record is a line of the ledger [`RETENTION`], whose reason and actor are the request's.
    /// On a registry that cannot delete nothing is recorded and everything reported.
    ///
    /// # Errors
    ///
    /// [`Error::Registry`]; deleting again goes on where it stopped.
    pub async fn prune(&self, plan: &PrunePlan, request: &PruneRequest) -> Result<Pruned, Error> {
        let mut doomed = plan.delete.clone();
        for channel in self.channels().await? {
            let current = self.current(&channel).await?;
            doomed.retain(|doomed| {
                doomed.channel.is_some() || Some(&doomed.digest) != current.as_ref()
            });
        }
        if doomed.is_empty() {
            return Ok(Pruned::default());
        }
        let retention = Channel::parse(RETENTION)?;
        if !self.can_delete(&retention, request.id).await? {
            let undeletable = doomed.into_iter().map(|doomed| doomed.tag).collect();
            return Ok(Pruned { undeletable, ..Pruned::default() });
        }
        let mark = MarkRequest {
            channel: retention,
            about: None,
            provenance: request.provenance.clone(),
            reason: request.reason.clone(),
            at: request.at,
            id: request.id.increment().unwrap_or(request.id),
        };
        let tags = doomed.iter().map(|doomed| doomed.tag.clone()).collect();
        Box::pin(self.mark(Kind::Prune, &mark, tags)).await?;
        let mut pruned = Pruned::default();
        for doomed in doomed {
            match self.remove(&doomed.tag, &doomed.digest).await {
                Ok(true) => pruned.deleted.push(doomed.tag),
                Ok(false) => pruned.undeletable.push(doomed.tag),
                Err(error) => pruned.undeletable.push(format!("{}: {error}", doomed.tag)),
            }
        }
        self.delete_untagged(&plan.manifests).await?;
        Ok(pruned)
    }

    /// Proves for every channel that each promised candidate could be rolled back to now.
    ///
    /// # Errors
    ///
    /// [`Error::Registry`]; a candidate that is not ready is no error but an answer.
    pub async fn check_retention(
        &self,
        retention: &Retention,
        now: Timestamp,
    ) -> Result<Vec<Promise>, Error> {
        let mut promises = Vec::new();
        for channel in self.channels().await? {
            let log = self.log(&channel).await?;
            for digest in promised(&log, retention, now) {
                let readiness = match Box::pin(self.preflight(&channel, &digest)).await {
                    Ok(readiness) => Some(readiness),
                    Err(Error::Gone { .. } | Error::NotABundle { .. }) => None,
                    Err(error) => return Err(error),
                };
                promises.push(Promise { channel: channel.clone(), digest, readiness });
            }
        }
        Ok(promises)
    }

    /// Deletes manifests that no tag names any more.
    ///
    /// A move to one of them between the look and the deletion loses its tag; it is recorded, so the log
    /// shows the tag as gone and a repair restores it.
    async fn delete_untagged(&self, manifests: &[Digest]) -> Result<(), Error> {
        let mut named = BTreeSet::new();
        for tag in self.tags().await? {
            let reference = self.tag(&tag)?;
            let found = self.registry.find(&reference).await;
            let found = found.map_err(Error::registry(format!("look up `{reference}`")))?;
            named.extend(found.map(|found| found.digest().to_string()));
        }
        for digest in manifests.iter().filter(|digest| !named.contains(digest.as_ref())) {
            // Best effort: most registries collect what has no tag by themselves.
            if let Err(error) = self.registry.delete_manifest(&self.repository, digest).await {
                tracing::debug!(%digest, %error, "an untagged manifest stays");
            }
        }
        Ok(())
    }

    /// Finds out by a tag of its own whether the registry deletes.
    async fn can_delete(&self, channel: &Channel, id: Ulid) -> Result<bool, Error> {
        self.ensure_empty_blob().await?;
        let tag = channel.claim_tag(id);
        let note = crate::record::note("application/vnd.wharf.probe.v1+json", BTreeMap::new());
        let digest = self.put(&tag, note, registry::Condition::None).await?;
        self.remove(&tag, &digest).await
    }
}

/// A wish to prune.
#[derive(Clone, Debug)]
pub struct PruneRequest {
    /// Who and which run.
    pub provenance: Provenance,
    /// Why, if there is more to say than that time went by.
    pub reason: Option<String>,
    /// Now.
    pub at: Timestamp,
    /// A fresh identifier, made from now and randomness.
    pub id: Ulid,
}

/// The bundles of a channel that must stay: the current one, the newest candidates, the window's.
fn promised(log: &Log, retention: &Retention, now: Timestamp) -> Vec<Digest> {
    let mut promised: Vec<Digest> = log.current.iter().cloned().collect();
    let since = |entry: &crate::Entry| entry.at.duration_until(now) <= retention.window;
    let recent = log.moves().filter(|entry| since(entry)).filter_map(|entry| entry.to.clone());
    let newest = candidates(log).into_iter().take(retention.candidates);
    for digest in newest.map(|candidate| candidate.digest).chain(recent) {
        if !promised.contains(&digest) {
            promised.push(digest);
        }
    }
    promised
}

/// Whether a channel is a preview whose time is over.
fn is_expired(log: &Log, retention: &Retention, now: Timestamp) -> bool {
    let name = log.channel.as_str();
    let lifetime = retention.previews.iter().find(|(pattern, _)| matches(pattern, name));
    let newest = log.entries.iter().map(|entry| entry.at).max();
    match (lifetime, newest) {
        (Some((_, lifetime)), Some(newest)) => newest.duration_until(now) > *lifetime,
        _ => false,
    }
}
