//! Packs a tree into a reproducible OCI artifact, unpacks it safely, lists its images, diffs two.
//!
//! Start reading at this page.
