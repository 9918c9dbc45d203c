//! The ledger of one repository: a client that reads and writes channels and their records.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use oci_spec::image::{Descriptor, Digest, MediaType};
use registry::{Condition, Reference, Registry};

use crate::{Channel, Entry, Error};

/// How writers behave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// After how long without a sign of life a writer counts as dead; it stops itself at half of that.
    pub lease: Duration,
    /// How old a tag list may be when the registry answers it; zero for registries whose lists are current.
    pub list_lag: Duration,
    /// How long to wait for other writers.
    pub patience: Duration,
    /// The pause between two looks at another writer.
    pub poll: Duration,
    /// Records read at the same time.
    pub concurrency: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            lease: Duration::from_mins(1),
            list_lag: Duration::ZERO,
            patience: Duration::from_secs(150),
            poll: Duration::from_millis(150),
            concurrency: 16,
        }
    }
}

/// All channels of one repository and what moved them.
///
/// Cheap to clone; clones share what was read of records, which never change.
#[derive(Clone)]
pub struct Ledger {
    pub(crate) registry: Registry,
    pub(crate) repository: Reference,
    pub(crate) options: Options,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    /// Records by their tag.
    entries: Mutex<BTreeMap<String, Arc<Entry>>>,
    has_empty_blob: AtomicBool,
    lacks_delete: AtomicBool,
}

/// How often a write that met another one in the middle is tried again.
const RACED_WRITES: u32 = 4;

/// Most records kept in memory; beyond that they are read again.
const CACHE: usize = 20_000;

impl Ledger {
    /// Opens the ledger of a repository; nothing is read yet. Tag and digest of `repository` are ignored.
    pub fn new(registry: Registry, repository: &Reference) -> Self {
        let repository = repository.without_selector();
        let (options, shared) = (Options::default(), Arc::default());
        Self { registry, repository, options, shared }
    }

    /// The same ledger with other options.
    #[must_use]
    pub fn with_options(self, options: Options) -> Self {
        Self { options, ..self }
    }

    /// The repository.
    pub fn repository(&self) -> &Reference {
        &self.repository
    }

    /// How its writers behave.
    pub fn options(&self) -> Options {
        self.options
    }

    /// The client.
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// Where a channel is now; `None` when there is no such tag. One request, and no look at the records.
    ///
    /// # Errors
    ///
    /// [`Error::Registry`].
    pub async fn current(&self, channel: &Channel) -> Result<Option<Digest>, Error> {
        let tag = self.tag(channel.as_str())?;
        let found = self.registry.find(&tag).await;
        let found = found.map_err(Error::registry(format!("look up `{tag}`")))?;
        Ok(found.map(|found| found.digest().clone()))
    }

    pub(crate) fn tag(&self, tag: &str) -> Result<Reference, Error> {
        self.repository.with_tag(tag).map_err(Error::registry(format!("name the tag `{tag}`")))
    }

    pub(crate) async fn tags(&self) -> Result<Vec<String>, Error> {
        match self.registry.tags(&self.repository).await {
            Ok(tags) => Ok(tags),
            Err(error) if error.is_not_found() => Ok(Vec::new()),
            Err(error) => {
                Err(Error::registry(format!("list the tags of `{}`", self.repository))(error))
            }
        }
    }

    pub(crate) async fn push_blob(&self, bytes: Bytes) -> Result<Descriptor, Error> {
        let doing = format!("push a blob to `{}`", self.repository);
        self.registry.push_blob(&self.repository, bytes).await.map_err(Error::registry(doing))
    }

    /// Pushes a blob that others may be pushing too; one that is there is left alone.
    pub(crate) async fn ensure_blob(&self, bytes: Bytes) -> Result<(), Error> {
        let digest = registry::sha256(&bytes);
        let found = self.registry.find_blob(&self.repository, &digest).await;
        if found.map_err(Error::registry(format!("look up the blob `{digest}`")))?.is_none() {
            self.push_blob(bytes).await?;
        }
        Ok(())
    }

    /// Makes sure that the blob `{}` is there, which every record and claim has as its config.
    pub(crate) async fn ensure_empty_blob(&self) -> Result<(), Error> {
        use std::sync::atomic::Ordering::Relaxed;
        if !self.shared.has_empty_blob.load(Relaxed) {
            self.ensure_blob(Bytes::from_static(b"{}")).await?;
            self.shared.has_empty_blob.store(true, Relaxed);
        }
        Ok(())
    }

    pub(crate) async fn put(
        &self,
        tag: &str,
        bytes: Bytes,
        condition: Condition<'_>,
    ) -> Result<Digest, Error> {
        let (to, kind) = (self.tag(tag)?, MediaType::ImageManifest);
        let written = self.write_tag(&to, &kind, bytes, condition).await;
        written.map_err(Error::registry(format!("write `{to}`")))
    }

    /// Writes a manifest under a tag, again when the registry met somebody else's write in the middle.
    ///
    /// Distribution's file storage rewrites a blob's link in place; a manifest that is checked against an
    /// empty link is refused as `DIGEST_INVALID`, although a write to a tag names no digest.
    pub(crate) async fn write_tag(
        &self,
        to: &Reference,
        kind: &MediaType,
        bytes: Bytes,
        condition: Condition<'_>,
    ) -> Result<Digest, registry::Error> {
        let mut left = RACED_WRITES;
        loop {
            let pushed = self.registry.push_manifest_if(to, kind, bytes.clone(), condition).await;
            match pushed {
                Err(error) if left > 0 && is_raced(&error) => left -= 1,
                result => return result.map(|pushed| pushed.digest),
            }
            tokio::time::sleep(self.options.poll).await;
        }
    }

    /// Removes a tag of wharf's own; says `false` where the registry cannot delete.
    pub(crate) async fn remove(&self, tag: &str, digest: &Digest) -> Result<bool, Error> {
        use std::sync::atomic::Ordering::Relaxed;
        if self.shared.lacks_delete.load(Relaxed) {
            return Ok(false);
        }
        let reference = self.tag(tag)?;
        let unsupported =
            |error: &registry::Error| matches!(error, registry::Error::Unsupported { .. });
        let result = match self.registry.delete_tag(&reference).await {
            Err(error) if unsupported(&error) => {
                self.registry.delete_manifest(&self.repository, digest).await
            }
            result => result,
        };
        match result {
            Ok(()) => Ok(true),
            Err(error) if unsupported(&error) => {
                self.shared.lacks_delete.store(true, Relaxed);
                Ok(false)
            }
            // No right to delete is as good as no way to.
            Err(registry::Error::Denied { .. } | registry::Error::Unauthorized { .. }) => Ok(false),
            Err(error) => Err(Error::registry(format!("delete `{reference}`"))(error)),
        }
    }

    pub(crate) fn remembered(&self, tag: &str) -> Option<Arc<Entry>> {
        self.cache().get(tag).cloned()
    }

    pub(crate) fn remember(&self, tag: String, entry: Arc<Entry>) {
        let mut cache = self.cache();
        if cache.len() >= CACHE {
            cache.clear();
        }
        cache.insert(tag, entry);
    }

    fn cache(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Arc<Entry>>> {
        self.shared.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_raced(error: &registry::Error) -> bool {
    error.answer().is_some_and(|answer| answer.status == 400 && answer.code == "DIGEST_INVALID")
}
