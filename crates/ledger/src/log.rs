//! Reads a channel's ledger and tells whether the tag agrees with it.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures::{StreamExt as _, TryStreamExt as _};
use oci_spec::image::Digest;
use serde::Serialize;
use ulid::Ulid;

use crate::channel::Slot;
use crate::claim::is_recent;
use crate::graph::{Ordered, order};
use crate::retain::RETENTION;
use crate::{Channel, Entry, Error, Ledger, record};

/// Everything that the registry knows about one channel.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Log {
    /// The channel.
    pub channel: Channel,
    /// Where the tag is; `None` when there is no such tag.
    pub current: Option<Digest>,
    /// The whole ledger, newest first, children before parents.
    pub entries: Vec<Entry>,
    /// The record on top; `None` when there is none.
    pub head: Option<Digest>,
    /// The other records on top: a fork, which the next move joins.
    pub forks: Vec<Digest>,
    /// Whether the tag is where the ledger left it.
    pub state: State,
    /// Records that are named as parents and not there.
    pub missing: Vec<String>,
    /// Records that cannot be read, with the reason.
    pub damaged: Vec<String>,
    /// Movers that have a turn or wait for one, by the identifier of their claim.
    pub claims: Vec<Ulid>,
}

/// Whether the tag is where the ledger left it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase", tag = "is")]
pub enum State {
    /// There is neither a tag nor a record.
    Unused,
    /// The tag is where the newest record says.
    Clean,
    /// The newest record is written, and the tag is still where it was before: its mover is at it,
    /// or died.
    Unfinished {
        /// Where the tag should go.
        to: Digest,
    },
    /// Another tool moved, made or deleted the tag.
    OutOfBand {
        /// Where the tag is; absent when it is gone.
        digest: Option<Digest>,
        /// Where the ledger left it; absent when the ledger never knew the channel.
        recorded: Option<Digest>,
    },
}

impl Log {
    /// The newest entry.
    pub fn newest(&self) -> Option<&Entry> {
        let head = self.head.as_ref()?;
        self.entries.iter().find(|entry| entry.record == *head)
    }

    /// The entries that moved the tag, newest first.
    pub fn moves(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|entry| entry.kind.is_move())
    }

    /// The move that brought the channel where the ledger left it.
    pub fn last_move(&self) -> Option<&Entry> {
        self.moves().next()
    }

    /// Where the channel was at a time; `None` when it did not exist yet.
    pub fn at(&self, time: jiff::Timestamp) -> Option<&Entry> {
        self.moves().find(|entry| entry.at <= time)
    }
}

impl Ledger {
    /// Reads the whole ledger of a channel.
    ///
    /// Looks twice when tag and records disagree, so that a move that happens meanwhile is not
    /// mistaken for trouble.
    ///
    /// # Errors
    ///
    /// [`Error::Registry`]; records that cannot be read are no error but `damaged`.
    pub async fn log(&self, channel: &Channel) -> Result<Log, Error> {
        let mut log = Box::pin(self.look(channel)).await?;
        for _ in 0..3 {
            if matches!(log.state, State::Clean | State::Unused) {
                break;
            }
            tokio::time::sleep(self.options.poll).await;
            let again = Box::pin(self.look(channel)).await?;
            let is_stable = again.current == log.current && again.head == log.head;
            log = again;
            if is_stable {
                break;
            }
        }
        Ok(log)
    }

    /// Lists the channels that have a ledger, sorted.
    ///
    /// # Errors
    ///
    /// [`Error::Registry`].
    pub async fn channels(&self) -> Result<Vec<Channel>, Error> {
        let tags = self.tags().await?;
        let mut channels: Vec<Channel> = tags
            .iter()
            .filter_map(|tag| Channel::of_tag(tag))
            .filter(|(_, slot, _)| *slot == Slot::Move)
            .map(|(channel, _, _)| channel)
            .filter(|channel| channel.as_str() != RETENTION)
            .collect();
        channels.sort();
        channels.dedup();
        Ok(channels)
    }

    async fn look(&self, channel: &Channel) -> Result<Log, Error> {
        let (tags, current, top) =
            futures::try_join!(self.tags(), self.current(channel), self.top(channel))?;
        let (mut moves, mut claims) = (Vec::new(), Vec::new());
        for (owner, slot, id) in tags.iter().filter_map(|tag| Channel::of_tag(tag)) {
            match slot {
                _ if owner != *channel => {}
                Slot::Move => moves.push(id),
                Slot::Claim => claims.push(id),
            }
        }
        let (mut entries, mut damaged) = self.entries(channel, moves).await?;
        let pointer = top.as_ref().map(|(digest, _, _)| digest.clone());
        match top {
            Some((_, _, Some(entry))) if entries.iter().all(|known| known.id != entry.id) => {
                entries.push(entry);
            }
            Some((_, _, None)) => damaged.push(format!("`{}` is no record", channel.head_tag())),
            _ => {}
        }
        let newest = entries.iter().map(|entry| entry.id).chain(claims.iter().copied()).max();
        claims.retain(|claim| newest.is_none_or(|newest| is_recent(*claim, newest)));
        let claims = self.standing_claims(channel, claims).await?;
        let (ordered, missing) = self.complete(channel, entries).await?;
        let heads: Vec<Digest> =
            ordered.heads.iter().filter_map(|head| head.parse().ok()).collect();
        let (head, forks) =
            choose_head(&ordered.entries, heads, pointer.as_ref(), current.as_ref());
        let newest = head
            .as_ref()
            .and_then(|head| ordered.entries.iter().find(|entry| entry.record == *head));
        let state = state(newest, current.as_ref());
        Ok(Log {
            channel: channel.clone(),
            current,
            entries: ordered.entries,
            head,
            forks,
            state,
            missing,
            damaged,
            claims,
        })
    }

