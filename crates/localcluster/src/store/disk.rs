//! The store on disk: a snapshot, and a log of what was written since.
//!
//! Every commit appends one line to `log.jsonl` before it is answered, so a killed process loses
//! nothing that it confirmed. When the log is long, a new snapshot is written beside the old one and
//! renamed over it. A torn last line is a write that was never confirmed; it is dropped.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{BufRead as _, BufReader, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Value, json};

use super::{Key, Stored};
use crate::error::Error;
use crate::kinds::Resource;

const LONG_LOG_BYTES: u64 = 16 << 20;

#[derive(Debug)]
pub(crate) struct Disk {
    folder: PathBuf,
    log: File,
    /// Held while this cluster owns the folder; the system releases it when the process ends.
    _lock: File,
    written: u64,
    failed: bool,
}

/// The objects found on disk, each with its revision.
type Objects = BTreeMap<Key, (Value, u64)>;

/// Makes a folder that only its owner may look into: the state holds Secrets in clear.
fn make_private(folder: &Path) -> std::io::Result<()> {
    fs::create_dir_all(folder)?;
    #[cfg(unix)]
    fs::set_permissions(folder, std::os::unix::fs::PermissionsExt::from_mode(0o700))?;
    Ok(())
}

impl Disk {
    /// Reads what is in `folder` and opens its log for appending.
    pub(crate) fn open(folder: &Path) -> Result<(Self, u64, Objects), Error> {
        let trouble = |source| Error::Folder { path: folder.to_owned(), source };
        make_private(folder).map_err(trouble)?;
        let lock = File::create(folder.join("lock")).map_err(trouble)?;
        if lock.try_lock().is_err() {
            return Err(Error::InUse(folder.to_owned()));
        }
        let mut objects = Objects::new();
        let mut revision = 0;
        for file in ["snapshot.jsonl", "log.jsonl"] {
            match File::open(folder.join(file)) {
                Ok(file) => replay(file, &mut objects, &mut revision).map_err(trouble)?,
                Err(missing) if missing.kind() == std::io::ErrorKind::NotFound => {}
                Err(other) => return Err(trouble(other)),
            }
        }
        let log = open_log(folder).map_err(trouble)?;
        let mut disk =
            Self { folder: folder.to_owned(), log, _lock: lock, written: 0, failed: false };
        let stored: Vec<(Key, Arc<Stored>)> = objects
            .iter()
            .map(|(key, (value, at))| (key.clone(), Stored::new(value.clone(), *at)))
            .collect();
        disk.try_snapshot(
            revision,
            stored.iter().map(|(k, s)| (&k.resource, &k.namespace, &k.name, s)),
        )
        .map_err(trouble)?;
        Ok((disk, revision, objects))
    }

    pub(crate) fn is_long(&self) -> bool {
        self.written > LONG_LOG_BYTES
    }

    /// Appends one write (`None`: a deletion). A failing disk is reported once and the state stays in
    /// memory.
    pub(crate) fn append(&mut self, key: &Key, revision: u64, value: Option<&Value>) {
        let mut line = record(&key.resource, &key.namespace, &key.name, revision, value);
        line.push('\n');
        match self.log.write_all(line.as_bytes()) {
            Ok(()) => self.written += line.len() as u64,
            Err(error) => self.report(&error),
        }
    }

    /// Replaces snapshot and log by one new snapshot.
    pub(crate) fn snapshot<'a>(
        &mut self,
        revision: u64,
        objects: impl Iterator<Item = (&'a Resource, &'a String, &'a String, &'a Arc<Stored>)>,
    ) {
        if let Err(error) = self.try_snapshot(revision, objects) {
            self.report(&error);
        }
    }

    fn try_snapshot<'a>(
        &mut self,
        revision: u64,
        objects: impl Iterator<Item = (&'a Resource, &'a String, &'a String, &'a Arc<Stored>)>,
    ) -> std::io::Result<()> {
        let fresh = self.folder.join("snapshot.jsonl.new");
        let mut writer = BufWriter::new(File::create(&fresh)?);
        writeln!(writer, "{}", json!({ "revision": revision }))?;
        for (resource, namespace, name, stored) in objects {
            let line = record(resource, namespace, name, stored.revision, Some(&stored.value));
            writeln!(writer, "{line}")?;
        }
        writer.into_inner().map_err(std::io::IntoInnerError::into_error)?.sync_data()?;
        fs::rename(&fresh, self.folder.join("snapshot.jsonl"))?;
        // Replaying the old log over the new snapshot is harmless, so a crash between the two is too.
        self.log.set_len(0)?;
        self.written = 0;
        Ok(())
    }

    fn report(&mut self, error: &std::io::Error) {
        if !self.failed {
            self.failed = true;
            tracing::error!(folder = %self.folder.display(), %error, "cannot persist the cluster state");
        }
    }
}

fn open_log(folder: &Path) -> std::io::Result<File> {
    OpenOptions::new().create(true).append(true).open(folder.join("log.jsonl"))
}

fn record(
    resource: &Resource,
    namespace: &str,
    name: &str,
    revision: u64,
    value: Option<&Value>,
) -> String {
    json!({ "r": revision, "k": [resource.group, resource.plural, namespace, name], "o": value })
        .to_string()
}

fn replay(file: File, objects: &mut Objects, revision: &mut u64) -> std::io::Result<()> {
    for line in BufReader::new(file).split(b'\n') {
        let Ok(entry) = serde_json::from_slice::<Value>(&line?) else { continue };
        if let Some(at) = entry["revision"].as_u64() {
            *revision = at.max(*revision);
            continue;
        }
        let Some(at) = entry["r"].as_u64() else { continue };
        let part = |i: usize| entry["k"][i].as_str().unwrap_or_default();
        let key = Key {
            resource: Resource::new(part(0), part(1)),
            namespace: part(2).into(),
            name: part(3).into(),
        };
        *revision = at.max(*revision);
        if entry["o"].is_null() {
            objects.remove(&key);
        } else {
            objects.insert(key, (entry["o"].clone(), at));
        }
    }
    Ok(())
}
