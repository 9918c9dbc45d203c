//! Content kept on this machine: an OCI image layout folder, or the same in memory.
//!
//! ```text
//!   folder/
//!     oci-layout               {"imageLayoutVersion":"1.0.0"}
//!     index.json               every manifest, with `repository:tag` as its ref.name
//!     blobs/sha256/<hex>       contents, manifests among them
//!     .uploads/                blobs that are being written
//!     .index.journal           the latest changes of a large index, until it is written again
//! ```
//!
//! Several repositories share one folder and its blobs. In a layout that another tool wrote the
//! names are plain tags; they are in the repository with the empty name.

mod blobs;
mod index;
mod journal;

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use bytes::Bytes;
use oci_spec::image::{Descriptor, Digest};

pub use blobs::{Blob, Writer};

use crate::registry::lock;
use crate::{Condition, Error, MANIFEST_LIMIT, Manifest, sha256};
use blobs::Blobs;
use index::Index;
use journal::{Change, Journal};

/// Up to this many manifests and tags the index is written on every change.
const SMALL: usize = 256;

/// Blobs, manifests and tags of any number of repositories, in a folder or in memory.
///
/// Every write is atomic: a crash leaves the state before or after it. Reads of whole blobs are
/// checked against the digest. One process at a time may write a folder. Other tools see the latest
/// changes of a large folder once the store was dropped or opened again.
#[derive(Debug)]
pub struct Store {
    blobs: Blobs,
    state: Mutex<State>,
    folder: Option<PathBuf>,
}

#[derive(Debug, Default)]
struct State {
    index: Index,
    journal: Option<Journal>,
}

/// What became of a manifest that was to be stored under a condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Placed {
    /// It is stored, and the tag, if one was given, points to it.
    Stored,
    /// The tag was elsewhere, and nothing was changed.
    Moved {
        /// Where the tag is; `None` when it does not exist.
        found: Option<Digest>,
    },
}

impl Store {
    /// An empty store in memory.
    pub fn memory() -> Self {
        Self { blobs: Blobs::memory(), state: Mutex::default(), folder: None }
    }

    /// Opens a layout folder, or makes one where there is nothing or an empty folder.
    ///
    /// # Errors
    ///
    /// [`Error::BadLayout`] when the folder holds something else or its index does not parse,
    /// [`Error::Folder`] when the file system refuses.
    ///
    /// # Source
    ///
    /// OCI Image Spec 1.1, "Image Layout Specification".
    pub fn open(folder: &Path) -> Result<Self, Error> {
        let blobs = Blobs::folder(folder)?;
        let mut index = Index::load(folder, &blobs)?;
        let mut journal = Journal::of(folder);
        let changes = journal.replay()?;
        let has_changed = !changes.is_empty();
        for change in changes {
            index.redo(change, &blobs);
        }
        if has_changed {
            index.save(folder)?;
        }
        journal.clear()?;
        let state = Mutex::new(State { index, journal: Some(journal) });
        Ok(Self { blobs, state, folder: Some(folder.to_owned()) })
    }

    /// The folder; `None` for a store in memory.
    pub fn folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    /// The size of a blob, or `None` when it is not here.
    ///
    /// # Errors
    ///
    /// [`Error::Folder`] when the file system refuses.
    pub fn blob_size(&self, digest: &Digest) -> Result<Option<u64>, Error> {
        self.blobs.size(digest)
    }

    /// Reads a blob of at most `most` bytes and checks its digest.
    ///
    /// # Errors
    ///
    /// [`Error::Missing`], [`Error::TooLarge`], [`Error::DigestMismatch`] when it was damaged.
    pub fn blob(&self, digest: &Digest, most: u64) -> Result<Bytes, Error> {
        self.blobs.read(digest, most)
    }

    /// Opens a blob for reading in pieces from any place; the digest is the reader's to check.
    ///
    /// # Errors
    ///
    /// [`Error::Missing`], or [`Error::Folder`].
    pub fn open_blob(&self, digest: &Digest) -> Result<Blob, Error> {
        self.blobs.open(digest)
    }

    /// Stores a blob.
    ///
    /// # Errors
    ///
    /// [`Error::Folder`] when the file system refuses.
    pub fn write_blob(&self, bytes: &Bytes) -> Result<Digest, Error> {
        let digest = sha256(bytes);
        self.blobs.write(&digest, bytes)?;
        Ok(digest)
    }

    /// Starts a blob that is written piece by piece and appears only when it is finished.
    ///
    /// # Errors
    ///
    /// [`Error::Folder`] when the file system refuses.
    pub fn writer(&self) -> Result<Writer, Error> {
        self.blobs.writer()
    }

    /// Deletes a blob; returns whether it was there.
    ///
    /// # Errors
    ///
    /// [`Error::Folder`] when the file system refuses.
    pub fn delete_blob(&self, digest: &Digest) -> Result<bool, Error> {
        self.blobs.delete(digest)
    }

