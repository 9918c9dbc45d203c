//! The embedded OCI registry of `wharf dev`, over a plain OCI layout folder.
//!
//! Start reading at this page.
