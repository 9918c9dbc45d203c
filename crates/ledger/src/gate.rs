//! The conditions that a promotion must meet. Pure: everything that counts is given.

mod window;

use std::collections::BTreeSet;
use std::fmt;

use jiff::{SignedDuration, Timestamp};
use oci_spec::image::Digest;
use serde::Serialize;

use crate::{Channel, Entry, Kind, Log};

pub use window::{Freeze, Window, WindowError};

/// What a channel asks of a bundle before it may come.
#[derive(Clone, Debug, Default)]
pub struct Gates {
    /// The channel that the bundle must have been on.
    pub after: Option<Channel>,
    /// How long it must have been there.
    pub soak: Option<SignedDuration>,
    /// Whether the channel before must be healthy.
    pub healthy: bool,
    /// Who must have agreed.
    pub approvals: Option<Approvals>,
    /// Whether the bundle must carry a signature that was verified.
    pub signed: bool,
    /// The checks whose verdicts must be there.
    pub verdicts: Vec<String>,
    /// When moves are allowed; always, when there are none.
    pub windows: Vec<Window>,
    /// When moves are not allowed.
    pub freezes: Vec<Freeze>,
}

/// How many people, of which.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approvals {
    /// How many different people.
    pub count: usize,
    /// Whose names count, with `*` for any text; everybody's, when there are none.
    pub from: Vec<String>,
}

/// What is known when a promotion is wished.
#[derive(Clone, Copy, Debug)]
pub struct Situation<'a> {
    /// The bundle.
    pub bundle: &'a Digest,
    /// The ledger of the channel that it shall go to.
    pub channel: &'a Log,
    /// The ledger of the channel before.
    pub upstream: Option<&'a Log>,
    /// Whether the environment of the channel before is healthy with this bundle; `None` when nobody could tell.
    pub is_healthy: Option<bool>,
    /// Whether a signature was verified.
    pub is_signed: bool,
    /// The checks that have a passing verdict on this bundle.
    pub verdicts: &'a BTreeSet<String>,
    /// Now.
    pub now: Timestamp,
}

/// One condition that is not met.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase", tag = "gate")]
pub enum Unmet {
    /// The bundle was never on the channel before.
    NotBefore {
        /// The channel before.
        after: Channel,
    },
    /// The channel before rolled it back or holds it.
    RefusedBefore {
        /// The channel before.
        after: Channel,
        /// Why.
        reason: String,
    },
    /// It has not been there long enough.
    Soaking {
        /// The channel before.
        after: Channel,
        /// When it will have been, if it stays; absent when it left too early.
        until: Option<Timestamp>,
    },
    /// The environment before is not healthy.
    Unhealthy,
    /// Nobody could tell whether the environment before is healthy.
    HealthUnknown,
    /// Too few people agreed.
    Approvals {
        /// How many are needed.
        needed: usize,
        /// Who agreed and counts.
        given: Vec<String>,
    },
    /// No signature was verified.
    Unsigned,
    /// A check has no passing verdict.
    Verdict {
        /// The check.
        check: String,
    },
    /// It is not the time for moves.
    OutsideWindows {
        /// When the next window opens, within two weeks.
        opens: Option<Timestamp>,
    },
    /// Moves are frozen.
    Frozen {
        /// Until when.
        until: Timestamp,
        /// Why.
        reason: String,
    },
}

/// Every condition that is not met, all at once; none means that the promotion may go ahead.
pub fn unmet(gates: &Gates, situation: &Situation<'_>) -> Vec<Unmet> {
    let mut unmet = Vec::new();
    if let Some(after) = &gates.after {
        unmet.extend(upstream(after, gates.soak, situation));
    }
    if gates.healthy {
        match situation.is_healthy {
            Some(true) => {}
            Some(false) => unmet.push(Unmet::Unhealthy),
            None => unmet.push(Unmet::HealthUnknown),
        }
    }
    if let Some(needed) = &gates.approvals {
        let given = approved_by(situation.channel, situation.bundle, needed);
        if given.len() < needed.count {
            unmet.push(Unmet::Approvals { needed: needed.count, given });
        }
    }
    if gates.signed && !situation.is_signed {
        unmet.push(Unmet::Unsigned);
    }
    let missing = gates.verdicts.iter().filter(|check| !situation.verdicts.contains(*check));
    unmet.extend(missing.map(|check| Unmet::Verdict { check: check.clone() }));
    let now = situation.now;
    if !gates.windows.is_empty() && !gates.windows.iter().any(|window| window.is_open(now)) {
        let opens = gates.windows.iter().filter_map(|window| window.next_opening(now)).min();
        unmet.push(Unmet::OutsideWindows { opens });
    }
    for freeze in gates.freezes.iter().filter(|freeze| freeze.holds(now)) {
        unmet.push(Unmet::Frozen { until: freeze.until, reason: freeze.reason.clone() });
    }
    unmet
}

