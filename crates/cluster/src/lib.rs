//! The only door to an API server: observe, apply, watch, patch status.
//!
//! ```text
//!   plan::Plan ──▶ apply ──▶ Applied ──▶ settle ──▶ health of each object, or the time is up
//!                    │ ▲                    ▲
//!        dry run, SSA│ │live                │ changes
//!                    ▼ │                    │
//!   API server ◀─── Cluster ◀── mapping   Watch (one per kind, shared, never polling)
//!                    │
//!                    └──▶ status, events
//! ```
//!
//! Nothing else in wharf sends a request to Kubernetes. Everything here speaks of plain JSON objects
//! ([`plan::Fields`]), so any kind works, also one whose definition was applied a moment ago.
//!
//! Start reading at [`Cluster`].

pub mod apply;
pub mod connect;
pub mod delete;
pub mod error;
pub mod event;
pub mod lease;
pub mod mapping;
pub mod observe;
pub mod request;
pub mod settle;
pub mod status;
pub mod watch;

pub use apply::{Applied, ApplyFailure, Target, apply};
pub use connect::{Cluster, Connection, configuration};
pub use error::Error;
pub use mapping::Resource;
pub use observe::observe;
/// What the objects that this crate reads amount to, for those who see clusters only through it.
pub use plan::{
    Cause, CauseKind, EventView, Evidence, Fields, Health, HealthStatus, ObjectId, cause, health,
    health_at, parse_inventory_id,
};
pub use settle::{Settled, settle};
pub use watch::{Key, Selection, Watch};
