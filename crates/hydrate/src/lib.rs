//! `wharf.yaml` and a checkout become a checked tree, ready to pack.
//!
//! ```text
//!   wharf.yaml ──▶ App ─┐
//!                       ├─▶ hydrate ──▶ Hydrated { dev/…, preprod/…, prod/… }
//!   checkout, images ───┘      │
//!                       kustomize build, contract
//! ```
//!
//! One bundle holds every environment's rendered tree: what ran in preprod is, to the byte, what runs
//! in prod. Knows nothing of registries and clusters; touches the disk only to read the checkout.
//!
//! Start reading at [`hydrate`].

mod app;
mod error;
mod hydrate;

pub use app::{App, Approvals, Environment, Freeze, Gates, Retention};
pub use error::Error;
pub use hydrate::{Hydrated, MANIFESTS, Rendered, check, hydrate, render};
pub use kustomize::ImageOverride;
