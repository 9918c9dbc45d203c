//! Taking turns: claims on tags of one's own, because registries cannot compare and swap.
//!
//! Every attempt writes a tag that nobody else writes and that is never used again, then looks at
//! the others. Of two that claim at the same time at least one sees the other; the lower identifier
//! goes first and the higher steps back. `docs/ledger.md` has the proof, `tests/suite/model.rs` the
//! machine that checks it.

use std::collections::BTreeMap;
use std::time::Duration;

use oci_spec::image::Digest;
use registry::Condition;
use tokio::time::Instant;
use ulid::Ulid;

use crate::channel::Slot;
use crate::movement::guard;
use crate::{Channel, Error, Ledger, MoveRequest, Provenance, record};

/// Artifact type of a claim.
const CLAIM: &str = "application/vnd.wharf.claim.v1+json";
/// Artifact type of what a claim's tag holds after the claim, where tags cannot be deleted.
const RELEASED: &str = "application/vnd.wharf.claim.released.v1+json";

/// The right to move a channel, until it runs out.
pub(crate) struct Turn {
    channel: Channel,
    id: Ulid,
    digest: Digest,
    beats: u64,
    beat_at: Instant,
    lease: Duration,
    /// The records in the tag list that showed this claim.
    records: Vec<Ulid>,
}

/// What an attempt to get the turn led to.
enum Attempt {
    Turn(Turn),
    /// Somebody with a lower identifier goes first.
    After(Ulid),
}

impl Turn {
    /// The records in the tag list that showed this claim: all that were written before it.
    pub(crate) fn records(&self) -> &[Ulid] {
        &self.records
    }

    /// An identifier for a further attempt; the tag of an attempt is never used again.
    pub(crate) fn next_id(&self) -> Ulid {
        self.id.increment().unwrap_or(self.id)
    }

    /// Refuses when so much time went by that others may soon think this writer dead.
    pub(crate) fn check(&self, step: &'static str) -> Result<(), Error> {
        if self.beat_at.elapsed() < self.lease / 2 {
            return Ok(());
        }
        Err(Error::TurnRanOut { channel: self.channel.clone(), step })
    }

    /// Runs one step, and gives it up when the turn runs out before it is done.
    pub(crate) async fn step<T>(
        &self,
        step: &'static str,
        work: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        self.check(step)?;
        let deadline = self.beat_at + self.lease / 2;
        let ran_out = |_| Error::TurnRanOut { channel: self.channel.clone(), step };
        tokio::time::timeout_at(deadline, work).await.map_err(ran_out)?
    }
}

impl Ledger {
    /// Waits for the turn on a channel; before each further attempt a wish to move must still make sense.
    pub(crate) async fn take_turn(
        &self,
        channel: &Channel,
        id: Ulid,
        who: &Provenance,
        wish: Option<&MoveRequest>,
    ) -> Result<Turn, Error> {
        self.ensure_empty_blob().await?;
        let (started, mut id) = (Instant::now(), id);
        loop {
            match self.attempt(channel, id, who).await {
                Ok(Attempt::Turn(turn)) => return Ok(turn),
                Ok(Attempt::After(first)) => self.wait_for(channel, first, started, None).await?,
                // Nothing was done yet, so a mover that was too slow may simply try again.
                Err(Error::TurnRanOut { .. }) if started.elapsed() < self.options.patience => {}
                Err(error) => return Err(error),
            }
            if let Some(request) = wish {
                guard::expectation(request, &self.glance(channel).await?)?;
            }
            id = id.increment().unwrap_or(id);
        }
    }

    /// Shows that the writer lives while it does something else, and lets its turn last longer.
    pub(crate) async fn keep(&self, turn: &mut Turn, who: &Provenance) -> Result<(), Error> {
        turn.check("it could be kept")?;
        self.beat(turn, who).await
    }

    /// Gives the turn back; a failure only makes others wait for the lease to end.
    pub(crate) async fn release(&self, turn: Turn) {
        let (channel, id) = (&turn.channel, turn.id);
        if let Err(error) = self.lower(channel, id, &turn.digest).await {
            tracing::warn!(%channel, claim = %id, %error, "a claim could not be taken back");
        }
    }

