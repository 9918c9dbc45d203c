//! Moves blobs and manifests to and from registries and OCI layouts: login, retry, resume, mirror.
//!
//! Start reading at this page.
