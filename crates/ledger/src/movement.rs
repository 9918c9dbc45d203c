//! One move of a channel: record first, then the tag.

pub(crate) mod guard;
mod head;

use jiff::Timestamp;
use oci_spec::image::Digest;
use registry::Condition;
use serde::Serialize;
use ulid::Ulid;

use crate::claim::Turn;
use crate::entry::SetMark;
use crate::pin::Pinned;
use crate::target::Target;
use crate::{Channel, Entry, Error, Kind, Ledger, Provenance, Winner, record, statement};

pub(crate) use head::Head;

/// A wish to move a channel.
#[derive(Clone, Debug)]
pub struct MoveRequest {
    /// Which channel.
    pub channel: Channel,
    /// The bundle it shall go to; must be in the same repository, or in the channel's ledger.
    pub to: Digest,
    /// Where the mover believes the channel to be.
    pub expect: Expect,
    /// `Push`, `Promote` or `Rollback`.
    pub kind: Kind,
    /// The channel that a promotion comes from.
    pub source: Option<Channel>,
    /// The bundle's immutable version tag, when known.
    pub version: Option<String>,
    /// Who and which run.
    pub provenance: Provenance,
    /// Why; a rollback and a broken glass need one.
    pub reason: Option<String>,
    /// Whether holds, the order of builds and foreign moves may be overridden; recorded.
    pub break_glass: bool,
    /// Now.
    pub at: Timestamp,
    /// A fresh identifier, made from now and randomness.
    pub id: Ulid,
}

/// Where a mover believes a channel to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expect {
    /// Wherever it is.
    Anything,
    /// Not there yet.
    Absent,
    /// At this bundle.
    At(Digest),
}

/// What a move led to.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Moved {
    /// The line that the ledger has of it; when nothing had to be done, the newest one.
    pub entry: Option<Entry>,
    /// Whether the channel was moved; `false` when it was there already.
    pub is_moved: bool,
    /// A dead mover's move that was finished first.
    pub finished: Option<Entry>,
    /// Whether the bundle had been collected and was restored from the ledger.
    pub was_restored: bool,
}

/// A move that passed every check.
pub(crate) struct Planned {
    head: Head,
    /// The line to write; `None` when the channel is there already.
    pub(crate) entry: Option<Entry>,
    finished: Option<Entry>,
}

impl Planned {
    pub(crate) fn into_moved(self, target: &Target) -> Moved {
        Moved {
            is_moved: self.entry.is_some(),
            entry: self.entry.or(self.head.newest),
            finished: self.finished,
            was_restored: target.was_restored,
        }
    }
}

impl From<Option<Digest>> for Expect {
    /// What a look at the channel said: `None` means that there was no such tag.
    fn from(seen: Option<Digest>) -> Self {
        seen.map_or(Self::Absent, Self::At)
    }
}

impl Expect {
    fn holds(&self, current: Option<&Digest>) -> bool {
        match self {
            Self::Anything => true,
            Self::Absent => current.is_none(),
            Self::At(digest) => current == Some(digest),
        }
    }

    fn digest(&self) -> Option<Digest> {
        match self {
            Self::At(digest) => Some(digest.clone()),
            Self::Anything | Self::Absent => None,
        }
    }
}

impl Ledger {
    /// Moves a channel: takes a turn, checks what the mover expects, writes the record, moves the tag.
    ///
    /// A move that another mover recorded and did not finish is finished first. Whatever step this
    /// mover dies at, [`Ledger::log`] tells, and the next move or [`Ledger::repair`] completes it.
    ///
    /// # Errors
    ///
    /// [`Error::Moved`] names who was faster. [`Error::Held`], [`Error::Older`], [`Error::OutOfBand`]
    /// and [`Error::ReasonMissing`] are the rules. After [`Error::TurnRanOut`], [`Error::Overtaken`]
    /// and [`Error::Registry`] the record may be written; the log tells.
    pub async fn move_channel(&self, request: &MoveRequest) -> Result<Moved, Error> {
        guard::reason(request.kind, request.reason.as_deref(), request.break_glass)?;
        let target = Box::pin(self.target(&request.channel, &request.to)).await?;
        Box::pin(self.push_manifests(&target.pinned)).await?;
        let (channel, who) = (&request.channel, &request.provenance);
        let (started, mut id) = (tokio::time::Instant::now(), request.id);
        let mut own = Vec::new();
        loop {
            // Once something may be written, only a look in turn tells who won.
            let wish = own.is_empty().then_some(request);
            let turn = Box::pin(self.take_turn(channel, id, who, wish)).await?;
            let result = Box::pin(self.move_in_turn(&turn, request, &target, &mut own)).await;
            id = turn.next_id();
            Box::pin(self.release(turn)).await;
            match result {
                // A mover that was too slow tries again; what it may have written is looked for first.
                Err(Error::TurnRanOut { .. }) if started.elapsed() < self.options.patience => {
                    if let Some(entry) = Box::pin(self.happened(channel, &own)).await? {
                        let was_restored = target.was_restored;
                        let entry = Some(entry);
                        return Ok(Moved { entry, is_moved: true, finished: None, was_restored });
                    }
                }
                result => return result,
            }
        }
    }

