//! Brings tag and ledger together again after a death or a foreign hand.

use jiff::Timestamp;
use oci_spec::image::Digest;
use ulid::Ulid;

use crate::claim::Turn;
use crate::log::State;
use crate::movement::{Head, guard};
use crate::{Channel, Entry, Error, Kind, Ledger, Provenance};

/// Which way to repair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// An unfinished move: let the tag follow its record.
    Finish,
    /// An unfinished move: record that it did not happen, and leave the tag.
    Undo,
    /// A foreign move: record where the tag is now.
    Adopt,
    /// A foreign move: put the tag back to where the ledger left it.
    Restore,
}

/// A wish to repair a channel.
#[derive(Clone, Debug)]
pub struct RepairRequest {
    /// Which channel.
    pub channel: Channel,
    /// Which way.
    pub way: Way,
    /// Who and which run.
    pub provenance: Provenance,
    /// Why.
    pub reason: Option<String>,
    /// Now.
    pub at: Timestamp,
    /// A fresh identifier, made from now and randomness.
    pub id: Ulid,
}

/// What a repair did.
#[derive(Clone, Debug)]
pub struct Repaired {
    /// The line it wrote, or the unfinished one that the tag follows now.
    pub entry: Entry,
    /// Where the channel is now.
    pub current: Digest,
}

impl Ledger {
    /// Repairs a channel.
    ///
    /// # Errors
    ///
    /// [`Error::NothingToRepair`] when the chosen way does not fit the channel's state,
    /// [`Error::ReasonMissing`] for every way but finishing, [`Error::Gone`] when the bundle to
    /// restore is nowhere.
    pub async fn repair(&self, request: &RepairRequest) -> Result<Repaired, Error> {
        if request.way != Way::Finish {
            guard::reason(Kind::Repair, request.reason.as_deref(), false)?;
        }
        let (channel, who) = (&request.channel, &request.provenance);
        let turn = Box::pin(self.take_turn(channel, request.id, who, None)).await?;
        let result = Box::pin(self.repair_in_turn(&turn, request)).await;
        self.release(turn).await;
        result
    }

    async fn repair_in_turn(
        &self,
        turn: &Turn,
        request: &RepairRequest,
    ) -> Result<Repaired, Error> {
        let mut head = self.head(&request.channel, turn.records()).await?;
        let nothing = || Error::NothingToRepair { channel: request.channel.clone() };
        match (request.way, head.state()) {
            (Way::Finish, State::Unfinished { to }) => {
                let entry = Box::pin(self.finish(turn, &mut head)).await?.ok_or_else(nothing)?;
                Ok(Repaired { entry, current: to })
            }
            (Way::Undo, State::Unfinished { to }) => {
                let back = head.current.clone().ok_or_else(nothing)?;
                Box::pin(self.record_repair(turn, &head, request, (Some(to), back))).await
            }
            (Way::Adopt, State::OutOfBand { digest: Some(digest), recorded }) => {
                Box::pin(self.record_repair(turn, &head, request, (recorded, digest))).await
            }
            (Way::Restore, State::OutOfBand { digest, recorded: Some(recorded) }) => {
                Box::pin(self.record_repair(turn, &head, request, (digest, recorded))).await
            }
            _ => Err(nothing()),
        }
    }

    async fn record_repair(
        &self,
        turn: &Turn,
        head: &Head,
        request: &RepairRequest,
        (from, to): (Option<Digest>, Digest),
    ) -> Result<Repaired, Error> {
        let target = Box::pin(self.target(&request.channel, &to)).await?;
        self.push_manifests(&target.pinned).await?;
        let mut entry = head.next(&request.channel, Kind::Repair, request.id);
        entry.from = from;
        entry.to = Some(to.clone());
        entry.version = None;
        entry.revision = guard::revision(&target.pinned);
        entry.built = guard::built(&target.pinned);
        entry.at = request.at;
        entry.provenance = request.provenance.clone();
        entry.reason.clone_from(&request.reason);
        self.write_record(turn, head, &mut entry, Some(&target.pinned)).await?;
        if head.current.as_ref() != Some(&to) {
            self.follow(turn, &entry, &target.pinned).await?;
        }
        Ok(Repaired { entry, current: to })
    }
}
