//! Every object, the global revision, and what changed lately.
//!
//! One lock guards it all; nothing is awaited under it. Watchers keep only a cursor into the log of
//! their resource, so a slow watcher costs nothing and a late one is told it is too late.

mod disk;
mod index;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use bytes::Bytes;
use serde_json::Value;
use tokio::sync::{Notify, watch};

use crate::error::Error;
use crate::kinds::Resource;
use disk::Disk;
use index::Owners;

/// How many changes of one resource are kept for watchers that come back.
const LOG_LENGTH: usize = 4096;

/// Where one object is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    pub(crate) resource: Resource,
    pub(crate) namespace: String,
    pub(crate) name: String,
}

/// One object as it was at one revision.
#[derive(Debug)]
pub(crate) struct Stored {
    pub(crate) value: Value,
    pub(crate) revision: u64,
    json: OnceLock<Bytes>,
}

impl Stored {
    fn new(value: Value, revision: u64) -> Arc<Self> {
        Arc::new(Self { value, revision, json: OnceLock::new() })
    }

    /// The object's JSON; made once, shared by all who send it.
    pub(crate) fn json(&self) -> Bytes {
        self.json.get_or_init(|| Bytes::from(self.value.to_string())).clone()
    }
}

/// One step in the life of an object; `new` is absent when it was deleted.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    pub(crate) revision: u64,
    pub(crate) old: Option<Arc<Stored>>,
    pub(crate) new: Option<Arc<Stored>>,
}

#[derive(Debug)]
struct Table {
    objects: BTreeMap<(String, String), Arc<Stored>>,
    log: VecDeque<Change>,
    /// Changes up to and with this revision are forgotten.
    floor: u64,
    wake: watch::Sender<u64>,
}

#[derive(Debug)]
struct Inner {
    revision: u64,
    /// What happened before this revision is forgotten, for every resource.
    base: u64,
    tables: BTreeMap<Resource, Table>,
    owners: Owners,
    dirty: BTreeSet<Key>,
    /// Uids of deleted objects, until the garbage collector has asked for them.
    deleted: BTreeSet<String>,
    disk: Option<Disk>,
}

/// The store; cheap to share behind an `Arc`.
#[derive(Debug)]
pub(crate) struct Store {
    inner: Mutex<Inner>,
    changed: Notify,
}

/// Somebody else wrote first.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Raced;

impl Store {
    pub(crate) fn in_memory() -> Self {
        Self::of(1, BTreeMap::new(), None)
    }

    /// Opens the store kept in `folder`, creating it when missing.
    pub(crate) fn open(folder: &Path) -> Result<Self, Error> {
        let (disk, revision, objects) = Disk::open(folder)?;
        Ok(Self::of(revision.max(1), objects, Some(disk)))
    }