    /// Finds the record of an attempt that ran out of time, once the channel has followed it.
    async fn happened(&self, channel: &Channel, own: &[Ulid]) -> Result<Option<Entry>, Error> {
        let head = self.glance(channel).await?;
        for id in own {
            let is_unfinished = head.unfinished().is_some_and(|entry| entry.id == *id);
            let entry = self.entry(channel, *id).await?;
            if let Some(entry) = entry.filter(|_| !is_unfinished) {
                return Ok(Some((*entry).clone()));
            }
        }
        Ok(None)
    }

    /// Pushes the manifests that a record will list as blobs.
    pub(crate) async fn push_manifests(&self, bundle: &Pinned) -> Result<(), Error> {
        let blobs = bundle.manifests().map(|manifest| self.ensure_blob(manifest.bytes.clone()));
        futures::future::try_join_all(blobs).await.map(drop)
    }

    async fn move_in_turn(
        &self,
        turn: &Turn,
        request: &MoveRequest,
        target: &Target,
        own: &mut Vec<Ulid>,
    ) -> Result<Moved, Error> {
        let plan = Box::pin(self.plan_move(turn, request, target, None));
        let mut planned = match plan.await {
            // The expectation is wrong because an earlier attempt of this very mover was right.
            Err(Error::Moved { winner: Winner(Some(entry)), .. }) if own.contains(&entry.id) => {
                let (finished, was_restored) = (None, target.was_restored);
                let entry = Some(*entry);
                return Ok(Moved { entry, is_moved: true, finished, was_restored });
            }
            plan => plan?,
        };
        own.extend(planned.entry.as_ref().map(|entry| entry.id));
        self.write_planned(turn, &mut planned, target).await?;
        self.follow_planned(turn, &planned, target).await?;
        Ok(planned.into_moved(target))
    }

    /// Checks in turn whether a move may be made, and writes down what it would be; changes nothing but
    /// finishing a dead mover's move.
    pub(crate) async fn plan_move(
        &self,
        turn: &Turn,
        request: &MoveRequest,
        target: &Target,
        set: Option<&SetMark>,
    ) -> Result<Planned, Error> {
        let mut head = self.head(&request.channel, turn.records()).await?;
        let finished = Box::pin(self.finish(turn, &mut head)).await?;
        let is_at_target = head.current.as_ref() == Some(&request.to);
        let is_of_set = |entry: &Entry| {
            set.is_some() && entry.set.as_ref().map(|mark| mark.id) == set.map(|mark| mark.id)
        };
        if is_at_target && head.newest.as_ref().is_some_and(is_of_set) {
            return Ok(Planned { head, entry: None, finished });
        }
        guard::expectation(request, &head)?;
        if is_at_target {
            return Ok(Planned { head, entry: None, finished });
        }
        let built = guard::built(&target.pinned);
        guard::rules(request, &head, built)?;
        let mut entry = head.next(&request.channel, request.kind, request.id);
        entry.to = Some(request.to.clone());
        entry.source = request.source.as_ref().map(ToString::to_string);
        entry.version.clone_from(&request.version);
        entry.revision = guard::revision(&target.pinned);
        entry.built = built;
        entry.at = request.at;
        entry.provenance = request.provenance.clone();
        entry.reason.clone_from(&request.reason);
        entry.break_glass = request.break_glass;
        entry.set = set.cloned();
        guard::holds_after(&mut entry);
        Ok(Planned { head, entry: Some(entry), finished })
    }