    /// Stores a manifest in a repository, under a tag if one is given, if `condition` holds.
    ///
    /// What the manifest names need not be there.
    ///
    /// # Errors
    ///
    /// [`Error::TooLarge`] above [`MANIFEST_LIMIT`], [`Error::DigestMismatch`] when the digest is not
    /// that of the bytes, [`Error::Folder`] when the file system refuses.
    pub fn put_manifest(
        &self,
        repository: &str,
        manifest: &Manifest,
        tag: Option<&str>,
        condition: Condition<'_>,
    ) -> Result<Placed, Error> {
        let what = || format!("manifest {repository}@{}", manifest.digest);
        if manifest.bytes.len() as u64 > MANIFEST_LIMIT {
            return Err(Error::TooLarge { what: what(), limit: MANIFEST_LIMIT });
        }
        crate::verify(&what(), &manifest.bytes, &manifest.digest)?;
        self.blobs.write(&manifest.digest, &manifest.bytes)?;
        let mut state = lock(&self.state);
        let found = tag.and_then(|tag| state.index.tag(repository, tag));
        if tag.is_some() && !condition.holds(found.as_ref()) {
            return Ok(Placed::Moved { found });
        }
        state.index.put(repository, manifest, tag);
        let repository = repository.to_owned();
        let tag = tag.map(str::to_owned);
        self.save(
            &mut state,
            &Change::Put { repository, descriptor: Box::new(manifest.descriptor()), tag },
        )?;
        Ok(Placed::Stored)
    }

    /// Reads the manifest that a tag or a digest of a repository names.
    ///
    /// # Errors
    ///
    /// [`Error::Missing`], or [`Error::DigestMismatch`] when it was damaged.
    pub fn manifest(&self, repository: &str, selector: &str) -> Result<Manifest, Error> {
        let found = lock(&self.state).index.find(repository, selector);
        let descriptor = found
            .ok_or_else(|| Error::Missing { what: format!("manifest {repository} {selector}") })?;
        let digest = descriptor.digest().clone();
        let bytes = self.blob(&digest, MANIFEST_LIMIT)?;
        Ok(Manifest { bytes, media_type: descriptor.media_type().clone(), digest })
    }

    /// What a tag or a digest of a repository names, without reading it.
    pub fn resolve(&self, repository: &str, selector: &str) -> Option<Descriptor> {
        lock(&self.state).index.find(repository, selector)
    }

    /// The tags of a repository in order, or `None` when there is no such repository.
    pub fn tags(&self, repository: &str) -> Option<Vec<String>> {
        lock(&self.state).index.tags(repository)
    }

    /// The names of all repositories, in order.
    pub fn repositories(&self) -> Vec<String> {
        lock(&self.state).index.repositories()
    }

    /// The manifests of a repository whose subject is `subject`, with type and annotations.
    pub fn referrers(&self, repository: &str, subject: &Digest) -> Vec<Descriptor> {
        lock(&self.state).index.referrers(repository, subject)
    }

    /// Deletes a manifest and its tags from a repository; returns whether it was there.
    ///
    /// # Errors
    ///
    /// [`Error::Folder`] when the file system refuses.
    pub fn delete_manifest(&self, repository: &str, digest: &Digest) -> Result<bool, Error> {
        let mut state = lock(&self.state);
        let was_there = state.index.remove_manifest(repository, digest);
        if was_there {
            let (repository, digest) = (repository.to_owned(), digest.clone());
            self.save(&mut state, &Change::RemoveManifest { repository, digest })?;
        }
        Ok(was_there)
    }

    /// Deletes every blob that no manifest names; returns how many.
    ///
    /// Deleting a manifest leaves its bytes until then, since other manifests may list them as a
    /// blob. A blob that was pushed for a manifest yet to come is deleted, so nobody may be pushing.
    ///
    /// # Errors
    ///
    /// [`Error::Folder`] when the file system refuses, and damaged manifests.
    pub fn collect_garbage(&self) -> Result<usize, Error> {
        let state = lock(&self.state);
        let mut live = state.index.manifests();
        for digest in live.clone() {
            let bytes =
                self.blob(&digest.parse().map_err(|_| unlisted(&digest))?, MANIFEST_LIMIT)?;
            live.extend(crate::manifest::named(&bytes));
        }
        self.blobs.retain(&live)
    }

    /// Deletes a tag; returns whether it was there.
    ///
    /// # Errors
    ///
    /// [`Error::Folder`] when the file system refuses.
    pub fn delete_tag(&self, repository: &str, tag: &str) -> Result<bool, Error> {
        let mut state = lock(&self.state);
        let was_there = state.index.remove_tag(repository, tag);
        if was_there {
            let (repository, tag) = (repository.to_owned(), tag.to_owned());
            self.save(&mut state, &Change::RemoveTag { repository, tag })?;
        }
        Ok(was_there)
    }

    /// Writes a change down before it is answered for: into the index while that is small or the
    /// journal has grown to half of it, otherwise into the journal.
    fn save(&self, state: &mut State, change: &Change) -> Result<(), Error> {
        let (Some(folder), Some(journal)) = (&self.folder, &mut state.journal) else {
            return Ok(());
        };
        let entries = state.index.len();
        if entries > SMALL && journal.len() < entries / 2 {
            return journal.note(change);
        }
        state.index.save(folder)?;
        if journal.len() > 0 { journal.clear() } else { Ok(()) }
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        let mut state = lock(&self.state);
        let State { index, journal } = &mut *state;
        if let (Some(folder), Some(journal)) = (&self.folder, journal)
            && journal.len() > 0
            && index.save(folder).is_ok()
        {
            // What stays behind is done again by the next start, to the same end.
            let _outcome = journal.clear();
        }
    }
}

fn unlisted(digest: &str) -> Error {
    Error::Missing { what: format!("manifest {digest}") }
}

#[cfg(test)]
mod tests;
