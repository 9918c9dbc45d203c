//! A channel's moves and marks, as views.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::revision::{Revision, short};

/// What a line of the ledger does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MoveKind {
    /// A newly built bundle came to the channel.
    Push,
    /// The bundle of another channel came to this one.
    Promote,
    /// The channel went back to a bundle it had before.
    Rollback,
    /// The ledger was brought in line with the tag.
    Repair,
    /// The channel, or one bundle for it, is refused to automation.
    Hold,
    /// A hold ended.
    Release,
    /// Somebody agreed to a bundle for this channel.
    Approve,
    /// Old content was deleted.
    Prune,
}

impl MoveKind {
    /// Tells whether the line moves the tag; the others leave it where it is.
    pub fn is_move(self) -> bool {
        matches!(self, Self::Push | Self::Promote | Self::Rollback | Self::Repair)
    }

    /// The word for it: `push`.
    pub fn word(self) -> &'static str {
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

    /// A sign that tells it without color.
    pub fn sign(self) -> &'static str {
        match self {
            Self::Push => "●",
            Self::Promote => "▸",
            Self::Rollback => "◂",
            Self::Repair => "⟲",
            Self::Hold => "‖",
            Self::Release => "▹",
            Self::Approve => "✓",
            Self::Prune => "×",
        }
    }
}

/// One line of a channel's ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MoveView {
    /// The line's own id, a ULID.
    pub id: String,
    /// What it does.
    pub kind: MoveKind,
    /// The digest before; `None` for a channel's first move.
    pub from: Option<String>,
    /// The digest after; `None` for marks on a channel that does not exist yet.
    pub to: Option<String>,
    /// The version tag of the digest before.
    pub from_version: Option<String>,
    /// The version tag of the digest after.
    pub to_version: Option<String>,
    /// The channel that a promotion came from.
    pub source: Option<String>,
    /// Who moved it; `somebody unknown` when the record names nobody.
    pub actor: String,
    /// The pipeline run that moved it, as a link or a name.
    pub pipeline: Option<String>,
    /// The commit that the pipeline ran on.
    pub commit: Option<String>,
    /// Why; empty when no reason was given.
    #[serde(default)]
    pub reason: String,
    /// Whether a rule was overridden on purpose.
    #[serde(default)]
    pub break_glass: bool,
    /// When.
    pub at: Timestamp,
}

impl MoveView {
    /// The version after the move, or the short digest: what a person calls it.
    pub fn to_name(&self) -> &str {
        let digest = self.to.as_deref().map_or("nothing", short);
        self.to_version.as_deref().unwrap_or(digest)
    }

    /// The version before the move, or the short digest; `None` for a first move.
    pub fn from_name(&self) -> Option<&str> {
        self.from_version.as_deref().or_else(|| self.from.as_deref().map(short))
    }

    /// What was done, without who and when: `rolled back to 1.4.1`.
    pub fn deed(&self) -> String {
        let to = self.to_name();
        match (self.kind, &self.source) {
            (MoveKind::Push, _) => format!("pushed {to}"),
            (MoveKind::Promote, Some(source)) => format!("promoted {to} from {source}"),
            (MoveKind::Promote, None) => format!("promoted {to}"),
            (MoveKind::Rollback, _) => format!("rolled back to {to}"),
            (MoveKind::Repair, _) => format!("repaired the ledger at {to}"),
            (MoveKind::Hold, _) => "set a hold".to_owned(),
            (MoveKind::Release, _) => "released the hold".to_owned(),
            (MoveKind::Approve, _) => format!("approved {to}"),
            (MoveKind::Prune, _) => "deleted old content".to_owned(),
        }
    }

    /// Who did what and why, without the time: `ann promoted 1.4.2 from preprod (“release 41”)`.
    pub fn sentence(&self) -> String {
        let reason = Some(self.reason.as_str()).filter(|reason| !reason.is_empty());
        let reason = reason.map(|reason| format!(" (“{reason}”)")).unwrap_or_default();
        format!("{} {}{reason}", self.actor, self.deed())
    }

    /// The commit as a person reads it: `main@61a7bf9df9f5`.
    pub fn commit_name(&self) -> Option<String> {
        Revision::parse(self.commit.as_deref()?).map(|commit| commit.name())
    }

    /// The pipeline as a link, when it is one that a browser may follow.
    pub fn pipeline_link(&self) -> Option<&str> {
        self.pipeline
            .as_deref()
            .filter(|text| text.starts_with("https://") || text.starts_with("http://"))
    }
}

/// A mark that keeps automation off a channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoldView {
    /// The bundle that is refused; `None` when the whole channel is.
    pub digest: Option<String>,
    /// The version tag of that bundle.
    pub version: Option<String>,
    /// Who set it.
    pub actor: String,
    /// Why.
    #[serde(default)]
    pub reason: String,
    /// When.
    pub at: Timestamp,
}

impl HoldView {
    /// Tells whether no bundle at all may come to the channel.
    pub fn is_whole(&self) -> bool {
        self.digest.is_none()
    }

    /// What is held and why: `held by ann: “db migration”`, `1.4.3 is refused by ann: “no image”`.
    pub fn sentence(&self) -> String {
        let reason = Some(self.reason.as_str()).filter(|reason| !reason.is_empty());
        let reason = reason.map(|reason| format!(": “{reason}”")).unwrap_or_default();
        match (&self.version, &self.digest) {
            (Some(version), _) => format!("{version} is refused by {}{reason}", self.actor),
            (None, Some(digest)) => {
                format!("{} is refused by {}{reason}", short(digest), self.actor)
            }
            (None, None) => format!("held by {}{reason}", self.actor),
        }
    }
}

/// A tag that somebody moved without writing to the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutOfBand {
    /// The digest of the last recorded move; `None` when the ledger never knew the channel.
    pub recorded: Option<String>,
    /// The digest that the tag has; `None` when the tag is gone.
    pub actual: Option<String>,
}

impl OutOfBand {
    /// What is wrong, in one sentence.
    pub fn sentence(&self) -> String {
        let recorded = self.recorded.as_deref().map_or("nothing", short);
        match &self.actual {
            Some(actual) => {
                let actual = short(actual);
                format!("the tag was moved to {actual} outside the ledger, which has {recorded}")
            }
            None => format!("the tag was deleted outside the ledger, which has {recorded}"),
        }
    }
}

/// A channel of one repository.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChannelView {
    /// The repository without scheme.
    pub repository: String,
    /// The channel's name, a tag.
    pub name: String,
    /// The digest that the tag has now.
    pub digest: Option<String>,
    /// The version tag of that digest.
    pub version: Option<String>,
    /// The newest move; `None` when the ledger has none.
    pub last_move: Option<MoveView>,
    /// What is refused until it is released.
    pub holds: Vec<HoldView>,
    /// Set when the tag is not where the last move left it.
    pub out_of_band: Option<OutOfBand>,
    /// The digest that a move has announced and not reached: its mover is at it, or died.
    pub unfinished: Option<String>,
}

impl ChannelView {
    /// The hold on the whole channel, if there is one.
    pub fn hold(&self) -> Option<&HoldView> {
        self.holds.iter().find(|hold| hold.is_whole())
    }

    /// Everything about the channel that deserves attention, a sentence each.
    pub fn marks(&self) -> Vec<String> {
        let out_of_band = self.out_of_band.iter().map(OutOfBand::sentence);
        let unfinished =
            self.unfinished.iter().map(|to| format!("a move to {} is not finished", short(to)));
        out_of_band.chain(unfinished).chain(self.holds.iter().map(HoldView::sentence)).collect()
    }
}