    /// Writes the record of a planned move, if there is anything to do.
    pub(crate) async fn write_planned(
        &self,
        turn: &Turn,
        planned: &mut Planned,
        target: &Target,
    ) -> Result<(), Error> {
        match &mut planned.entry {
            Some(entry) => {
                self.write_record(turn, &planned.head, entry, Some(&target.pinned)).await
            }
            None => Ok(()),
        }
    }

    /// Lets the tag follow the record of a planned move.
    pub(crate) async fn follow_planned(
        &self,
        turn: &Turn,
        planned: &Planned,
        target: &Target,
    ) -> Result<(), Error> {
        match &planned.entry {
            Some(entry) => self.follow(turn, entry, &target.pinned).await,
            None => Ok(()),
        }
    }

    /// Writes the record of a line with everything that it lists, and fills in the record's digest.
    ///
    /// First under the head tag, which is the moment at which the line exists: on registries that
    /// compare, two writers cannot both get past it. Then under the record's own tag for good.
    pub(crate) async fn write_record(
        &self,
        turn: &Turn,
        head: &Head,
        entry: &mut Entry,
        bundle: Option<&Pinned>,
    ) -> Result<(), Error> {
        let statement = statement::write(entry, &self.repository.name());
        let manifest = record::write(entry, &statement, bundle);
        turn.step("its statement was written", self.push_blob(statement.into())).await?;
        let condition = head.pointer.as_ref().map_or(Condition::Absent, Condition::At);
        let head_tag = entry.channel.head_tag();
        let put = self.put(&head_tag, manifest.clone(), condition);
        entry.record = match turn.step("its record was written", put).await {
            Err(Error::Registry { source, .. })
                if matches!(*source, registry::Error::TagMoved(_)) =>
            {
                return Err(self.lost(entry).await);
            }
            result => result?,
        };
        let tag = entry.channel.move_tag(entry.id);
        let put = self.put(&tag, manifest, Condition::None);
        turn.step("its record had its own tag", put).await.map(drop)
    }

    /// The error of a mover whose head was taken by another between looking and writing.
    async fn lost(&self, entry: &Entry) -> Error {
        let channel = entry.channel.clone();
        match self.glance(&channel).await {
            Ok(head) => Error::Moved {
                channel,
                expected: entry.from.clone().map(Box::new),
                found: head.recorded(),
                winner: Winner(head.newest.map(Box::new)),
            },
            Err(error) => error,
        }
    }

    /// Moves the tag to where a written record says.
    pub(crate) async fn follow(
        &self,
        turn: &Turn,
        entry: &Entry,
        bundle: &Pinned,
    ) -> Result<(), Error> {
        let (channel, manifest) = (&entry.channel, &bundle.manifest);
        let tag = self.tag(channel.as_str())?;
        let condition = entry.from.as_ref().map_or(Condition::Absent, Condition::At);
        let put = async {
            let bytes = manifest.bytes.clone();
            let written = self.write_tag(&tag, &manifest.media_type, bytes, condition);
            match written.await {
                Ok(_) => Ok(()),
                Err(registry::Error::TagMoved(moved)) if moved.found == entry.to => Ok(()),
                Err(registry::Error::TagMoved(moved)) => Err(Error::Overtaken {
                    channel: channel.clone(),
                    found: moved.found.clone(),
                    tag: channel.move_tag(entry.id),
                }),
                Err(error) => Err(Error::registry(format!("move the tag `{tag}`"))(error)),
            }
        };
        turn.step("its tag was moved", put).await
    }

    /// Finishes the move of a dead mover: its record is written, so it happened.
    pub(crate) async fn finish(
        &self,
        turn: &Turn,
        head: &mut Head,
    ) -> Result<Option<Entry>, Error> {
        let Some(entry) = head.unfinished().cloned() else { return Ok(None) };
        let to = entry.to.clone().expect("an unfinished move goes somewhere");
        let target = Box::pin(self.target(&entry.channel, &to)).await?;
        self.follow(turn, &entry, &target.pinned).await?;
        tracing::info!(channel = %entry.channel, record = %entry.record, "a move was finished");
        head.current = Some(to);
        Ok(Some(entry))
    }
}
