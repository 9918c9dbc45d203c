//! What became true in one delivery.

use std::time::Duration;

use plan::{ChangeSet, Inventory};

/// What became true, stage by stage; also what remains true when a later stage fails.
#[derive(Debug, Clone, Default)]
pub(crate) struct Outcome {
    /// The revision that was tried; `None` when there was none to try.
    pub(crate) revision: Option<String>,
    /// The commit behind it.
    pub(crate) origin_revision: Option<String>,
    /// The digest of the built objects.
    pub(crate) build_digest: Option<String>,
    /// What is owned now; `None` when nothing was touched.
    pub(crate) inventory: Option<Inventory>,
    /// What was done to which object.
    pub(crate) changes: ChangeSet,
    /// How long it took to become healthy, where health was waited for.
    pub(crate) healthy_after: Option<Duration>,
    /// Whether health was waited for.
    pub(crate) has_health_checks: bool,
}
