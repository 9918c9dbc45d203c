//! The embedded Kubernetes API of `wharf dev` and the fast tests.
//!
//! Start reading at this page.
