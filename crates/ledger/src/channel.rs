//! The name of a channel and the tags that belong to it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use ulid::Ulid;

use crate::Error;

const MOVE: &str = ".move-";
const CLAIM: &str = ".claim-";
const HEAD: &str = ".head";

/// The longest name: a tag has 128 bytes, and `.claim-` and a ULID must fit behind it.
const LONGEST: usize = 128 - CLAIM.len() - ulid::ULID_LEN;

/// A floating tag that an environment follows: `dev`, `prod`, `pr-17`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Channel(String);

/// What one of wharf's own tags holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Slot {
    Move,
    Claim,
}

impl Channel {
    /// Reads a channel's name: a tag of at most 95 bytes that is not one of wharf's own.
    ///
    /// # Errors
    ///
    /// [`Error::BadChannel`].
    pub fn parse(text: &str) -> Result<Self, Error> {
        let bad = |reason| Err(Error::BadChannel { text: text.to_owned(), reason });
        let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        if !text.bytes().next().is_some_and(word) {
            return bad("it starts with no letter, digit or underscore");
        }
        if !text.bytes().all(|byte| word(byte) || byte == b'.' || byte == b'-') {
            return bad("it holds a character that tags do not allow");
        }
        if text.len() > LONGEST {
            return bad("it is too long");
        }
        if text.contains(MOVE) || text.contains(CLAIM) || text.ends_with(HEAD) {
            return bad("it looks like a tag of the ledger");
        }
        Ok(Self(text.to_owned()))
    }

    /// The name, which is also the tag.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a tag is one of the ledger's own: a record, a claim, or the record on top of a channel.
    pub fn is_ledger_tag(tag: &str) -> bool {
        let head = tag.strip_suffix(HEAD).is_some_and(|channel| Self::parse(channel).is_ok());
        head || Self::of_tag(tag).is_some()
    }

    /// The tag of one record.
    pub fn move_tag(&self, id: Ulid) -> String {
        format!("{}{MOVE}{id}", self.0)
    }

    /// The tag that holds the record on top, whatever the tag list shows.
    pub(crate) fn head_tag(&self) -> String {
        format!("{}{HEAD}", self.0)
    }

    /// The tag of one claim.
    pub(crate) fn claim_tag(&self, id: Ulid) -> String {
        format!("{}{CLAIM}{id}", self.0)
    }

    /// Reads one of wharf's own tags; `None` for every other tag.
    pub(crate) fn of_tag(tag: &str) -> Option<(Self, Slot, Ulid)> {
        let (slot, infix) =
            if tag.contains(MOVE) { (Slot::Move, MOVE) } else { (Slot::Claim, CLAIM) };
        let (channel, id) = tag.rsplit_once(infix)?;
        let id: Ulid = id.parse().ok().filter(|parsed: &Ulid| parsed.to_string() == id)?;
        Some((Self::parse(channel).ok()?, slot, id))
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl FromStr for Channel {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::parse(text)
    }
}

impl Serialize for Channel {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Channel {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}
