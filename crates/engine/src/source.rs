//! The Source stage: from an OCIRepository to bytes of a known digest.
//!
//! ```text
//!   spec ──▶ client ──▶ pin ──▶ Pinned ──▶ (verify) ──▶ fetch ──▶ Fetched ──▶ unpack ──▶ Bundle
//! ```

mod client;
mod fetch;
mod pin;
mod unpack;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use manifest::Tree;
use trust::Verified;

use crate::cache::Cache;
use crate::queue::Key;
use crate::settings::Settings;

pub(crate) use client::{Clients, client, data, secret};
pub(crate) use fetch::{Fetched, fetch};
pub(crate) use pin::{Revision, pin};
pub(crate) use unpack::unpack;

/// What a Kustomization builds from: the files of one revision of one source.
#[derive(Debug, Clone)]
pub(crate) struct Bundle {
    /// `<tag>@sha256:…` or `sha256:…`.
    pub revision: String,
    /// The commit it came from, as the manifest's annotation says.
    pub origin_revision: Option<String>,
    /// Annotations of the manifest.
    pub metadata: BTreeMap<String, String>,
    /// The files, and the archive in which others may fetch them.
    pub content: Arc<Content>,
}

/// Files, and the same files as an archive.
#[derive(Debug)]
pub(crate) struct Content {
    /// The files after the ignore rules.
    pub tree: Tree,
    /// A gzipped tar of them, or the layer itself when it was to be copied.
    pub archive: Bytes,
    /// The digest of `archive`.
    pub digest: String,
}

/// Everything that sources share: clients, blobs, unpacked content, and what each source holds now.
pub(crate) struct Sources {
    pub(crate) clients: Clients,
    pub(crate) blobs: Cache<Bytes>,
    pub(crate) contents: Cache<Arc<Content>>,
    held: Mutex<BTreeMap<Key, Arc<Verified<Bundle>>>>,
}

impl Sources {
    pub(crate) fn new(settings: &Settings) -> Result<Self, registry::Error> {
        Ok(Self {
            clients: Clients::new(settings.registry.clone())?,
            blobs: Cache::new(settings.cache_bytes / 4),
            contents: Cache::new(settings.cache_bytes),
            held: Mutex::default(),
        })
    }

    /// What a source holds now.
    pub(crate) fn held(&self, source: &Key) -> Option<Arc<Verified<Bundle>>> {
        self.held.lock().expect("no holder of this lock panics").get(source).cloned()
    }

    /// Replaces what a source holds.
    pub(crate) fn hold(&self, source: Key, bundle: Arc<Verified<Bundle>>) {
        self.held.lock().expect("no holder of this lock panics").insert(source, bundle);
    }

    /// Forgets what a source holds.
    pub(crate) fn release(&self, source: &Key) {
        self.held.lock().expect("no holder of this lock panics").remove(source);
    }
}
