//! Desired and observed objects become ordered waves, drift, prune and health; no clock, no network.
//!
//! ```text
//!  desired objects ─▶ normalise ─▶ plan ─▶ waves ─▶ judge ─▶ dry run* ─▶ compare ─▶ apply*  ─▶ health
//!                     (owner,      │       CRDs,    skip?    (* by       drift:     changes
//!                      defaults)   │       classes,          `cluster`)  fields
//!  old inventory ──────────────────┴▶ stale ─▶ guard ─▶ delete*          that differ
//!
//!  failing workload + its pods + events ─▶ cause: the first thing that went wrong
//! ```
//!
//! Everything here is a function of its arguments. Live objects are plain JSON ([`Fields`]), so the
//! crate knows no client; `cluster` fetches and writes what these functions decide.
//!
//! Start reading at [`plan`].

mod cause;
mod change;
mod drift;
mod error;
mod event;
mod fields;
mod health;
mod ignore;
mod inventory;
mod mark;
mod normalize;
mod order;
mod plan;
mod prune;
mod takeover;

pub use crate::cause::{Cause, CauseKind, Evidence, cause};
pub use crate::change::{Action, Change, ChangeSet};
pub use crate::drift::{Drift, FieldChange, compare};
pub use crate::error::Error;
pub use crate::event::EventView;
pub use crate::fields::{Fields, id_of};
pub use crate::health::{Health, HealthStatus, health, health_at};
pub use crate::ignore::{IgnoreRule, Selector, respect_ignored};
pub use crate::inventory::{Inventory, inventory_id, parse_inventory_id};
pub use crate::mark::{ApplyMode, Judgement, Skip, is_forced, judge, keeps_foreign_managers};
pub use crate::normalize::{CommonMetadata, OWNER_NAME, OWNER_NAMESPACE, Owner, normalize};
pub use crate::order::{Wave, WaveKind, delete_order, sort, waves};
pub use crate::plan::{Plan, Request, plan};
pub use crate::prune::{Deletion, DeletionPolicy, may_delete, on_owner_deletion};
pub use crate::takeover::{is_immutable_refusal, takeover};
/// The objects that plans are made of.
pub use manifest::{Object, ObjectId};
