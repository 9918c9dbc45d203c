//! Reconcilers for sources, Kustomizations and receivers; one function per stage.
//!
//! ```text
//!   registry ──▶ OCIRepository: pin ─▶ verify ─▶ fetch ─▶ unpack ──▶ Verified<Bundle>
//!                                                                        │
//!   webhook ──▶ Receiver ──▶ requestedAt      Kustomization: content ◀───┘
//!                                                │
//!                                 build ─▶ plan ─▶ apply ─▶ rollout ──▶ Outcome ──▶ status, events
//!                                                    ▲
//!   watches ──▶ trigger, drift ──▶ Queue ──▶ visits ─┘
//! ```
//!
//! Each visit starts from what is there, never from why it was called. Nothing that is not
//! [`trust::Verified`] can be built from, so nothing unverified can be applied.
//!
//! Start reading at [`Engine`].

mod apply;
mod build;
mod cache;
mod content;
mod context;
mod drift;
mod engine;
mod error;
mod foreign;
mod glob;
mod human_time;
mod ignore;
mod kustomization;
mod metrics;
mod next_visit;
mod object;
mod oci_repository;
mod queue;
mod receiver;
mod rollout;
pub mod semver;
mod serve;
mod settings;
mod source;
mod substitute;
mod trigger;
mod verify;
mod webhook;

pub use engine::{Engine, StartError, install_crds};
pub use error::Error;
pub use settings::Settings;
