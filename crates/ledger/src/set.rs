//! Several channels at once: all are prepared, then all are moved; a half-done set is seen, resumed or undone.

use jiff::Timestamp;
use serde::Serialize;
use ulid::Ulid;

use crate::claim::Turn;
use crate::movement::{Planned, guard};
use crate::target::Target;
use crate::{Channel, Entry, Error, Expect, Kind, Ledger, MoveRequest, Moved, Provenance, SetMark};

/// One move of a set.
#[derive(Clone)]
pub struct SetMember {
    /// The ledger of the repository; each member may have its own.
    pub ledger: Ledger,
    /// The move.
    pub request: MoveRequest,
}

/// Why a set did not move as a whole.
#[derive(Debug, thiserror::Error)]
#[error("cannot move `{member}`")]
pub struct SetError {
    /// The member that failed, as `host/repository:channel`.
    pub member: String,
    /// The members whose moves are recorded; empty means that nothing was changed.
    pub done: Vec<String>,
    /// Why.
    #[source]
    pub source: Error,
}

/// How far a set got.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Progress {
    /// The members whose moves are recorded.
    pub done: Vec<String>,
    /// The others.
    pub open: Vec<String>,
}

/// A wish to take a half-done set back.
#[derive(Clone, Debug)]
pub struct UndoRequest {
    /// The set.
    pub id: Ulid,
    /// Who and which run.
    pub provenance: Provenance,
    /// Why.
    pub reason: String,
    /// Now.
    pub at: Timestamp,
}

impl SetMember {
    fn name(&self) -> String {
        name(&self.ledger, &self.request.channel)
    }
}

/// Moves several channels, in one repository or many, all or none.
///
/// Takes the turn on every channel in one order, checks every move, and only then writes the first
/// record. Every record names the whole set, so whoever reads one knows whether the others are missing.
/// Called again with the same `id`, what is done already is left as it is, and the rest is done.
///
/// # Errors
///
/// [`SetError`] names the member; with `done` empty nothing was changed, otherwise call again to resume,
/// or [`undo_set`].
pub async fn move_set(id: Ulid, members: &[SetMember]) -> Result<Vec<Moved>, SetError> {
    let mut order: Vec<&SetMember> = members.iter().collect();
    order.sort_by_key(|member| member.name());
    let goal = |member: &&SetMember| format!("{}@{}", member.name(), member.request.to);
    let mark = SetMark { id, members: order.iter().map(goal).collect() };
    let mut targets = Vec::new();
    for member in &order {
        let target = Box::pin(prepare(member)).await;
        targets.push(target.map_err(|source| failed(member, &[], source))?);
    }
    let mut turns = Box::pin(take_all(&order)).await?;
    let result = Box::pin(move_all(&order, &targets, &mut turns, &mark)).await;
    give_back(&order, turns).await;
    result
}

/// Tells how far a set got, from the ledgers of its channels.
///
/// # Errors
///
/// [`Error::Registry`].
pub async fn set_progress(id: Ulid, members: &[SetMember]) -> Result<Progress, Error> {
    let mut progress = Progress::default();
    for member in members {
        let is_done = done(member, id).await?.is_some();
        let list = if is_done { &mut progress.done } else { &mut progress.open };
        list.push(member.name());
    }
    Ok(progress)
}

/// Moves every member that is done back to where it was, one repair each.
///
/// # Errors
///
/// [`SetError`]; a channel that has moved on since is not touched but refused with who moved it.
pub async fn undo_set(
    request: &UndoRequest,
    members: &[SetMember],
) -> Result<Vec<Moved>, SetError> {
    let mut undone = Vec::new();
    for member in members {
        let fail = |source| failed(member, &[], source);
        let Some(entry) = done(member, request.id).await.map_err(fail)? else { continue };
        let Some(back) = entry.from.clone() else {
            let (channel, reason) = (entry.channel, "the set made it".to_owned());
            return Err(fail(Error::NothingToRollBackTo { channel, reason }));
        };
        let wish = MoveRequest {
            to: back,
            expect: entry.to.map_or(Expect::Absent, Expect::At),
            kind: Kind::Repair,
            source: None,
            version: None,
            provenance: request.provenance.clone(),
            reason: Some(request.reason.clone()),
            at: request.at,
            id: member.request.id.increment().unwrap_or(member.request.id),
            ..member.request.clone()
        };
        undone.push(Box::pin(member.ledger.move_channel(&wish)).await.map_err(fail)?);
    }
    Ok(undone)
}

