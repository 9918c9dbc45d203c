//! Which files a kustomization may read, and which folders it may build on.

use std::sync::Arc;

use bytes::Bytes;

use crate::error::Error;
use crate::files::{Files, base_name, is_within, join};
use crate::options::{Fetcher, LoadRestrictor, Options};

/// How deep kustomizations may build on each other.
const MOST_FOLDERS: usize = 100;

/// Reads files for the kustomization of one folder.
#[derive(Clone)]
pub(crate) struct Loader<'a> {
    files: &'a dyn Files,
    /// The folder, as located.
    pub(crate) root: String,
    /// The folders that asked for this one, outermost first.
    visited: Arc<Vec<String>>,
    /// Where the build started, for shorter paths in messages.
    start: Arc<str>,
    restrictor: LoadRestrictor,
    fetcher: Option<Arc<dyn Fetcher>>,
}

impl<'a> Loader<'a> {
    pub(crate) fn new(
        files: &'a dyn Files,
        folder: &str,
        options: &Options,
    ) -> Result<Self, Error> {
        let located = files.locate(folder).filter(|located| located.is_folder);
        let Some(located) = located else {
            return Err(Error::NoFolder { path: folder.to_owned() });
        };
        Ok(Self {
            files,
            start: located.path.as_str().into(),
            root: located.path,
            visited: Arc::default(),
            restrictor: options.load_restrictor,
            fetcher: options.fetcher.clone(),
        })
    }

    /// A loader for a folder that this kustomization builds on.
    pub(crate) fn enter(&self, path: &str) -> Result<Self, Error> {
        if path.is_empty() {
            return Err(Error::step("resources", "a base cannot be an empty path"));
        }
        if is_remote(path) {
            return Err(self.refuse_remote(path));
        }
        if path.starts_with('/') {
            return Err(Error::step("resources", format!("new root `{path}` cannot be absolute")));
        }
        let full = join(&self.root, path);
        let located = self.files.locate(&full).filter(|located| located.is_folder);
        let Some(located) = located else {
            return Err(Error::NoFolder { path: self.shown(&full) });
        };
        self.check_cycle(&located.path)?;
        let mut visited = self.visited.as_ref().clone();
        visited.push(self.root.clone());
        if visited.len() >= MOST_FOLDERS {
            return Err(Error::TooDeep { folder: located.path, limit: MOST_FOLDERS });
        }
        Ok(Self { root: located.path, visited: Arc::new(visited), ..self.clone() })
    }

    /// A loader for a repository that was fetched.
    pub(crate) fn remote<'b>(
        &self,
        tree: &'b manifest::Tree,
        folder: &str,
    ) -> Result<Loader<'b>, Error> {
        let located = tree.locate(folder).filter(|located| located.is_folder);
        let Some(located) = located else {
            return Err(Error::NoFolder { path: folder.to_owned() });
        };
        Ok(Loader {
            files: tree,
            root: located.path,
            visited: Arc::default(),
            start: "".into(),
            restrictor: LoadRestrictor::RootOnly,
            fetcher: self.fetcher.clone(),
        })
    }

    fn check_cycle(&self, candidate: &str) -> Result<(), Error> {
        let mut roots = std::iter::once(&self.root).chain(self.visited.iter().rev());
        match roots.find(|root| is_within(root, candidate)) {
            Some(visited) => {
                Err(Error::Cycle { candidate: self.shown(candidate), visited: self.shown(visited) })
            }
            None => Ok(()),
        }
    }

    fn refuse_remote(&self, path: &str) -> Error {
        let hint = match &self.fetcher {
            Some(_) => "only entries of `resources` may be remote",
            None => "remote bases are off; download it, or allow remote bases",
        };
        Error::Refused { what: format!("remote base `{path}`"), hint: hint.to_owned() }
    }

    pub(crate) fn fetcher(&self) -> Option<&dyn Fetcher> {
        self.fetcher.as_deref()
    }

    /// Reads a file that the kustomization names.
    pub(crate) fn load(&self, path: &str) -> Result<Bytes, Error> {
        if path.starts_with("http://") || path.starts_with("https://") {
            return match &self.fetcher {
                Some(fetcher) => fetcher
                    .file(path)
                    .map_err(|reason| Error::NoFile { path: path.to_owned(), reason }),
                None => Err(self.refuse_remote(path)),
            };
        }
        let full = join(&self.root, path);
        let Some(located) = self.files.locate(&full) else {
            let reason = "no such file or directory".to_owned();
            return Err(Error::NoFile { path: self.shown(&full), reason });
        };
        if located.is_folder {
            let reason = "it is a folder, it must resolve to a file".to_owned();
            return Err(Error::NoFile { path: self.shown(&full), reason });
        }
        if self.restrictor == LoadRestrictor::RootOnly && !is_within(&located.path, &self.root) {
            return Err(Error::Outside {
                path: self.shown(&located.path),
                root: self.shown(&self.root),
            });
        }
        self.files
            .read(&located.path)
            .map_err(|reason| Error::NoFile { path: self.shown(&located.path), reason })
    }

    /// The path of a file of this kustomization, for messages and origins.
    pub(crate) fn name_of(&self, path: &str) -> Arc<str> {
        self.shown(&join(&self.root, path)).into()
    }

    /// The last segment of the folder's path.
    pub(crate) fn base_name(&self) -> &str {
        base_name(&self.root)
    }

    /// A path as people know it: relative to where the build started, when it is below.
    pub(crate) fn shown(&self, path: &str) -> String {
        let start = self.start.trim_end_matches('/');
        match path.strip_prefix(start).and_then(|rest| rest.strip_prefix('/')) {
            Some(rest) if !start.is_empty() => rest.to_owned(),
            _ if path == start => ".".to_owned(),
            _ => path.to_owned(),
        }
    }

    /// The kustomization file of the folder: its name and content.
    pub(crate) fn kustomization(&self) -> Result<(&'static str, Bytes), Error> {
        let names = ["kustomization.yaml", "kustomization.yml", "Kustomization"];
        let mut found = names.iter().filter_map(|name| Some((*name, self.load(name).ok()?)));
        let Some(first) = found.next() else {
            return Err(Error::NoKustomization { folder: self.shown(&self.root) });
        };
        let others: Vec<_> = found.map(|(name, _)| name.to_owned()).collect();
        if others.is_empty() {
            return Ok(first);
        }
        let names = std::iter::once(first.0.to_owned()).chain(others).collect();
        Err(Error::ManyKustomizations { folder: self.shown(&self.root), names })
    }
}

/// Whether a path means a repository somewhere else.
pub(crate) fn is_remote(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    lower.contains("://")
        || ["git::", "git@", "gh:", "github.com/", "github.com:"]
            .iter()
            .any(|start| lower.starts_with(start))
        || lower.contains("?ref=")
        || lower.contains(".git//")
        || lower.strip_suffix(".git").is_some()
}