    fn of(revision: u64, objects: BTreeMap<Key, (Value, u64)>, disk: Option<Disk>) -> Self {
        let mut inner = Inner {
            revision,
            base: revision,
            tables: BTreeMap::new(),
            owners: Owners::default(),
            dirty: BTreeSet::new(),
            deleted: BTreeSet::new(),
            disk,
        };
        for (key, (value, at)) in objects {
            inner.owners.update(&key, None, Some(&value));
            let stored = Stored::new(value, at);
            inner.dirty.insert(key.clone());
            inner.table(&key.resource).objects.insert((key.namespace, key.name), stored);
        }
        Self { inner: Mutex::new(inner), changed: Notify::new() }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn revision(&self) -> u64 {
        self.lock().revision
    }

    pub(crate) fn get(&self, key: &Key) -> Option<Arc<Stored>> {
        let inner = self.lock();
        let table = inner.tables.get(&key.resource)?;
        table.objects.get(&(key.namespace.clone(), key.name.clone())).cloned()
    }

    /// The objects of a resource in key order, and the revision at which they were read.
    pub(crate) fn list(&self, resource: &Resource, namespace: &str) -> (Vec<Arc<Stored>>, u64) {
        let inner = self.lock();
        let objects = inner.tables.get(resource).map_or_else(Vec::new, |table| {
            let range = if namespace.is_empty() {
                table.objects.range(..)
            } else {
                table.objects.range((namespace.to_owned(), String::new())..)
            };
            range
                .take_while(|((ns, _), _)| namespace.is_empty() || ns == namespace)
                .map(|(_, stored)| Arc::clone(stored))
                .collect()
        });
        (objects, inner.revision)
    }

    /// Every object of a namespace, of any resource.
    pub(crate) fn in_namespace(&self, namespace: &str) -> Vec<Key> {
        let inner = self.lock();
        let mut keys = Vec::new();
        for (resource, table) in &inner.tables {
            let from = (namespace.to_owned(), String::new());
            for ((ns, name), _) in
                table.objects.range(from..).take_while(|((ns, _), _)| ns == namespace)
            {
                keys.push(Key {
                    resource: resource.clone(),
                    namespace: ns.clone(),
                    name: name.clone(),
                });
            }
        }
        keys
    }

    /// The objects that name `uid` as an owner.
    pub(crate) fn owned_by(&self, uid: &str) -> Vec<Key> {
        self.lock().owners.of(uid)
    }

    pub(crate) fn uid_exists(&self, uid: &str) -> bool {
        self.lock().owners.exists(uid)
    }

    /// Writes `value` (or deletes, when `None`) if the object is still at `expected` (0: absent).
    ///
    /// The object's `resourceVersion` is set here. Returns what is stored now; for a deletion, the last
    /// state with the revision of the deletion.
    pub(crate) fn commit(
        &self,
        key: &Key,
        expected: u64,
        value: Option<Value>,
    ) -> Result<Arc<Stored>, Raced> {
        let stored = self.lock().commit(key, expected, value)?;
        self.changed.notify_one();
        Ok(stored)
    }

    /// The changes of a resource after `cursor`; `Err` with the oldest known revision when too late.
    pub(crate) fn changes(&self, resource: &Resource, cursor: u64) -> Result<Vec<Change>, u64> {
        let inner = self.lock();
        let Some(table) = inner.tables.get(resource) else { return Ok(Vec::new()) };
        if cursor < table.floor {
            return Err(table.floor);
        }
        let start = table.log.partition_point(|change| change.revision <= cursor);
        Ok(table.log.range(start..).cloned().collect())
    }

    /// Wakes whenever the resource changes.
    pub(crate) fn subscribe(&self, resource: &Resource) -> watch::Receiver<u64> {
        self.lock().table(resource).wake.subscribe()
    }

    /// The keys that changed since the last call; the controllers' work.
    pub(crate) fn take_dirty(&self) -> BTreeSet<Key> {
        std::mem::take(&mut self.lock().dirty)
    }

    /// The uids of objects that were deleted since the last call.
    pub(crate) fn take_deleted(&self) -> BTreeSet<String> {
        std::mem::take(&mut self.lock().deleted)
    }

    /// Returns when something has changed since the last [`Store::take_dirty`].
    pub(crate) async fn changed(&self) {
        self.changed.notified().await;
    }

    /// Forgets all changes, as a real server does after compaction; for tests of late watchers.
    pub(crate) fn forget_changes(&self) {
        let mut inner = self.lock();
        let revision = inner.revision;
        inner.base = revision;
        for table in inner.tables.values_mut() {
            table.log.clear();
            table.floor = revision;
        }
    }

    /// Lets go of the folder, after a snapshot if there is time; nothing is persisted from here on.
    pub(crate) fn close(&self, with_snapshot: bool) {
        let mut inner = self.lock();
        if with_snapshot {
            inner.snapshot();
        }
        inner.disk = None;
    }
}

impl Inner {
    fn table(&mut self, resource: &Resource) -> &mut Table {
        let (revision, base) = (self.revision, self.base);
        self.tables.entry(resource.clone()).or_insert_with(|| Table {
            objects: BTreeMap::new(),
            log: VecDeque::new(),
            floor: base,
            wake: watch::channel(revision).0,
        })
    }

    fn commit(
        &mut self,
        key: &Key,
        expected: u64,
        value: Option<Value>,
    ) -> Result<Arc<Stored>, Raced> {
        let place = (key.namespace.clone(), key.name.clone());
        let old = self.table(&key.resource).objects.get(&place).cloned();
        if old.as_ref().map_or(0, |stored| stored.revision) != expected {
            return Err(Raced);
        }
        self.revision += 1;
        let revision = self.revision;
        let is_deletion = value.is_none();
        let mut value = match (value, &old) {
            (Some(value), _) => value,
            (None, Some(old)) => old.value.clone(),
            (None, None) => return Err(Raced),
        };
        crate::object::set_meta(&mut value, "resourceVersion", revision.to_string().into());
        let kept = if is_deletion { None } else { Some(&value) };
        self.owners.update(key, old.as_ref().map(|o| &o.value), kept);
        if let Some(disk) = &mut self.disk {
            disk.append(key, revision, kept);
        }
        let stored = Stored::new(value, revision);
        let table = self.table(&key.resource);
        if is_deletion {
            table.objects.remove(&place);
        } else {
            table.objects.insert(place, Arc::clone(&stored));
        }
        let old = if is_deletion { Some(Arc::clone(&stored)) } else { old };
        let new = (!is_deletion).then(|| Arc::clone(&stored));
        table.log.push_back(Change { revision, old, new });
        if table.log.len() > LOG_LENGTH
            && let Some(gone) = table.log.pop_front()
        {
            table.floor = gone.revision;
        }
        table.wake.send_replace(revision);
        if is_deletion {
            self.deleted.insert(crate::object::uid(&stored.value).to_owned());
        }
        self.dirty.extend(self.owners.owners(&stored.value));
        self.dirty.insert(key.clone());
        if self.disk.as_ref().is_some_and(Disk::is_long) {
            self.snapshot();
        }
        Ok(stored)
    }

    fn snapshot(&mut self) {
        let Some(disk) = &mut self.disk else { return };
        let objects = self.tables.iter().flat_map(|(resource, table)| {
            table
                .objects
                .iter()
                .map(move |((namespace, name), stored)| (resource, namespace, name, stored))
        });
        disk.snapshot(self.revision, objects);
    }
}
