//! `kustomize build`, natively, over any file tree.
//!
//! Start reading at this page.
