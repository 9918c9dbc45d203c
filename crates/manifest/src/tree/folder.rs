//! Reads a folder of the file system into a tree.

use std::fs::{self, Metadata};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::tree::{File, Limits, Tree};

/// Reads every regular file below `root`.
pub(super) fn read(root: &Path, limits: &Limits) -> Result<Tree, Error> {
    let mut reader = Reader { tree: Tree::new(), total: 0, limits };
    reader.folder(root, "", 0)?;
    Ok(reader.tree)
}

struct Reader<'a> {
    tree: Tree,
    total: u64,
    limits: &'a Limits,
}

impl Reader<'_> {
    fn folder(&mut self, at: &Path, prefix: &str, depth: usize) -> Result<(), Error> {
        within(at, "the depth of folders", depth as u64, self.limits.depth as u64)?;
        for entry in fs::read_dir(at).map_err(unreadable(at))? {
            let entry = entry.map_err(unreadable(at))?;
            let path = entry.path();
            let Some(name) = entry.file_name().to_str().map(str::to_owned) else {
                return Err(Error::BadPath {
                    path: path.display().to_string(),
                    reason: "it is not UTF-8",
                });
            };
            let name = format!("{prefix}{name}");
            let metadata = entry.metadata().map_err(unreadable(&path))?;
            if metadata.is_dir() {
                self.folder(&path, &format!("{name}/"), depth + 1)?;
            } else if metadata.is_file() {
                self.file(&path, &name, &metadata)?;
            }
        }
        Ok(())
    }

    fn file(&mut self, path: &Path, name: &str, metadata: &Metadata) -> Result<(), Error> {
        within(path, "the number of files", self.tree.len() as u64 + 1, self.limits.files as u64)?;
        let mut bytes = Vec::new();
        // One byte more than allowed tells a file that grew since `metadata` was asked for.
        fs::File::open(path)
            .and_then(|file| file.take(self.limits.file_bytes + 1).read_to_end(&mut bytes))
            .map_err(unreadable(path))?;
        within(path, "bytes of a file", bytes.len() as u64, self.limits.file_bytes)?;
        self.total += bytes.len() as u64;
        within(path, "bytes of a folder", self.total, self.limits.total_bytes)?;
        let file = File { bytes: bytes.into(), executable: is_executable(metadata) };
        self.tree.insert_file(name, file)
    }
}

fn unreadable(path: &Path) -> impl FnOnce(std::io::Error) -> Error {
    let path = PathBuf::from(path);
    move |source| Error::Unreadable { path, source }
}

fn within(path: &Path, what: &'static str, is: u64, limit: u64) -> Result<(), Error> {
    if is <= limit { Ok(()) } else { Err(Error::TooMuch { path: path.to_owned(), what, limit }) }
}

#[cfg(unix)]
fn is_executable(metadata: &Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    metadata.permissions().mode() & 0o100 != 0
}

#[cfg(not(unix))]
fn is_executable(_: &Metadata) -> bool {
    false
}
