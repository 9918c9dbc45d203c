//! Which objects may be deleted, and what happens when their owner is deleted.

use crate::fields::{Fields, metadata};
use crate::mark::is_kept;
use crate::normalize::{OWNER_NAME, OWNER_NAMESPACE, Owner};

/// What a Kustomization's deletion does to its objects (`spec.deletionPolicy`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum DeletionPolicy {
    /// As `spec.prune` says.
    #[default]
    MirrorPrune,
    /// They are deleted.
    Delete,
    /// They are deleted, and the Kustomization stays until they are gone.
    WaitForTermination,
    /// They stay.
    Orphan,
}

/// What to do with the objects of a deleted Kustomization.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deletion {
    /// Leave them.
    Keep,
    /// Delete them and let the Kustomization go.
    Delete,
    /// Delete them and wait, up to the timeout, until they are gone.
    DeleteAndWait,
}

/// Decides what happens to the objects of a Kustomization that is being deleted.
pub fn on_owner_deletion(policy: DeletionPolicy, prune: bool, is_suspended: bool) -> Deletion {
    match policy {
        _ if is_suspended => Deletion::Keep,
        DeletionPolicy::Orphan => Deletion::Keep,
        DeletionPolicy::MirrorPrune if !prune => Deletion::Keep,
        DeletionPolicy::MirrorPrune | DeletionPolicy::Delete => Deletion::Delete,
        DeletionPolicy::WaitForTermination => Deletion::DeleteAndWait,
    }
}

/// Tells whether a stale live object may be deleted on behalf of `owner`.
///
/// Both owner labels must still name the owner, or the object has been handed to someone else; and
/// the object must not be marked `prune: disabled` or `reconcile: disabled`.
///
/// # Source
///
/// facts/flux.md §4.6 and §4.7.
pub fn may_delete(live: &Fields, owner: &Owner) -> bool {
    metadata(live, "labels", OWNER_NAME) == Some(owner.name.as_str())
        && metadata(live, "labels", OWNER_NAMESPACE) == Some(owner.namespace.as_str())
        && !is_kept(live)
}
