//! Moves blobs and manifests to and from registries and OCI layouts: login, retry, resume, mirror.
//!
//! The crate does not know what the bytes mean. It knows where they are, who may read them, and
//! that what arrived is what was asked for: every read is checked against its digest.
//!
//! ```text
//!   Reference ──▶ Registry ──▶ transport ── scheme, redirects, retry ──▶ a registry over HTTP
//!                    │             └─ auth ── challenge, tokens ◀── Keychain ◀── docker config,
//!                    │                                                           helpers, Secrets
//!                    ├─ resolve, pull, tags, referrers  (digest verified, size limited)
//!                    └─ push, upload, mount, tag, delete
//!
//!   layout::Store ── the same content as a folder (oci-layout, index.json, blobs/) or in memory
//! ```
//!
//! Start reading at [`Registry`].

mod auth;
mod backoff;
mod body;
mod call;
mod delete;
mod digest;
mod error;
pub mod keychain;
pub mod layout;
mod manifest;
mod pull;
mod push;
mod redirect;
mod reference;
mod referrers;
mod registry;
mod settings;
mod source;
mod tags;
mod transport;
mod upload;

pub use digest::{Hasher, sha256, verify};
pub use error::{Answer, Error, RequestLine, Retry, TagMoved};
pub use keychain::{Credential, Keychain};
pub use layout::Store;

pub use manifest::{AnyManifest, MANIFEST_LIMIT, Manifest};

pub use pull::BlobStream;
pub use push::{CONDITIONS, Condition, Pushed};
pub use reference::{Pinned, Reference};
pub use registry::Registry;
pub use settings::{PlainHttp, Proxy, RetryPolicy, Settings, Timeouts, Tls};
pub use source::BlobSource;
