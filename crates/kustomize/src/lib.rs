//! `kustomize build`, natively, over any file tree.
//!
//! ```text
//! Files ──▶ loader ──▶ read ─────────▶ resources ──▶ transform ──▶ hash, references, sort
//! (Folder,    │        documents,        ▲  │        patches,               │
//!  Tree)      │        lists             │  └─ bases, names,                ▼
//!             └──▶ kustomization ──▶ accumulate    images …                 Output
//!                  fields, lines     components,
//!                                    generators
//! ```
//!
//! The judge of every byte is `kustomize` v5.8.1. Nodes are those of [`manifest::yaml`]; nothing
//! here reads the network, a cluster or the environment.
//!
//! Start reading at [`build()`].

mod accumulate;
pub mod build;
mod config;
mod crds;
mod decode;
pub mod error;
mod field_spec;
pub mod files;
mod generate;
mod go_json;
mod helm;
mod identity;
mod json_patch;
mod kustomization;
mod loader;
mod lookup;
mod merge;
mod metadata;
mod node;
pub mod options;
mod plugin;
mod read;
mod resource;
mod resources;
mod schema;
mod selector;
mod shared;
mod transform;
mod transformer;

pub use crate::build::{Output, build};
pub use crate::error::Error;
pub use crate::files::{Files, Folder, Located};
pub use crate::options::{Chart, Fetcher, Helm, ImageOverride, LoadRestrictor, Options, Reorder};
