//! The rules that a move must keep. Pure.

use jiff::Timestamp;

use crate::log::State;
use crate::movement::{Head, MoveRequest};
use crate::pin::Pinned;
use crate::{Entry, Error, Hold, Kind, Winner};

/// A rollback, a hold, and every broken glass need a reason.
pub(crate) fn reason(kind: Kind, reason: Option<&str>, break_glass: bool) -> Result<(), Error> {
    let is_needed = break_glass || matches!(kind, Kind::Rollback | Kind::Repair | Kind::Hold);
    if is_needed && reason.is_none_or(|reason| reason.trim().is_empty()) {
        return Err(Error::ReasonMissing { kind });
    }
    Ok(())
}

/// The channel must be where the mover believes it to be, and where the ledger left it.
///
/// A channel that other tools filled before its first record may be taken over as it is.
pub(crate) fn expectation(request: &MoveRequest, head: &Head) -> Result<(), Error> {
    let is_foreign = matches!(head.state(), State::OutOfBand { .. }) && head.newest.is_some();
    // What is recorded has happened, even when its tag has yet to follow.
    let current = match head.unfinished() {
        Some(_) => head.recorded(),
        None => head.current.clone(),
    };
    if is_foreign && !request.break_glass {
        return Err(Error::OutOfBand {
            channel: request.channel.clone(),
            found: current,
            recorded: head.recorded(),
        });
    }
    if request.expect.holds(current.as_ref()) {
        return Ok(());
    }
    Err(Error::Moved {
        channel: request.channel.clone(),
        expected: request.expect.digest().map(Box::new),
        found: current,
        winner: Winner(head.newest.clone().map(Box::new)),
    })
}

/// Holds, and the order of builds.
pub(crate) fn rules(
    request: &MoveRequest,
    head: &Head,
    built: Option<Timestamp>,
) -> Result<(), Error> {
    if request.break_glass {
        return Ok(());
    }
    let holds = head.newest.iter().flat_map(|entry| &entry.holds);
    let mut refusing = holds.filter(|hold| match &hold.digest {
        Some(digest) => *digest == request.to,
        None => request.kind != Kind::Rollback,
    });
    if let Some(hold) = refusing.next() {
        let hold = Box::new(hold.clone());
        return Err(Error::Held { channel: request.channel.clone(), hold });
    }
    let current = head.newest.as_ref().and_then(|entry| entry.built);
    match (built, current) {
        (Some(built), Some(current))
            if built < current && !matches!(request.kind, Kind::Rollback | Kind::Repair) =>
        {
            Err(Error::Older { channel: request.channel.clone(), built, current })
        }
        _ => Ok(()),
    }
}

/// A rollback holds what it leaves; a broken glass ends the hold on what it goes to.
pub(crate) fn holds_after(entry: &mut Entry) {
    let to = entry.to.clone();
    if entry.break_glass {
        entry.holds.retain(|hold| hold.digest.is_none() || hold.digest != to);
    }
    let left = entry.from.clone().filter(|_| entry.kind == Kind::Rollback);
    if let Some(left) = left
        && entry.holds.iter().all(|hold| hold.digest.as_ref() != Some(&left))
    {
        let reason = entry.reason.clone().unwrap_or_default();
        entry.holds.push(Hold {
            digest: Some(left),
            since: entry.id,
            at: entry.at,
            actor: entry.provenance.actor.clone(),
            reason: Some(format!("rolled back: {reason}")),
        });
    }
}

/// When the bundle's content was made.
pub(crate) fn built(bundle: &Pinned) -> Option<Timestamp> {
    annotation(bundle, bundle::media::CREATED)?.parse().ok()
}

/// The bundle's revision.
pub(crate) fn revision(bundle: &Pinned) -> Option<String> {
    annotation(bundle, bundle::media::REVISION).map(str::to_owned)
}

fn annotation<'a>(bundle: &'a Pinned, key: &str) -> Option<&'a str> {
    bundle.image.annotations().as_ref()?.get(key).map(String::as_str)
}
