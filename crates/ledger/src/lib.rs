//! Channels, moves, claims, holds, gates, rollback, retention.
//!
//! A channel is a floating tag. Its ledger is a chain of records in the same repository, one record
//! per move, each an image manifest under a tag of its own that is never used again. `docs/ledger.md`
//! tells the protocol and what it can promise.
//!
//! ```text
//!   MoveRequest ─▶ claim a turn ─▶ check the head ─▶ write the record ─▶ move the tag ─▶ release
//!                  (prod.claim-…)   expect, holds,    (prod.move-…)      (prod)
//!                                   order of builds        │
//!                                                          ├─ statement: who, what, when, why, parents
//!                                                          └─ the bundle's manifest, config and content
//!                                                             as blobs: the record alone restores it
//!
//!   records + tag ─▶ Log { entries, head, state } ─▶ history: rollback target, candidates, holds
//! ```
//!
//! The crate knows registries and bundles, and nothing of Kubernetes.
//!
//! Start reading at [`Ledger`].

pub mod channel;
mod claim;
pub mod entry;
mod error;
pub mod gate;
mod graph;
pub mod history;
mod ledger;
pub mod log;
mod mark;
pub mod movement;
mod pin;
pub mod preflight;
pub mod provenance;
mod record;
pub mod repair;
pub mod retain;
pub mod set;
mod statement;
mod target;

pub use crate::channel::Channel;
pub use crate::entry::{Entry, Hold, Kind, SetMark};
pub use crate::error::{Error, Winner};
pub use crate::gate::{Gates, Situation, Unmet};
pub use crate::history::{Candidate, RollbackTo};
pub use crate::ledger::{Ledger, Options};
pub use crate::log::{Log, State};
pub use crate::mark::MarkRequest;
pub use crate::movement::{Expect, MoveRequest, Moved};
pub use crate::preflight::Readiness;
pub use crate::provenance::Provenance;
pub use crate::repair::{RepairRequest, Repaired, Way};
pub use crate::retain::{PrunePlan, PruneRequest, Retention};
pub use crate::set::{SetError, SetMember, move_set, set_progress, undo_set};
