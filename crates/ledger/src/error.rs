//! Why a channel was not moved, or its ledger not read.

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use oci_spec::image::Digest;
use registry::Retry;

use crate::{Channel, Entry, Hold, Kind};

/// What stopped an operation on a ledger.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The text cannot be a channel's name.
    #[error("`{text}` is no channel: {reason}")]
    BadChannel {
        /// What was given.
        text: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The registry did not do its part.
    #[error("cannot {doing}")]
    Registry {
        /// What was attempted.
        doing: String,
        /// What the registry or the network said.
        #[source]
        source: Box<registry::Error>,
    },
    /// The channel is not where the mover believed it to be; nothing was changed.
    #[error("`{channel}` has moved: it is {}, not {}{winner}", at(.found.as_ref()), at(.expected.as_deref()))]
    Moved {
        /// The channel.
        channel: Channel,
        /// Where the mover believed it to be.
        expected: Option<Box<Digest>>,
        /// Where it is.
        found: Option<Digest>,
        /// Who moved it there.
        winner: Winner,
    },
    /// Another tool moved the tag: the ledger does not know where it is now.
    #[error("`{channel}` was moved by another tool: it is {}, and the ledger left it {}", at(.found.as_ref()), at(.recorded.as_ref()))]
    OutOfBand {
        /// The channel.
        channel: Channel,
        /// Where the tag is.
        found: Option<Digest>,
        /// Where the ledger left it.
        recorded: Option<Digest>,
    },
    /// The tag changed between the record and the write; the record stands, the tag does not follow it.
    #[error("`{channel}` was moved by another tool while this move was under way: it is {}; the record `{tag}` is written", at(.found.as_ref()))]
    Overtaken {
        /// The channel.
        channel: Channel,
        /// Where the tag is.
        found: Option<Digest>,
        /// The tag of the record that was written.
        tag: String,
    },
    /// A hold refuses the move.
    #[error("`{channel}` is held{}", held(.hold))]
    Held {
        /// The channel.
        channel: Channel,
        /// Which hold.
        hold: Box<Hold>,
    },
    /// The bundle is older than the one that the channel is at.
    #[error("`{channel}` is at a bundle of {current}, and this one is older, of {built}")]
    Older {
        /// The channel.
        channel: Channel,
        /// When the bundle's content was made.
        built: Timestamp,
        /// When the content that the channel is at was made.
        current: Timestamp,
    },
    /// The move needs a reason.
    #[error("a {kind} needs a reason")]
    ReasonMissing {
        /// What was attempted.
        kind: Kind,
    },
    /// Neither the repository nor the ledger has the bundle.
    #[error("`{digest}` is neither in `{repository}` nor in the ledger of `{channel}`")]
    Gone {
        /// The bundle.
        digest: Digest,
        /// Where it was looked for.
        repository: String,
        /// Whose ledger was looked through.
        channel: Channel,
    },
    /// The manifest is no bundle: an index, for example.
    #[error("`{digest}` is no bundle: {reason}")]
    NotABundle {
        /// The manifest.
        digest: Digest,
        /// What it is instead.
        reason: String,
    },
    /// The channel has no earlier state of this kind.
    #[error("`{channel}` has nothing to roll back to: {reason}")]
    NothingToRollBackTo {
        /// The channel.
        channel: Channel,
        /// What was looked for.
        reason: String,
    },
    /// A version tag exists with other content; versions never move.
    #[error("version `{version}` is taken by `{found}`")]
    VersionTaken {
        /// The tag.
        version: String,
        /// What it names.
        found: Digest,
    },
    /// A record does not hold what records hold.
    #[error("the record `{tag}` cannot be read: {reason}")]
    BadRecord {
        /// The record's tag.
        tag: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Somebody else has had the turn for too long.
    #[error("`{channel}` is being moved by {holder} for {} s already", .waited.as_secs())]
    Busy {
        /// The channel.
        channel: Channel,
        /// Who has the turn.
        holder: String,
        /// How long this mover waited.
        waited: Duration,
    },
    /// This mover took so long that others may think it dead, so it stopped.
    #[error("the turn on `{channel}` ran out before {step}")]
    TurnRanOut {
        /// The channel.
        channel: Channel,
        /// What was about to be done.
        step: &'static str,
    },
    /// There is nothing to repair.
    #[error("the ledger of `{channel}` needs no repair")]
    NothingToRepair {
        /// The channel.
        channel: Channel,
    },
}

/// The move that came first, in an error's words.
#[derive(Clone, Debug, Default)]
pub struct Winner(
    /// The entry; absent when the ledger has none.
    pub Option<Box<Entry>>,
);

impl Error {
    /// When trying again makes sense.
    pub fn retry(&self) -> Retry {
        match self {
            Self::Registry { source, .. } => source.retry(),
            Self::Busy { .. } | Self::TurnRanOut { .. } => Retry::Soon,
            _ => Retry::WhenChanged,
        }
    }

    /// Wraps what the registry said.
    pub(crate) fn registry(doing: impl Into<String>) -> impl FnOnce(registry::Error) -> Self {
        move |source| Self::Registry { doing: doing.into(), source: Box::new(source) }
    }
}

impl fmt::Display for Winner {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(entry) => write!(formatter, "; {entry} came first"),
            None => Ok(()),
        }
    }
}

fn at(digest: Option<&Digest>) -> String {
    digest.map_or_else(|| "absent".to_owned(), |digest| format!("at `{digest}`"))
}

fn held(hold: &Hold) -> String {
    let digest = hold.digest.as_ref().map(|digest| format!(" against `{digest}`"));
    let actor = hold.actor.as_ref().map(|actor| format!(" by {actor}"));
    let reason = hold.reason.as_ref().map(|reason| format!(": {reason}"));
    let at = format!(" since {}", crate::gate::told(hold.at));
    [digest, actor, Some(at), reason].into_iter().flatten().collect()
}