fn upstream(
    after: &Channel,
    soak: Option<SignedDuration>,
    situation: &Situation<'_>,
) -> Option<Unmet> {
    let after = after.clone();
    let Some(log) = situation.upstream else { return Some(Unmet::NotBefore { after }) };
    let moves: Vec<&Entry> = log.moves().collect();
    let came = moves.iter().position(|entry| entry.to.as_ref() == Some(situation.bundle));
    let Some(came) = came else { return Some(Unmet::NotBefore { after }) };
    let holds = log.newest().map(|entry| entry.holds.as_slice()).unwrap_or_default();
    if let Some(hold) = holds.iter().find(|hold| hold.digest.as_ref() == Some(situation.bundle)) {
        let reason = hold.reason.clone().unwrap_or_default();
        return Some(Unmet::RefusedBefore { after, reason });
    }
    let soaked = moves[came].at.checked_add(soak?).ok()?;
    let left = came.checked_sub(1).map(|next| moves[next].at);
    match left {
        Some(left) if left < soaked => Some(Unmet::Soaking { after, until: None }),
        None if situation.now < soaked => Some(Unmet::Soaking { after, until: Some(soaked) }),
        _ => None,
    }
}

/// Who agreed to a bundle since it was last rolled back, sorted, each once.
pub fn approved_by(log: &Log, bundle: &Digest, wanted: &Approvals) -> Vec<String> {
    let is_rollback =
        |entry: &&Entry| entry.kind == Kind::Rollback && entry.from.as_ref() == Some(bundle);
    let approvals = log
        .entries
        .iter()
        .take_while(|entry| !is_rollback(entry))
        .filter(|entry| entry.kind == Kind::Approve && entry.about.as_ref() == Some(bundle));
    let counts = |actor: &&String| {
        wanted.from.is_empty() || wanted.from.iter().any(|pattern| matches(pattern, actor))
    };
    let actors = approvals.filter_map(|entry| entry.provenance.actor.as_ref()).filter(counts);
    actors.cloned().collect::<BTreeSet<String>>().into_iter().collect()
}

/// Whether a text matches a pattern in which `*` stands for any text; letters' case does not count.
pub(crate) fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.to_lowercase(), text.to_lowercase());
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else {
        return false;
    };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

impl fmt::Display for Unmet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotBefore { after } => write!(f, "the bundle was never on `{after}`"),
            Self::RefusedBefore { after, reason } => {
                write!(f, "`{after}` refuses the bundle: {reason}")
            }
            Self::Soaking { after, until: Some(until) } => {
                write!(f, "the bundle must stay on `{after}` until {}", told(*until))
            }
            Self::Soaking { after, until: None } => {
                write!(f, "the bundle was not on `{after}` for long enough")
            }
            Self::Unhealthy => f.write_str("the environment before is not healthy"),
            Self::HealthUnknown => {
                f.write_str("nobody could tell whether the environment before is healthy")
            }
            Self::Approvals { needed, given } if given.is_empty() => {
                write!(f, "{needed} approvals are needed, none is given")
            }
            Self::Approvals { needed, given } => {
                let names = given.join(", ");
                write!(f, "{needed} approvals are needed, {} given (by {names})", given.len())
            }
            Self::Unsigned => f.write_str("the bundle carries no signature that is trusted"),
            Self::Verdict { check } => write!(f, "the check `{check}` has no passing verdict"),
            Self::OutsideWindows { opens: Some(opens) } => {
                write!(f, "moves are allowed again from {}", told(*opens))
            }
            Self::OutsideWindows { opens: None } => f.write_str("moves are not allowed now"),
            Self::Frozen { until, reason } => {
                write!(f, "moves are frozen until {}: {reason}", told(*until))
            }
        }
    }
}

/// A time as people read it, to the second.
pub(crate) fn told(at: Timestamp) -> impl fmt::Display {
    at.strftime("%Y-%m-%d %H:%M:%S UTC")
}

#[cfg(test)]
mod tests;
