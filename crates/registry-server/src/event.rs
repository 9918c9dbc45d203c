//! What happened in the registry, for whoever wants to react at once.

use oci_spec::image::{Digest, MediaType};

/// One change of a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// What happened.
    pub kind: EventKind,
    /// The repository, without host.
    pub repository: String,
    /// The tag that was written or deleted; `None` for a manifest without one.
    pub tag: Option<String>,
    /// The manifest.
    pub digest: Digest,
    /// Its media type.
    pub media_type: MediaType,
    /// Where the tag was before.
    pub previous: Option<Digest>,
}

/// What happened to a manifest or tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// A manifest was stored, or a tag now points to it.
    Pushed,
    /// A manifest or a tag is gone.
    Deleted,
}
