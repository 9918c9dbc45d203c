//! The embedded Kubernetes API of `wharf dev` and the fast tests.
//!
//! An HTTP server on loopback with the semantics of a real API server, as far as a delivery system and
//! `kubectl` can tell, and a small simulator that makes workloads become ready or fail as a kubelet would
//! report. It is for trying and for fast tests; where it differs from a real server, the real one is right.
//!
//! ```text
//!   HTTP ─▶ serve ─▶ change ─▶ defaults, check, apply ─▶ store ─▶ log ─▶ watchers
//!             │                                            │ ▲
//!             ├─▶ discovery, openapi, table                ▼ │
//!             └─▶ patch, select                       simulate, collect
//! ```
//!
//! Not here: CEL rules, admission webhooks and policies, quotas, conversion webhooks; roles bind only those
//! who impersonate.
//!
//! Start reading at [`LocalCluster::start`].

mod apply;
mod authorize;
mod change;
mod check;
mod cluster;
mod collect;
mod defaults;
mod discovery;
mod encode;
mod error;
mod event;
mod images;
mod kinds;
mod object;
mod openapi;
mod patch;
mod protobuf;
mod quantity;
mod schema;
mod select;
mod serve;
mod simulate;
mod status;
mod store;
mod table;
mod world;

pub use cluster::{Clock, LocalCluster, Options};
pub use error::Error;
pub use images::{ImageLookup, ImageState};
