//! A folder of files, frozen in memory.

use std::collections::BTreeMap;
use std::path::Path;

use bytes::Bytes;

use crate::error::Error;

mod folder;

/// The files of one folder in memory, sorted by path.
///
/// Paths are relative and `/`-separated; no segment is empty, `.` or `..`, none holds `\` or NUL.
/// No file stands where another one needs a folder. Cloning shares the content.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree {
    files: BTreeMap<String, File>,
}

/// One regular file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct File {
    /// The content.
    pub bytes: Bytes,
    /// Whether the owner may execute it.
    pub executable: bool,
}

/// How much [`Tree::read_folder`] takes in before it refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Number of files.
    pub files: usize,
    /// Bytes of a single file.
    pub file_bytes: u64,
    /// Bytes of all files together.
    pub total_bytes: u64,
    /// Folders within folders.
    pub depth: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { files: 100_000, file_bytes: 64 << 20, total_bytes: 512 << 20, depth: 64 }
    }
}

impl Tree {
    /// Makes an empty tree.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file that is not executable.
    ///
    /// # Errors
    ///
    /// [`Error::BadPath`], or [`Error::Occupied`] when the path, or a file on the way to it, exists.
    pub fn insert(&mut self, path: &str, bytes: impl Into<Bytes>) -> Result<(), Error> {
        self.insert_file(path, File { bytes: bytes.into(), executable: false })
    }

    /// Adds a file.
    ///
    /// # Errors
    ///
    /// As [`Tree::insert`].
    pub fn insert_file(&mut self, path: &str, file: File) -> Result<(), Error> {
        check_path(path)?;
        let folder = format!("{path}/");
        let parent_is_file =
            path.match_indices('/').any(|(at, _)| self.files.contains_key(&path[..at]));
        let is_folder = self
            .files
            .range(folder.clone()..)
            .next()
            .is_some_and(|(next, _)| next.starts_with(&folder));
        if parent_is_file || is_folder || self.files.contains_key(path) {
            return Err(Error::Occupied { path: path.to_owned() });
        }
        self.files.insert(path.to_owned(), file);
        Ok(())
    }

    /// Finds a file by its exact path.
    pub fn get(&self, path: &str) -> Option<&File> {
        self.files.get(path)
    }

    /// Walks over all files, sorted by path.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &File)> {
        self.files.iter().map(|(path, file)| (path.as_str(), file))
    }

    /// Walks over the files below `folder` with their full paths; `""` is the whole tree.
    pub fn below(&self, folder: &str) -> impl Iterator<Item = (&str, &File)> {
        let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        self.files
            .range(prefix.clone()..)
            .take_while(move |(path, _)| path.starts_with(&prefix))
            .map(|(path, file)| (path.as_str(), file))
    }

    /// Copies the files below `folder`, with paths relative to it; `""` and `.` give the whole tree.
    #[must_use]
    pub fn subtree(&self, folder: &str) -> Self {
        let folder = folder.trim_start_matches("./").trim_end_matches('/');
        if folder.is_empty() || folder == "." {
            return self.clone();
        }
        let files = self
            .below(folder)
            .map(|(path, file)| (path[folder.len() + 1..].to_owned(), file.clone()));
        Self { files: files.collect() }
    }

    /// Whether the tree holds no file.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Counts the files.
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Reads a folder of the file system: regular files only, links are left out.
    ///
    /// # Errors
    ///
    /// [`Error::Unreadable`], [`Error::TooMuch`], or [`Error::BadPath`] for names that are not UTF-8
    /// or hold a backslash.
    pub fn read_folder(root: &Path, limits: &Limits) -> Result<Self, Error> {
        folder::read(root, limits)
    }
}

impl FromIterator<(String, File)> for Tree {
    /// Collects files whose paths are known to be good; later ones replace earlier ones.
    fn from_iter<I: IntoIterator<Item = (String, File)>>(files: I) -> Self {
        let good = files.into_iter().filter(|(path, _)| check_path(path).is_ok());
        Self { files: good.collect() }
    }
}

fn check_path(path: &str) -> Result<(), Error> {
    let bad = |reason| Err(Error::BadPath { path: path.to_owned(), reason });
    if path.is_empty() {
        return bad("it is empty");
    }
    if path.contains(['\\', '\0']) {
        return bad("it holds a backslash or NUL");
    }
    if path.split('/').any(|segment| matches!(segment, "" | "." | "..")) {
        return bad("a segment is empty, `.` or `..`");
    }
    Ok(())
}
