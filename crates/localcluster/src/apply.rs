//! Server-side apply: who owns which field, and what happens when two want the same.
//!
//! # Source
//!
//! Kubernetes, "Server-Side Apply", and the behavior of `sigs.k8s.io/structured-merge-diff`.

pub(crate) mod compare;
pub(crate) mod fields;
pub(crate) mod managers;
mod merge;
mod remove;
pub(crate) mod update;

pub(crate) use managers::Managers;
