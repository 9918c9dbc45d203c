//! The record of what was done to each object.

use std::fmt;

use manifest::ObjectId;

/// What was done to one object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// It did not exist.
    Created,
    /// It differed and was updated.
    Configured,
    /// It was as desired; nothing was sent.
    Unchanged,
    /// It was stale.
    Deleted,
    /// Its marks said to leave it alone.
    Skipped,
    /// The attempt ended without an answer.
    Unknown,
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Created => "created",
            Self::Configured => "configured",
            Self::Unchanged => "unchanged",
            Self::Deleted => "deleted",
            Self::Skipped => "skipped",
            Self::Unknown => "unknown",
        })
    }
}

/// One object and what was done to it; displays as `Deployment/shop/web configured`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The object.
    pub id: ObjectId,
    /// What was done.
    pub action: Action,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.id, self.action)
    }
}

/// The changes of one delivery, in the order they happened; displays one per line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChangeSet {
    /// The changes.
    pub changes: Vec<Change>,
}

impl ChangeSet {
    /// Appends one change.
    pub fn push(&mut self, id: ObjectId, action: Action) {
        self.changes.push(Change { id, action });
    }

    /// Keeps what altered the cluster: the part worth an event.
    #[must_use]
    pub fn effective(&self) -> Self {
        let altered =
            |action| matches!(action, Action::Created | Action::Configured | Action::Deleted);
        Self {
            changes: self.changes.iter().filter(|change| altered(change.action)).cloned().collect(),
        }
    }

    /// Tells whether nothing happened.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }
}

impl fmt::Display for ChangeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, change) in self.changes.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{change}")?;
        }
        Ok(())
    }
}

impl Extend<Change> for ChangeSet {
    fn extend<I: IntoIterator<Item = Change>>(&mut self, changes: I) {
        self.changes.extend(changes);
    }
}
