//! One line of a channel's ledger.

use std::fmt;

use jiff::Timestamp;
use oci_spec::image::Digest;
use serde::{Deserialize, Serialize};
use ulid::Ulid;

use crate::{Channel, Provenance};

/// What a line of the ledger does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A new bundle went to the channel.
    Push,
    /// A bundle came from another channel.
    Promote,
    /// The channel went back; what it left is refused until released.
    Rollback,
    /// The ledger and the tag were brought together again.
    Repair,
    /// The channel, or one bundle for this channel, is refused to everybody without a reason of their own.
    Hold,
    /// A hold ended.
    Release,
    /// Somebody agreed to a bundle for this channel.
    Approve,
    /// Old content was deleted.
    Prune,
}

impl Kind {
    /// Whether the line moves the tag; the others leave it where it is.
    pub fn is_move(self) -> bool {
        matches!(self, Self::Push | Self::Promote | Self::Rollback | Self::Repair)
    }

    /// The word used everywhere.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Push => "push",
            Self::Promote => "promote",
            Self::Rollback => "rollback",
            Self::Repair => "repair",
            Self::Hold => "hold",
            Self::Release => "release",
            Self::Approve => "approve",
            Self::Prune => "prune",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// One line of a channel's ledger, as its record says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// Its place in time and the end of its tag.
    pub id: Ulid,
    /// The digest of its record.
    pub record: Digest,
    /// The records it was written on top of; two or more join a fork.
    pub parents: Vec<Digest>,
    /// Which channel.
    pub channel: Channel,
    /// What it does.
    pub kind: Kind,
    /// Where the channel was; absent for a new channel.
    pub from: Option<Digest>,
    /// Where the channel is since; absent only for marks on a channel that does not exist yet.
    pub to: Option<Digest>,
    /// The channel that a promotion came from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The immutable version tag of the bundle, when the mover knew it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The bundle's own revision annotation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision: Option<String>,
    /// When the bundle's content was made, from its own annotation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub built: Option<Timestamp>,
    /// When the move was made, by the mover's clock.
    pub at: Timestamp,
    /// Who and which run.
    #[serde(flatten)]
    pub provenance: Provenance,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Whether a rule was overridden on purpose.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub break_glass: bool,
    /// The bundle that a hold, release or approval is about; absent when it is the whole channel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub about: Option<Digest>,
    /// Everything that is refused after this line.
    pub holds: Vec<Hold>,
    /// The set of moves that this one is part of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub set: Option<SetMark>,
    /// What a prune deleted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub deleted: Vec<String>,
}

/// Says in every record of a set which others belong to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetMark {
    /// The set.
    pub id: Ulid,
    /// All its channels and where they go, as `host/repository:channel@digest`, sorted.
    pub members: Vec<String>,
}

/// A refusal that stands until it is released.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Hold {
    /// The bundle that is refused; absent when the whole channel is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
    /// The line that began it.
    pub since: Ulid,
    /// When that was.
    pub at: Timestamp,
    /// Who did it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl fmt::Display for Entry {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let actor = self.provenance.actor.as_deref().unwrap_or("somebody unknown");
        write!(formatter, "{} by {actor} at {}", self.kind, self.at)?;
        if let Some(reason) = &self.reason {
            write!(formatter, " ({reason})")?;
        }
        Ok(())
    }
}