/// The record that a set left on a member's channel.
async fn done(member: &SetMember, id: Ulid) -> Result<Option<Entry>, Error> {
    let log = Box::pin(member.ledger.log(&member.request.channel)).await?;
    let is_of_set = |entry: &Entry| entry.set.as_ref().is_some_and(|mark| mark.id == id);
    Ok(log.entries.into_iter().find(is_of_set))
}

async fn prepare(member: &SetMember) -> Result<Target, Error> {
    let (ledger, request) = (&member.ledger, &member.request);
    guard::reason(request.kind, request.reason.as_deref(), request.break_glass)?;
    let target = Box::pin(ledger.target(&request.channel, &request.to)).await?;
    ledger.push_manifests(&target.pinned).await?;
    Ok(target)
}

/// Takes every turn; all writers of sets take them in the same order, so that none waits for another in a ring.
async fn take_all(order: &[&SetMember]) -> Result<Vec<Turn>, SetError> {
    let mut turns: Vec<Turn> = Vec::new();
    for member in order {
        let (channel, who) = (&member.request.channel, &member.request.provenance);
        let turn = member.ledger.take_turn(channel, member.request.id, who, None).await;
        let result = match turn {
            Ok(turn) => keep_all(order, &mut turns).await.map(|()| turns.push(turn)),
            Err(error) => Err(error),
        };
        if let Err(source) = result {
            give_back(order, turns).await;
            return Err(failed(member, &[], source));
        }
    }
    Ok(turns)
}

async fn keep_all(order: &[&SetMember], turns: &mut [Turn]) -> Result<(), Error> {
    for (turn, member) in turns.iter_mut().zip(order) {
        member.ledger.keep(turn, &member.request.provenance).await?;
    }
    Ok(())
}

async fn give_back(order: &[&SetMember], turns: Vec<Turn>) {
    for (turn, member) in turns.into_iter().zip(order) {
        member.ledger.release(turn).await;
    }
}

async fn move_all(
    order: &[&SetMember],
    targets: &[Target],
    turns: &mut [Turn],
    mark: &SetMark,
) -> Result<Vec<Moved>, SetError> {
    let mut planned: Vec<Planned> = Vec::new();
    for ((member, target), turn) in order.iter().zip(targets).zip(turns.iter()) {
        let plan = member.ledger.plan_move(turn, &member.request, target, Some(mark));
        planned.push(Box::pin(plan).await.map_err(|source| failed(member, &[], source))?);
    }
    keep_all(order, turns).await.map_err(|source| failed(order[0], &[], source))?;
    let mut done = Vec::new();
    for (at, member) in order.iter().enumerate() {
        let written = member.ledger.write_planned(&turns[at], &mut planned[at], &targets[at]).await;
        written.map_err(|source| failed(member, &done, source))?;
        done.push(member.name());
    }
    for (at, member) in order.iter().enumerate() {
        let followed = member.ledger.follow_planned(&turns[at], &planned[at], &targets[at]).await;
        followed.map_err(|source| failed(member, &done, source))?;
    }
    let moved = planned.into_iter().zip(targets);
    Ok(moved.map(|(planned, target)| planned.into_moved(target)).collect())
}

fn name(ledger: &Ledger, channel: &Channel) -> String {
    format!("{}:{channel}", ledger.repository().name())
}

fn failed(member: &SetMember, done: &[String], source: Error) -> SetError {
    SetError { member: member.name(), done: done.to_vec(), source }
}
