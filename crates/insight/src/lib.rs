//! Joins registry, ledger and cluster into answers: explain, status, trace, log.
//!
//! ```text
//!  API server: sources, Kustomizations, events ─┐
//!  their workloads, pods, claims (when asked) ──┼─▶ World / Scene ─▶ pure joins ─▶ views ─▶ CLI (text, JSON)
//!  registry: channels, moves, holds, versions ──┘     (plain data)                        └▶ console, /api/v1
//! ```
//!
//! Only Flux's own kinds, conditions and events are read, so every answer is the same whether the
//! reconciler is wharf's engine or Flux. A view is a plain struct that serialises as it stands and
//! carries its own sentences and table rows: the command line and the dashboard say the same words.
//! Secrets are never fetched; addresses lose their credentials before they reach a view.
//!
//! Start reading at [`Insight`].

pub mod age;
pub mod channel;
pub mod delivery;
pub mod error;
pub mod explain;
mod fields;
pub mod happening;
mod hint;
pub mod history;
pub mod observe;
pub mod rail;
mod redact;
pub mod resource;
pub mod revision;
pub mod source;
pub mod status;
pub mod table;
pub mod trace;
pub mod world;

pub use api::Stage;
pub use cluster::ObjectId;

pub use crate::age::{Duration, age};
pub use crate::channel::{ChannelView, HoldView, MoveKind, MoveView, OutOfBand};
pub use crate::delivery::{DeliveryView, State};
pub use crate::error::Error;
pub use crate::explain::{BundleName, CauseView, ExplainView, ObjectHealth, explain};
pub use crate::happening::{EventFilter, EventView, EventsView, events};
pub use crate::hint::Hint;
pub use crate::history::{LogView, log};
pub use crate::observe::{Insight, Recording};
pub use crate::rail::{StageState, StageView};
pub use crate::resource::{ResourceView, ResourcesView, kustomizations, sources};
pub use crate::revision::Revision;
pub use crate::source::SourceView;
pub use crate::status::{
    AppDetailView, AppView, EnvironmentView, HistoryLine, StatusView, app_detail, status,
};
pub use crate::table::Table;
pub use crate::trace::{TraceView, trace};
pub use crate::world::{Channel, Ledger, Scene, Target, World};
