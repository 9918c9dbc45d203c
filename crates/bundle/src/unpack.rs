//! Reads the layer of a bundle into a tree, refusing whatever a tree of manifests cannot hold.

mod path;

use std::collections::BTreeMap;

use bytes::Bytes;
use manifest::{File, Tree};
use oci_spec::image::{Descriptor, ImageManifest};

use crate::archive::{BLOCK, Entry, Kind, Reader};
use crate::compress::{Inflate, is_compressed};
use crate::media::TITLE;
use crate::{Error, Limits};

/// A tree and what the archive held besides.
#[derive(Debug, Default)]
pub struct Unpacked {
    /// Every regular file.
    pub tree: Tree,
    /// Symbolic links inside the tree, which are left out as Flux leaves them out; sorted.
    pub skipped_links: Vec<String>,
}

/// Chooses the layer that holds the content, by Flux's rule.
///
/// With a `selector`, the first layer of that media type; without, the first layer.
///
/// # Errors
///
/// [`Error::NoLayers`], [`Error::NoSuchLayer`].
///
/// # Source
///
/// Flux source-controller, `OCIRepository.spec.layerSelector`.
pub fn content_layer<'a>(
    manifest: &'a ImageManifest,
    selector: Option<&str>,
) -> Result<&'a Descriptor, Error> {
    let first = manifest.layers().first().ok_or(Error::NoLayers)?;
    let Some(selector) = selector else { return Ok(first) };
    let matches = |layer: &&Descriptor| layer.media_type().as_ref() == selector;
    let missing = || Error::NoSuchLayer { media_type: selector.to_owned() };
    manifest.layers().iter().find(matches).ok_or_else(missing)
}

/// Unpacks a layer, a tar or a gzip of one, into a tree.
///
/// Symbolic links inside the tree are skipped, as Flux skips them; hard links to earlier files
/// become files. Folders without files leave no trace.
///
/// # Errors
///
/// One variant of [`Error`] per reason; nothing of a refused archive is returned.
pub fn unpack(layer: &[u8], limits: &Limits) -> Result<Tree, Error> {
    unpack_archive(layer, limits).map(|unpacked| unpacked.tree)
}

/// Unpacks a layer of any tool: an archive, or one file that `oras push` named by its title.
///
/// # Errors
///
/// As [`unpack`].
pub fn unpack_layer(
    descriptor: &Descriptor,
    layer: &Bytes,
    limits: &Limits,
) -> Result<Unpacked, Error> {
    let title = descriptor.annotations().as_ref().and_then(|all| all.get(TITLE));
    match title {
        Some(title) if !is_compressed(layer) && !is_tar(layer) => single(title, layer, limits),
        _ => unpack_archive(layer, limits),
    }
}

/// Unpacks an archive and tells what was left out.
///
/// # Errors
///
/// As [`unpack`].
pub fn unpack_archive(layer: &[u8], limits: &Limits) -> Result<Unpacked, Error> {
    let mut reader = Reader::new(Inflate::new(layer, limits)?, limits);
    let mut gathered = Gathered { limits: *limits, ..Gathered::default() };
    while let Some(entry) = reader.next()? {
        gathered.take(entry)?;
    }
    gathered.unpacked.skipped_links.sort();
    Ok(gathered.unpacked)
}

fn is_tar(layer: &[u8]) -> bool {
    layer.len() >= BLOCK && &layer[257..262] == b"ustar"
}

fn single(title: &str, content: &Bytes, limits: &Limits) -> Result<Unpacked, Error> {
    if content.len() as u64 > limits.bytes {
        return Err(Error::TooLarge { limit: limits.bytes });
    }
    let entry =
        Entry { path: title.to_owned(), kind: Kind::File(content.to_vec()), executable: false };
    let mut gathered = Gathered { limits: *limits, ..Gathered::default() };
    gathered.take(entry)?;
    Ok(gathered.unpacked)
}

/// What has been read so far.
#[derive(Debug, Default)]
struct Gathered {
    limits: Limits,
    unpacked: Unpacked,
    seen: BTreeMap<String, Seen>,
    entries: u64,
    linked_bytes: u64,
}

/// How a path came to be known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Seen {
    File,
    Folder,
    /// Named only as the parent of something; its own entry may still follow.
    Parent,
}

impl Gathered {
    fn take(&mut self, entry: Entry) -> Result<(), Error> {
        self.entries += 1;
        if self.entries > self.limits.entries {
            return Err(Error::TooManyEntries { limit: self.limits.entries });
        }
        let path = path::clean(&entry.path, &self.limits)?;
        match entry.kind {
            Kind::Special(kind) => Err(Error::SpecialFile { path: entry.path, kind }),
            Kind::Folder => self.claim(&path, Seen::Folder),
            _ if path.is_empty() => Err(Error::EmptyName),
            Kind::Symlink(target) => {
                path::check_target(&path, &target)?;
                self.claim(&path, Seen::File)?;
                self.unpacked.skipped_links.push(path);
                Ok(())
            }
            Kind::Hardlink(target) => self.link(path, target),
            Kind::File(bytes) => {
                self.claim(&path, Seen::File)?;
                let file = File { bytes: bytes.into(), executable: entry.executable };
                self.insert(path, file)
            }
        }
    }

    fn link(&mut self, path: String, target: String) -> Result<(), Error> {
        let Ok(clean) = path::clean(&target, &self.limits) else {
            return Err(Error::LinkLeavesTree { path, target });
        };
        let Some(file) = self.unpacked.tree.get(&clean).cloned() else {
            return Err(Error::LinkTargetMissing { path, target });
        };
        self.linked_bytes += file.bytes.len() as u64;
        if self.linked_bytes > self.limits.bytes {
            return Err(Error::TooLarge { limit: self.limits.bytes });
        }
        self.claim(&path, Seen::File)?;
        self.insert(path, file)
    }

    fn insert(&mut self, path: String, file: File) -> Result<(), Error> {
        let inserted = self.unpacked.tree.insert_file(&path, file);
        inserted.map_err(|source| Error::Tree { path, source })
    }

    /// Notes that `path` is taken, and that its parents are folders.
    fn claim(&mut self, path: &str, kind: Seen) -> Result<(), Error> {
        let twice = |path: &str| Error::Duplicate { path: path.to_owned() };
        match self.seen.get(path) {
            None => {}
            Some(Seen::Parent) if kind == Seen::Folder => {}
            Some(_) => return Err(twice(if path.is_empty() { "." } else { path })),
        }
        self.seen.insert(path.to_owned(), kind);
        for (slash, _) in path.match_indices('/').rev() {
            match self.seen.get(&path[..slash]) {
                Some(Seen::File) => return Err(twice(&path[..slash])),
                Some(_) => break,
                None => drop(self.seen.insert(path[..slash].to_owned(), Seen::Parent)),
            }
        }
        Ok(())
    }
}