    /// Reads records by their tags, many at a time.
    pub(crate) async fn entries(
        &self,
        channel: &Channel,
        ids: Vec<Ulid>,
    ) -> Result<(Vec<Entry>, Vec<String>), Error> {
        let read = futures::stream::iter(ids)
            .map(|id| self.entry(channel, id))
            .buffer_unordered(self.options.concurrency);
        let results: Vec<Result<Option<Arc<Entry>>, String>> = read
            .map(|result| match result {
                Ok(entry) => Ok(Ok(entry)),
                Err(error @ Error::BadRecord { .. }) => Ok(Err(error.to_string())),
                Err(error) => Err(error),
            })
            .try_collect()
            .await?;
        let (mut entries, mut damaged) = (Vec::new(), Vec::new());
        for result in results {
            match result {
                Ok(entry) => entries.extend(entry.map(|entry| (*entry).clone())),
                Err(reason) => damaged.push(reason),
            }
        }
        damaged.sort();
        Ok((entries, damaged))
    }

    /// Reads one record; `None` when its tag is gone, as after a retention run.
    pub(crate) async fn entry(
        &self,
        channel: &Channel,
        id: Ulid,
    ) -> Result<Option<Arc<Entry>>, Error> {
        let tag = channel.move_tag(id);
        if let Some(entry) = self.remembered(&tag) {
            return Ok(Some(entry));
        }
        let reference = self.tag(&tag)?;
        match self.registry.manifest(&reference).await {
            Ok(manifest) => {
                let entry = Arc::new(record::read(channel, id, &manifest)?);
                self.remember(tag, entry.clone());
                Ok(Some(entry))
            }
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(Error::registry(format!("read the record `{reference}`"))(error)),
        }
    }

    /// Orders entries, and reads parents that the tag list did not show: lists may be old, links are not.
    async fn complete(
        &self,
        channel: &Channel,
        mut entries: Vec<Entry>,
    ) -> Result<(Ordered, Vec<String>), Error> {
        let mut gone = BTreeSet::new();
        loop {
            let ordered = order(entries);
            let missing: Vec<String> = ordered.missing.difference(&gone).cloned().collect();
            if missing.is_empty() {
                return Ok((ordered, gone.into_iter().collect()));
            }
            entries = ordered.entries;
            for digest in missing {
                let found = self.unlisted(channel, &digest).await?;
                if found.is_none() {
                    gone.insert(digest);
                }
                entries.extend(found);
            }
        }
    }

    /// Reads a record by its digest; `None` when it is gone or no record of this channel.
    async fn unlisted(&self, channel: &Channel, digest: &str) -> Result<Option<Entry>, Error> {
        let Ok(digest) = digest.parse::<Digest>() else { return Ok(None) };
        let exact = self.repository.with_digest(digest);
        match self.registry.manifest(&exact).await {
            Ok(manifest) => Ok(record::read_any(channel, &manifest).ok()),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(Error::registry(format!("read the record `{exact}`"))(error)),
        }
    }
}

/// Chooses the record on top: of several the one in the head tag, the one that the channel follows, or
/// the newest, in this order.
pub(crate) fn choose_head(
    entries: &[Entry],
    mut heads: Vec<Digest>,
    pointer: Option<&Digest>,
    current: Option<&Digest>,
) -> (Option<Digest>, Vec<Digest>) {
    if heads.is_empty() {
        return (None, heads);
    }
    let follows = |head: &Digest| {
        entries.iter().any(|entry| entry.record == *head && entry.to.as_ref() == current)
    };
    let pointed = heads.iter().position(|head| Some(head) == pointer);
    let chosen = pointed.or_else(|| heads.iter().position(follows)).unwrap_or(0);
    let head = heads.remove(chosen);
    (Some(head), heads)
}

/// Compares the newest record with the tag.
pub(crate) fn state(newest: Option<&Entry>, current: Option<&Digest>) -> State {
    let recorded = newest.and_then(|entry| entry.to.as_ref());
    if recorded == current {
        return if newest.is_none() { State::Unused } else { State::Clean };
    }
    match (newest, recorded) {
        (Some(entry), Some(to)) if entry.kind.is_move() && entry.from.as_ref() == current => {
            State::Unfinished { to: to.clone() }
        }
        _ => State::OutOfBand { digest: current.cloned(), recorded: recorded.cloned() },
    }
}
