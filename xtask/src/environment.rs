//! What the machine tells the chores: the only module that reads the environment.

use std::path::{Path, PathBuf};

/// The surroundings of one run.
#[derive(Debug, Clone)]
pub(crate) struct Environment {
    /// Top folder of the checkout.
    pub(crate) root: PathBuf,
    /// Folder for what is expensive to build and depends on nothing but its pins.
    pub(crate) cache: PathBuf,
    /// Folders in which programs are looked up.
    pub(crate) path: Vec<PathBuf>,
    /// Whether nothing may be left out.
    pub(crate) is_ci: bool,
    /// Folder of Cargo's output.
    pub(crate) target: PathBuf,
}

impl Environment {
    /// Reads the surroundings once, at the start.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
    pub(crate) fn read() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"))
            .parent()
            .expect("xtask is a folder of the workspace")
            .to_owned();
        let folder = |name: &str| std::env::var(name).ok().filter(|text| !text.is_empty());
        let cache = folder("XDG_CACHE_HOME")
            .map(PathBuf::from)
            .or_else(|| folder("HOME").map(|home| Path::new(&home).join(".cache")))
            .unwrap_or_else(|| root.join(".wharf"));
        Self {
            cache: cache.join("wharf"),
            path: std::env::split_paths(&folder("PATH").unwrap_or_default()).collect(),
            is_ci: folder("CI").is_some_and(|text| text != "false" && text != "0"),
            target: folder("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from),
            root,
        }
    }

    /// Finds a program on the `PATH`.
    pub(crate) fn program(&self, name: &str) -> Option<PathBuf> {
        self.path.iter().map(|folder| folder.join(name)).find(|file| file.is_file())
    }

    /// The folder, in the checkout, of what the chores leave behind for a person.
    pub(crate) fn state(&self) -> PathBuf {
        self.root.join(".wharf")
    }

    /// Whether the workspace has a member of this name; some are younger than the chores.
    pub(crate) fn has(&self, path: &str) -> bool {
        self.root.join(path).exists()
    }
}
