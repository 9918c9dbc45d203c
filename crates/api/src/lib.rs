//! The kinds wharf serves, with their schemas, conditions, reasons and the [`Stage`].
//!
//! ```text
//!  YAML a user applies ──▶ OCIRepository ─┐                       ┌──▶ status: conditions(reason) ──▶ stage_of ──▶ Stage
//!                          Kustomization ─┼─▶ (engine fulfils) ───┤
//!                          Receiver ──────┘                       └──▶ status: artifact, inventory, history
//!  crds() ──▶ CustomResourceDefinitions that an API server stores and validates by
//! ```
//!
//! Groups, versions, field names, defaults, validation, conditions and reasons are Flux's own (v2.9),
//! so that a cluster may change over and back. Nothing here knows how a kind is fulfilled: there is no
//! client, no clock and no registry.
//!
//! Start reading at [`Stage`].

pub mod artifact;
pub mod condition;
pub mod crd;
pub mod error;
pub mod external_artifact;
pub mod interval;
pub mod inventory;
pub mod kustomization;
pub mod label;
pub mod oci_repository;
pub mod reason;
pub mod receiver;
pub mod reference;
pub mod stage;

pub use artifact::Artifact;
pub use condition::Condition;
pub use crd::crds;
pub use error::Error;
pub use external_artifact::{ExternalArtifact, ExternalArtifactSpec, ExternalArtifactStatus};
pub use interval::Interval;
pub use inventory::{Inventory, InventoryId, ResourceRef};
pub use kustomization::{Kustomization, KustomizationSpec, KustomizationStatus};
pub use oci_repository::{OCIRepository, OCIRepositorySpec, OCIRepositoryStatus};
pub use reason::{KustomizationReason, ReceiverReason, SourceReason};
pub use receiver::{Receiver, ReceiverSpec, ReceiverStatus};
pub use reference::{LocalReference, NamespacedReference};
pub use stage::{Stage, stage_of};
