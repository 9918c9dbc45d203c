//! The engine against a Kubernetes API and a registry, both over HTTP.
//!
//! Runs on the embedded API server, and unchanged on a real one when `WHARF_TEST_KUBECONFIG` names a
//! kubeconfig. Every test has a namespace and an engine of its own.

#![expect(clippy::unwrap_used, clippy::panic, reason = "in a test a failure is a panic")]

mod deletion;
mod delivery;
mod drift;
mod lease;
mod requests;
mod rollout;
mod source;
mod support;
mod tenancy;
mod webhook;
