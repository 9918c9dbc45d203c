//! The blobs of a layout: files named by their digest, or the same in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use oci_spec::image::Digest;

use crate::registry::lock;
use crate::{BlobSource, Error, Hasher, digest};

/// The folder of blobs that are being written.
const UPLOADS: &str = ".uploads";

#[derive(Debug)]
pub(super) enum Blobs {
    Folder { folder: PathBuf, next: AtomicU64 },
    Memory(Memory),
}

type Memory = Arc<Mutex<BTreeMap<String, Bytes>>>;

/// A blob opened for reading.
#[derive(Debug)]
pub struct Blob {
    content: Content,
    size: u64,
}

#[derive(Debug)]
enum Content {
    File(File),
    Memory(Bytes),
}

/// A blob that is being written; dropped unfinished, it leaves nothing.
#[derive(Debug)]
pub struct Writer {
    place: Place,
    hasher: Hasher,
    size: u64,
}

#[derive(Debug)]
enum Place {
    File { file: File, path: PathBuf, folder: PathBuf },
    Memory { bytes: Vec<u8>, blobs: Memory },
}

impl Blobs {
    pub(super) fn memory() -> Self {
        Self::Memory(Memory::default())
    }

    /// Prepares the folder, and clears what earlier processes did not finish.
    pub(super) fn folder(folder: &Path) -> Result<Self, Error> {
        let uploads = folder.join(UPLOADS);
        if uploads.exists() {
            fs::remove_dir_all(&uploads).map_err(|source| failed("delete", &uploads, source))?;
        }
        for part in ["blobs/sha256", UPLOADS] {
            let path = folder.join(part);
            fs::create_dir_all(&path).map_err(|source| failed("make", &path, source))?;
        }
        Ok(Self::Folder { folder: folder.to_owned(), next: AtomicU64::new(0) })
    }

    pub(super) fn size(&self, digest: &Digest) -> Result<Option<u64>, Error> {
        match self {
            Self::Memory(blobs) => {
                Ok(lock(blobs).get(digest.as_ref()).map(|bytes| bytes.len() as u64))
            }
            Self::Folder { folder, .. } => {
                let Some(path) = path(folder, digest) else { return Ok(None) };
                match fs::metadata(&path) {
                    Ok(metadata) if metadata.is_file() => Ok(Some(metadata.len())),
                    Ok(_) => Ok(None),
                    Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
                    Err(error) => Err(failed("read", &path, error)),
                }
            }
        }
    }

    pub(super) fn open(&self, digest: &Digest) -> Result<Blob, Error> {
        let missing = || Error::Missing { what: format!("blob {digest}") };
        match self {
            Self::Memory(blobs) => {
                let bytes = lock(blobs).get(digest.as_ref()).cloned().ok_or_else(missing)?;
                Ok(Blob { size: bytes.len() as u64, content: Content::Memory(bytes) })
            }
            Self::Folder { folder, .. } => {
                let path = path(folder, digest).ok_or_else(missing)?;
                let file = match File::open(&path) {
                    Ok(file) => file,
                    Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(missing()),
                    Err(error) => return Err(failed("read", &path, error)),
                };
                let size = file.metadata().map_err(|error| failed("read", &path, error))?.len();
                Ok(Blob { content: Content::File(file), size })
            }
        }
    }

    pub(super) fn read(&self, digest: &Digest, most: u64) -> Result<Bytes, Error> {
        let what = || format!("blob {digest}");
        let blob = self.open(digest)?;
        if blob.size > most {
            return Err(Error::TooLarge { what: what(), limit: most });
        }
        let length = usize::try_from(blob.size).unwrap_or(usize::MAX);
        let bytes =
            BlobSource::read(&blob, 0, length).map_err(|source| Error::Source { source })?;
        digest::verify(&what(), &bytes, digest)?;
        Ok(bytes)
    }

    pub(super) fn write(&self, digest: &Digest, bytes: &Bytes) -> Result<(), Error> {
        if self.size(digest)? == Some(bytes.len() as u64) {
            return Ok(());
        }
        if let Self::Memory(blobs) = self {
            lock(blobs).insert(digest.to_string(), bytes.clone());
            return Ok(());
        }
        let mut writer = self.writer()?;
        writer.hasher = Hasher::of(digest)?;
        writer.write(bytes)?;
        writer.finish(digest)
    }

    pub(super) fn writer(&self) -> Result<Writer, Error> {
        let place = match self {
            Self::Memory(blobs) => Place::Memory { bytes: Vec::new(), blobs: blobs.clone() },
            Self::Folder { folder, next } => {
                let number = next.fetch_add(1, Ordering::Relaxed);
                let path = folder.join(UPLOADS).join(number.to_string());
                let file = File::options()
                    .read(true)
                    .write(true)
                    .create(true)
                    .truncate(true)
                    .open(&path)
                    .map_err(|error| failed("write", &path, error))?;
                Place::File { file, path, folder: folder.clone() }
            }
        };
        Ok(Writer { place, hasher: Hasher::sha256(), size: 0 })
    }

