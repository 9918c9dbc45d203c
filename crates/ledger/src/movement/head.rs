//! The top of a channel's ledger, read with as few requests as will do.

use bytes::Bytes;
use oci_spec::image::Digest;
use ulid::Ulid;

use crate::log::{State, choose_head, state};
use crate::{Channel, Entry, Error, Kind, Ledger, Provenance, graph, record};

/// How many records beside the head are looked at.
const DEPTH: usize = 32;

/// Where a channel is and what its ledger says on top.
#[derive(Debug)]
pub(crate) struct Head {
    pub(crate) current: Option<Digest>,
    pub(crate) newest: Option<Entry>,
    pub(crate) forks: Vec<Digest>,
    /// What the head tag holds, if anything.
    pub(crate) pointer: Option<Digest>,
    highest: Option<Ulid>,
}

impl Head {
    /// The newest entry when its tag did not follow yet.
    pub(crate) fn unfinished(&self) -> Option<&Entry> {
        match self.state() {
            State::Unfinished { .. } => self.newest.as_ref(),
            _ => None,
        }
    }

    pub(crate) fn state(&self) -> State {
        state(self.newest.as_ref(), self.current.as_ref())
    }

    /// Where the ledger left the channel.
    pub(crate) fn recorded(&self) -> Option<Digest> {
        self.newest.as_ref().and_then(|entry| entry.to.clone())
    }

    /// A line on top of this head that changes nothing yet; its identifier is above all others.
    pub(crate) fn next(&self, channel: &Channel, kind: Kind, id: Ulid) -> Entry {
        let newest = self.newest.as_ref();
        let id = match self.highest {
            Some(highest) if highest >= id => highest.increment().unwrap_or(highest),
            _ => id,
        };
        let record = newest.map(|entry| entry.record.clone());
        Entry {
            id,
            // Known only once it is written.
            record: registry::sha256(b""),
            parents: record.into_iter().chain(self.forks.iter().cloned()).collect(),
            channel: channel.clone(),
            kind,
            from: self.current.clone(),
            to: self.current.clone(),
            source: None,
            version: newest.and_then(|entry| entry.version.clone()),
            revision: newest.and_then(|entry| entry.revision.clone()),
            built: newest.and_then(|entry| entry.built),
            at: jiff::Timestamp::UNIX_EPOCH,
            provenance: Provenance::default(),
            reason: None,
            break_glass: false,
            about: None,
            holds: newest.map(|entry| entry.holds.clone()).unwrap_or_default(),
            set: None,
            deleted: Vec::new(),
        }
    }
}

impl Ledger {
    /// Reads where a channel is and the record on top: two requests, both of single tags, which
    /// registries answer as they are now. `None` where another tool wrote over the head tag.
    pub(crate) async fn glance(&self, channel: &Channel) -> Result<Head, Error> {
        let (current, top) = futures::try_join!(self.current(channel), self.top(channel))?;
        let (pointer, newest) = match top {
            Some((digest, _, entry)) => (Some(digest), entry),
            None => (None, None),
        };
        let highest = newest.as_ref().map(|entry| entry.id);
        Ok(Head { current, newest, forks: Vec::new(), pointer, highest })
    }

    /// Reads the head within a turn, where `listed` are the records in the tag list.
    ///
    /// Gives the record on top the tag of its own that its writer may have died before writing, and
    /// finds records above the head tag, which only writers that broke the protocol leave.
    pub(crate) async fn head(&self, channel: &Channel, listed: &[Ulid]) -> Result<Head, Error> {
        let (current, top) = futures::try_join!(self.current(channel), self.top(channel))?;
        let pointer = top.as_ref().map(|(digest, _, _)| digest.clone());
        let mut entries = Vec::new();
        if let Some((_, bytes, Some(entry))) = top {
            if !listed.contains(&entry.id) {
                self.put(&channel.move_tag(entry.id), bytes, registry::Condition::None).await?;
            }
            entries.push(entry);
        }
        let lowest = entries.first().map(|entry: &Entry| entry.id);
        let mut above: Vec<Ulid> =
            listed.iter().filter(|id| lowest.is_none_or(|lowest| **id > lowest)).copied().collect();
        above.sort_unstable_by(|a, b| b.cmp(a));
        let highest = above.first().copied().or(lowest);
        above.truncate(DEPTH);
        let (others, damaged) = self.entries(channel, above).await?;
        for reason in damaged {
            tracing::warn!(%channel, %reason, "a record is damaged");
        }
        entries.extend(others);
        let ordered = graph::order(entries);
        let heads = ordered.heads.iter().filter_map(|head| head.parse().ok()).collect();
        let (head, forks) =
            choose_head(&ordered.entries, heads, pointer.as_ref(), current.as_ref());
        let is_head = |entry: &Entry| Some(&entry.record) == head.as_ref();
        let newest = ordered.entries.into_iter().find(is_head);
        Ok(Head { current, newest, forks, pointer, highest })
    }

    /// What the head tag holds: its digest, its bytes, and the record in it, if it is one.
    pub(crate) async fn top(
        &self,
        channel: &Channel,
    ) -> Result<Option<(Digest, Bytes, Option<Entry>)>, Error> {
        let tag = self.tag(&channel.head_tag())?;
        match self.registry.manifest(&tag).await {
            Ok(manifest) => {
                let entry = record::read_any(channel, &manifest).ok();
                Ok(Some((manifest.digest, manifest.bytes, entry)))
            }
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(Error::registry(format!("read `{tag}`"))(error)),
        }
    }
}
