//! The file trees that a build reads: a folder on disk, or a tree in memory.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use bytes::Bytes;

/// A tree of files that a build reads from.
///
/// Paths are `/`-separated. The build passes what [`Files::locate`] answered, joined with what
/// kustomizations say, so paths may hold `.` and `..` segments.
pub trait Files {
    /// Finds out what is at a path: where it really is, links and dots resolved, and what it is.
    ///
    /// `None` when nothing is there.
    fn locate(&self, path: &str) -> Option<Located>;

    /// Reads a file.
    ///
    /// # Errors
    ///
    /// A sentence that says why not.
    fn read(&self, path: &str) -> Result<Bytes, String>;

    /// Whether there is a folder at a path.
    fn is_dir(&self, path: &str) -> bool {
        self.locate(path).is_some_and(|located| located.is_folder)
    }
}

/// Something that exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located {
    /// The path without links, `.` and `..`; two paths to the same thing are equal here.
    pub path: String,
    /// Whether it is a folder.
    pub is_folder: bool,
}

/// Files of the machine, seen from a folder.
///
/// Relative paths start at that folder; `..` may leave it (what a build may read is the business
/// of [`LoadRestrictor`](crate::LoadRestrictor)).
#[derive(Clone, Debug)]
pub struct Folder {
    start: PathBuf,
}

impl Folder {
    /// Sees the machine's files from `start`.
    pub fn new(start: impl Into<PathBuf>) -> Self {
        Self { start: start.into() }
    }

    fn full(&self, path: &str) -> PathBuf {
        self.start.join(if path.is_empty() { "." } else { path })
    }
}

impl Files for Folder {
    fn locate(&self, path: &str) -> Option<Located> {
        let real = std::fs::canonicalize(self.full(path)).ok()?;
        let is_folder = real.is_dir();
        Some(Located { path: to_text(&real)?, is_folder })
    }

    fn read(&self, path: &str) -> Result<Bytes, String> {
        std::fs::read(self.full(path)).map(Bytes::from).map_err(|error| error.to_string())
    }
}

fn to_text(path: &Path) -> Option<String> {
    let text = path.to_str()?;
    Some(if std::path::MAIN_SEPARATOR == '/' { text.to_owned() } else { text.replace('\\', "/") })
}

impl Files for manifest::Tree {
    fn locate(&self, path: &str) -> Option<Located> {
        let path = normal(path)?.into_owned();
        if self.get(&path).is_some() {
            return Some(Located { path, is_folder: false });
        }
        let is_folder = path.is_empty() || self.below(&path).next().is_some();
        is_folder.then_some(Located { path, is_folder: true })
    }

    fn read(&self, path: &str) -> Result<Bytes, String> {
        let file = normal(path).and_then(|path| self.get(&path));
        file.map(|file| file.bytes.clone()).ok_or_else(|| "no such file".to_owned())
    }
}

/// Resolves `.` and `..`; `None` when the path leaves the tree or is absolute.
fn normal(path: &str) -> Option<Cow<'_, str>> {
    if path.starts_with('/') {
        return None;
    }
    if !path.split('/').any(|part| matches!(part, "" | "." | "..")) {
        return Some(Cow::Borrowed(path));
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            _ => parts.push(part),
        }
    }
    Some(Cow::Owned(parts.join("/")))
}

/// Appends a relative path to a folder.
pub(crate) fn join(folder: &str, path: &str) -> String {
    if folder.is_empty() || path.starts_with('/') {
        return path.to_owned();
    }
    format!("{}/{path}", folder.trim_end_matches('/'))
}

/// Whether `path` is `folder` or lies below it; both as [`Files::locate`] answers.
pub(crate) fn is_within(path: &str, folder: &str) -> bool {
    let folder = folder.trim_end_matches('/');
    folder.is_empty()
        || path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The last segment of a path.
pub(crate) fn base_name(path: &str) -> &str {
    let path = path.trim_end_matches('/');
    path.rsplit('/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_resolves_dots_and_never_leaves_itself() {
        let mut tree = manifest::Tree::new();
        tree.insert("a/b/c.yaml", "x").unwrap();
        let located = tree.locate("a/../a/./b").unwrap();
        assert_eq!((located.path.as_str(), located.is_folder), ("a/b", true));
        assert!(tree.locate("../a").is_none());
        assert!(!tree.locate("a/b/c.yaml").unwrap().is_folder);
    }

    #[test]
    fn a_sibling_with_the_same_beginning_is_not_within() {
        assert!(is_within("a/b", "a"));
        assert!(!is_within("ab", "a"));
        assert!(is_within("anything", ""));
    }
}
