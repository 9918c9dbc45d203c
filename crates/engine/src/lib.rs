//! Reconcilers for sources, Kustomizations, receivers and events; one function per stage.
//!
//! Start reading at this page.