    pub(super) fn delete(&self, digest: &Digest) -> Result<bool, Error> {
        match self {
            Self::Memory(blobs) => Ok(lock(blobs).remove(digest.as_ref()).is_some()),
            Self::Folder { folder, .. } => {
                let Some(path) = path(folder, digest) else { return Ok(false) };
                match fs::remove_file(&path) {
                    Ok(()) => Ok(true),
                    Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
                    Err(error) => Err(failed("delete", &path, error)),
                }
            }
        }
    }
}

impl Blobs {
    /// Deletes every blob whose digest is not in `live`; returns how many.
    pub(super) fn retain(&self, live: &BTreeSet<String>) -> Result<usize, Error> {
        match self {
            Self::Memory(blobs) => {
                let mut blobs = lock(blobs);
                let before = blobs.len();
                blobs.retain(|digest, _| live.contains(digest));
                Ok(before - blobs.len())
            }
            Self::Folder { folder, .. } => {
                let mut deleted = 0;
                for digest in listed(&folder.join("blobs"))? {
                    if !live.contains(&digest)
                        && let Ok(digest) = digest.parse()
                    {
                        deleted += usize::from(self.delete(&digest)?);
                    }
                }
                Ok(deleted)
            }
        }
    }
}

/// The digests of all files under `blobs/`.
fn listed(blobs: &Path) -> Result<Vec<String>, Error> {
    let names = |folder: &Path| {
        let entries = fs::read_dir(folder).map_err(|error| failed("read", folder, error))?;
        let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        Ok::<Vec<String>, Error>(names.collect())
    };
    let mut digests = Vec::new();
    for algorithm in names(blobs)? {
        let encoded = names(&blobs.join(&algorithm))?;
        digests.extend(encoded.iter().map(|encoded| format!("{algorithm}:{encoded}")));
    }
    Ok(digests)
}

impl Blob {
    /// The number of bytes.
    pub fn size(&self) -> u64 {
        self.size
    }
}

impl BlobSource for Blob {
    fn read(&self, offset: u64, length: usize) -> io::Result<Bytes> {
        match &self.content {
            Content::File(file) => file.read(offset, length),
            Content::Memory(bytes) => bytes.read(offset, length),
        }
    }
}

impl Writer {
    /// Appends bytes.
    ///
    /// # Errors
    ///
    /// [`Error::Folder`] when the file system refuses.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        match &mut self.place {
            Place::File { file, path, .. } => {
                file.write_all(bytes).map_err(|error| failed("write", path, error))?;
            }
            Place::Memory { bytes: held, .. } => held.extend_from_slice(bytes),
        }
        self.hasher.update(bytes);
        self.size += bytes.len() as u64;
        Ok(())
    }

    /// How many bytes were written.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Makes the blob appear under its digest.
    ///
    /// # Errors
    ///
    /// [`Error::DigestMismatch`] when other bytes were written, [`Error::Folder`] when the file system
    /// refuses; the bytes are dropped then.
    pub fn finish(mut self, expected: &Digest) -> Result<(), Error> {
        let what = format!("blob {expected}");
        if expected.algorithm() != self.hasher.clone().finish().algorithm() {
            self.hasher = self.rehash(expected)?;
        }
        digest::same(&what, self.hasher.clone(), expected)?;
        match &mut self.place {
            Place::File { path: from, folder, .. } => {
                let unknown = || Error::UnknownAlgorithm { digest: expected.clone() };
                let to = path(folder, expected).ok_or_else(unknown)?;
                let parent = to.parent().unwrap_or(folder);
                fs::create_dir_all(parent).map_err(|error| failed("make", parent, error))?;
                fs::rename(&*from, &to).map_err(|error| failed("write", &to, error))
            }
            Place::Memory { bytes, blobs } => {
                lock(blobs).insert(expected.to_string(), std::mem::take(bytes).into());
                Ok(())
            }
        }
    }

    /// Hashes again what was written, for a digest of another algorithm than sha256.
    fn rehash(&self, expected: &Digest) -> Result<Hasher, Error> {
        let mut hasher = Hasher::of(expected)?;
        match &self.place {
            Place::Memory { bytes, .. } => hasher.update(bytes),
            Place::File { file, path, .. } => {
                let mut offset = 0;
                while offset < self.size {
                    let piece = BlobSource::read(file, offset, 1 << 20)
                        .map_err(|error| failed("read", path, error))?;
                    if piece.is_empty() {
                        break;
                    }
                    hasher.update(&piece);
                    offset += piece.len() as u64;
                }
            }
        }
        Ok(hasher)
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        if let Place::File { path, .. } = &self.place {
            // After a finish there is nothing here, and otherwise the next start clears the rest.
            let _outcome = fs::remove_file(path);
        }
    }
}

/// The file of a digest; `None` for algorithms that are not kept, whose text may hold anything.
fn path(folder: &Path, digest: &Digest) -> Option<PathBuf> {
    Hasher::of(digest).ok()?;
    Some(folder.join("blobs").join(digest.algorithm().as_ref()).join(digest.digest()))
}

pub(super) fn failed(doing: &'static str, path: &Path, source: io::Error) -> Error {
    Error::Folder { doing, path: path.to_owned(), source }
}