    /// The claims of a list that still stand.
    pub(crate) async fn standing_claims(
        &self,
        channel: &Channel,
        ids: Vec<Ulid>,
    ) -> Result<Vec<Ulid>, Error> {
        let flags = ids.into_iter().map(async |id| Ok((id, self.flag(channel, id).await?)));
        let flags = futures::future::try_join_all(flags).await?;
        let mut standing: Vec<Ulid> =
            flags.into_iter().filter_map(|(id, flag)| flag.map(|_| id)).collect();
        standing.sort_unstable();
        Ok(standing)
    }

    async fn attempt(
        &self,
        channel: &Channel,
        id: Ulid,
        who: &Provenance,
    ) -> Result<Attempt, Error> {
        let started = Instant::now();
        let mut turn = self.raise(channel, id, who).await?;
        let outcome = self.look_around(&mut turn, who, started).await;
        match outcome {
            Ok(None) => Ok(Attempt::Turn(turn)),
            Ok(Some(first)) => {
                self.lower(channel, id, &turn.digest).await?;
                Ok(Attempt::After(first))
            }
            Err(error) => {
                self.release(turn).await;
                Err(error)
            }
        }
    }

    /// Finds out whether somebody goes first; waits for those that began earlier but come later in order.
    async fn look_around(
        &self,
        turn: &mut Turn,
        who: &Provenance,
        started: Instant,
    ) -> Result<Option<Ulid>, Error> {
        let others = self.others(turn, started).await?;
        let (lower, higher): (Vec<Ulid>, Vec<Ulid>) =
            others.into_iter().partition(|other| *other < turn.id);
        let channel = turn.channel.clone();
        if let Some(first) = self.standing_claims(&channel, lower).await?.first() {
            return Ok(Some(*first));
        }
        for id in higher {
            self.wait_for(&channel, id, started, Some((turn, who))).await?;
        }
        turn.check("it was this mover's turn")?;
        Ok(None)
    }

    /// The claims in the tag list, once the list shows this mover's own.
    async fn others(&self, turn: &mut Turn, started: Instant) -> Result<Vec<Ulid>, Error> {
        if !self.options.list_lag.is_zero() {
            tokio::time::sleep(self.options.list_lag).await;
        }
        loop {
            let tags = self.tags().await?;
            let slots = tags.iter().filter_map(|tag| Channel::of_tag(tag));
            let slots = slots.filter(|(channel, _, _)| *channel == turn.channel);
            let (claims, records): (Vec<_>, Vec<_>) =
                slots.partition(|(_, slot, _)| *slot == Slot::Claim);
            let mut claims: Vec<Ulid> = claims.into_iter().map(|(_, _, id)| id).collect();
            if let Some(own) = claims.iter().position(|id| *id == turn.id) {
                claims.remove(own);
                claims.retain(|claim| is_recent(*claim, turn.id));
                turn.records = records.into_iter().map(|(_, _, id)| id).collect();
                return Ok(claims);
            }
            // The list is older than this claim, so it may miss other claims too.
            turn.check("the tag list showed its claim")?;
            if started.elapsed() > self.options.patience {
                return Err(self.busy(&turn.channel, turn.id, started).await);
            }
            tokio::time::sleep(self.options.poll).await;
        }
    }

    /// Waits until another mover's claim is gone or dead; keeps the own one alive meanwhile.
    async fn wait_for(
        &self,
        channel: &Channel,
        other: Ulid,
        started: Instant,
        mut own: Option<(&mut Turn, &Provenance)>,
    ) -> Result<(), Error> {
        let mut seen: Option<(Digest, Instant)> = None;
        let mut pause = self.options.poll;
        loop {
            let Some(flag) = self.flag(channel, other).await? else { return Ok(()) };
            match &seen {
                Some((digest, since)) if *digest == flag => {
                    if since.elapsed() >= self.options.lease {
                        tracing::info!(%channel, claim = %other, "a mover died; its claim is removed");
                        return self.lower(channel, other, &flag).await;
                    }
                }
                _ => seen = Some((flag, Instant::now())),
            }
            if started.elapsed() > self.options.patience {
                return Err(self.busy(channel, other, started).await);
            }
            if let Some((turn, who)) = &mut own
                && turn.beat_at.elapsed() > self.options.lease / 8
            {
                turn.check("an earlier mover was done")?;
                self.beat(turn, who).await?;
            }
            tokio::time::sleep(pause).await;
            // Many may be waiting; the one whose turn it is needs the registry more than they do.
            pause = (pause * 3 / 2).min(self.options.poll * 16).min(self.options.lease / 8);
        }
    }

