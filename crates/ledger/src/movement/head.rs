//! The top of a channel's ledger, read with as few requests as will do.

use oci_spec::image::Digest;
use ulid::Ulid;

use crate::channel::Slot;
use crate::log::{State, choose_head, state};
use crate::{Channel, Entry, Error, Kind, Ledger, Provenance, graph};

/// How many records are looked at when the newest two do not belong together.
const DEPTH: usize = 32;

/// Where a channel is and what its ledger says on top.
#[derive(Debug)]
pub(crate) struct Head {
    pub(crate) current: Option<Digest>,
    pub(crate) newest: Option<Entry>,
    pub(crate) forks: Vec<Digest>,
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
            record: bundle::pack::digest(b""),
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
            deleted: Vec::new(),
        }
    }
}

impl Ledger {
    /// Reads the top of a channel's ledger: the tag list, the tag, and the newest two records.
    pub(crate) async fn head(&self, channel: &Channel) -> Result<Head, Error> {
        let (tags, current) = futures::try_join!(self.tags(), self.current(channel))?;
        let tags = tags.iter().filter_map(|tag| Channel::of_tag(tag));
        let mut ids: Vec<Ulid> = tags
            .filter(|(owner, slot, _)| *slot == Slot::Move && owner == channel)
            .map(|(_, _, id)| id)
            .collect();
        ids.sort_unstable_by(|a, b| b.cmp(a));
        let highest = ids.first().copied();
        let mut entries = self.newest(channel, &ids, 2).await?;
        let is_chain = match &entries[..] {
            [] => ids.is_empty(),
            [one] => ids.len() == 1 || !one.parents.is_empty(),
            [newest, second, ..] => newest.parents.contains(&second.record),
        };
        if !is_chain {
            entries = self.newest(channel, &ids, DEPTH).await?;
        }
        let ordered = graph::order(entries);
        let heads = ordered.heads.iter().filter_map(|head| head.parse().ok()).collect();
        let (head, forks) = choose_head(&ordered.entries, heads, current.as_ref());
        let is_head = |entry: &Entry| Some(&entry.record) == head.as_ref();
        let newest = ordered.entries.into_iter().find(is_head);
        Ok(Head { current, newest, forks, highest })
    }

    /// The newest records that can be read, newest first.
    async fn newest(
        &self,
        channel: &Channel,
        ids: &[Ulid],
        count: usize,
    ) -> Result<Vec<Entry>, Error> {
        let ids = ids.iter().take(count).copied().collect();
        let (mut entries, damaged) = self.entries(channel, ids).await?;
        for reason in damaged {
            tracing::warn!(%channel, %reason, "a record is damaged");
        }
        entries.sort_by(|a, b| b.id.cmp(&a.id));
        Ok(entries)
    }
}
