//! The embedded OCI registry of `wharf dev`, over a plain OCI layout folder.
//!
//! It speaks all of OCI Distribution 1.1, so that `crane`, `oras`, `docker` and Flux can talk to
//! it, and tells whoever subscribed about every push. It is for laptops and tests: one process,
//! one folder, no users beyond one optional login.
//!
//! ```text
//!   HTTP ──▶ route ──▶ manifests, tags, referrers ──▶ registry::Store ──▶ folder or memory
//!              │   └─▶ blobs, uploads (streamed)  ──▶        │
//!              └─ access (login, read-only)                  └──▶ Event ──▶ subscribers
//! ```
//!
//! Start reading at [`RegistryServer`].

mod access;
mod blobs;
mod event;
mod manifests;
mod page;
mod refusal;
mod route;
mod server;
mod uploads;

pub use event::{Event, EventKind};
pub use server::{Options, RegistryServer, serve};