    /// Writes a claim.
    async fn raise(&self, channel: &Channel, id: Ulid, who: &Provenance) -> Result<Turn, Error> {
        let beat_at = Instant::now();
        let bytes = claim(channel, id, who, 0);
        let digest = self.put(&channel.claim_tag(id), bytes, Condition::None).await?;
        let (channel, lease) = (channel.clone(), self.options.lease);
        Ok(Turn { channel, id, digest, beats: 0, beat_at, lease, records: Vec::new() })
    }

    /// Writes the claim once more, so that others see that its writer lives.
    async fn beat(&self, turn: &mut Turn, who: &Provenance) -> Result<(), Error> {
        let (beat_at, beats) = (Instant::now(), turn.beats + 1);
        let bytes = claim(&turn.channel, turn.id, who, beats);
        let tag = turn.channel.claim_tag(turn.id);
        turn.digest = self.put(&tag, bytes, Condition::None).await?;
        (turn.beats, turn.beat_at) = (beats, beat_at);
        Ok(())
    }

    /// What a claim's tag holds; `None` when the claim does not stand any more.
    async fn flag(&self, channel: &Channel, id: Ulid) -> Result<Option<Digest>, Error> {
        let tag = self.tag(&channel.claim_tag(id))?;
        let found = self.registry.find(&tag).await;
        let found = found.map_err(Error::registry(format!("look up `{tag}`")))?;
        let released = registry::sha256(&released());
        Ok(found.map(|found| found.digest().clone()).filter(|digest| *digest != released))
    }

    /// Takes a claim back for good: deletes its tag, or says so in it.
    async fn lower(&self, channel: &Channel, id: Ulid, digest: &Digest) -> Result<(), Error> {
        let tag = channel.claim_tag(id);
        if self.remove(&tag, digest).await? {
            return Ok(());
        }
        self.put(&tag, released(), Condition::None).await.map(drop)
    }

    async fn busy(&self, channel: &Channel, other: Ulid, started: Instant) -> Error {
        let tag = channel.claim_tag(other);
        let holder = self.holder(&tag).await.unwrap_or_else(|| format!("the writer of `{tag}`"));
        Error::Busy { channel: channel.clone(), holder, waited: started.elapsed() }
    }

    /// Who wrote a claim, if it tells.
    async fn holder(&self, tag: &str) -> Option<String> {
        let manifest = self.registry.manifest(&self.tag(tag).ok()?).await.ok()?;
        let value: serde_json::Value = serde_json::from_slice(&manifest.bytes).ok()?;
        let annotations = value.get("annotations")?;
        ["dev.wharf.claim.actor", "dev.wharf.claim.pipeline"]
            .iter()
            .find_map(|key| annotations.get(key)?.as_str().map(str::to_owned))
    }
}

/// Whether a claim may still stand at the time of another identifier.
///
/// Where tags cannot be deleted, released claims stay for good; nobody should have to look at all of
/// them for ever. So the clocks of writers must agree within a day.
pub(crate) fn is_recent(claim: Ulid, now: Ulid) -> bool {
    const DAY: u64 = 24 * 60 * 60 * 1000;
    claim.timestamp_ms().saturating_add(DAY) >= now.timestamp_ms()
}

fn claim(channel: &Channel, id: Ulid, who: &Provenance, beat: u64) -> bytes::Bytes {
    let annotations = [
        ("dev.wharf.claim.channel", Some(channel.to_string())),
        ("dev.wharf.claim.id", Some(id.to_string())),
        ("dev.wharf.claim.beat", Some(beat.to_string())),
        ("dev.wharf.claim.actor", who.actor.clone()),
        ("dev.wharf.claim.pipeline", who.pipeline.clone()),
    ];
    let annotations = annotations.into_iter().filter_map(|(key, value)| Some((key, value?)));
    record::note(CLAIM, annotations.collect())
}

fn released() -> bytes::Bytes {
    record::note(RELEASED, BTreeMap::new())
}
