//! What a ledger says about going back. Pure.

use std::collections::BTreeSet;

use jiff::Timestamp;
use oci_spec::image::Digest;
use serde::Serialize;

use crate::{Entry, Error, Hold, Kind, Log};

/// Where to roll back to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RollbackTo {
    /// The state before this one.
    Previous,
    /// This many states back.
    Steps(usize),
    /// A bundle that the channel was at.
    Digest(Digest),
    /// A version that the channel was at.
    Version(String),
}

/// A bundle that a channel could go back to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Candidate {
    /// The bundle.
    pub digest: Digest,
    /// Its version, when the ledger knows it.
    pub version: Option<String>,
    /// Its revision, when the ledger knows it.
    pub revision: Option<String>,
    /// When its content was made.
    pub built: Option<Timestamp>,
    /// When the channel last went there.
    pub since: Timestamp,
    /// When the channel left it.
    pub until: Option<Timestamp>,
    /// The hold that refuses it, if any.
    pub hold: Option<Hold>,
}

/// Finds the bundle to roll back to.
///
/// States are counted as a person counts them: a rollback ends the states after its target, so that
/// rolling back twice goes back two states, not forth again. Held bundles are stepped over.
///
/// # Errors
///
/// [`Error::NothingToRollBackTo`].
pub fn rollback_target(log: &Log, to: &RollbackTo) -> Result<Digest, Error> {
    let nothing =
        |reason: String| Error::NothingToRollBackTo { channel: log.channel.clone(), reason };
    match to {
        RollbackTo::Previous => rollback_target(log, &RollbackTo::Steps(1)),
        RollbackTo::Steps(steps) => {
            let states = states(log);
            let earlier = states.iter().rev().skip(1).filter(|digest| hold(log, digest).is_none());
            let target = steps.checked_sub(1).and_then(|skipped| earlier.clone().nth(skipped));
            target.cloned().ok_or_else(|| {
                nothing(format!("it has {} earlier states, not {steps}", earlier.count()))
            })
        }
        RollbackTo::Digest(digest) => {
            let was_there = log.moves().any(|entry| entry.to.as_ref() == Some(digest));
            let never = || nothing(format!("it was never at `{digest}`"));
            was_there.then(|| digest.clone()).ok_or_else(never)
        }
        RollbackTo::Version(version) => {
            let found = log.moves().find(|entry| entry.version.as_ref() == Some(version));
            let found = found.and_then(|entry| entry.to.clone());
            found.ok_or_else(|| nothing(format!("it was never at version `{version}`")))
        }
    }
}

/// Every other bundle that the channel was at, the one it was at last first.
pub fn candidates(log: &Log) -> Vec<Candidate> {
    let current = log.last_move().and_then(|entry| entry.to.clone());
    let mut seen: BTreeSet<String> = current.iter().map(ToString::to_string).collect();
    let moves: Vec<&Entry> = log.moves().collect();
    let mut candidates = Vec::new();
    for (at, entry) in moves.iter().enumerate() {
        let Some(digest) = entry.to.clone() else { continue };
        if !seen.insert(digest.to_string()) {
            continue;
        }
        candidates.push(Candidate {
            version: entry.version.clone(),
            revision: entry.revision.clone(),
            built: entry.built,
            since: entry.at,
            until: at.checked_sub(1).map(|next| moves[next].at),
            hold: hold(log, &digest).cloned(),
            digest,
        });
    }
    candidates
}

/// Everything that is refused now.
pub fn holds(log: &Log) -> &[Hold] {
    log.newest().map(|entry| entry.holds.as_slice()).unwrap_or_default()
}

fn hold<'a>(log: &'a Log, digest: &Digest) -> Option<&'a Hold> {
    holds(log).iter().find(|hold| hold.digest.as_ref() == Some(digest))
}

/// The states that the channel went through and did not roll back from, oldest first.
fn states(log: &Log) -> Vec<Digest> {
    let mut states: Vec<Digest> = Vec::new();
    let moves: Vec<&Entry> = log.moves().collect();
    for entry in moves.into_iter().rev() {
        let Some(to) = &entry.to else { continue };
        if entry.kind == Kind::Rollback
            && let Some(at) = states.iter().rposition(|state| state == to)
        {
            states.truncate(at + 1);
        } else if states.last() != Some(to) {
            states.push(to.clone());
        }
    }
    states
}
