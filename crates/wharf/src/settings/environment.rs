//! The process environment, read once.

use std::collections::BTreeMap;
use std::path::PathBuf;

/// The environment variables as they were at the start.
#[derive(Debug, Clone, Default)]
pub(crate) struct Environment(BTreeMap<String, String>);

impl Environment {
    /// Reads the process environment; variables that are no UTF-8 are left out.
    pub(crate) fn of_process() -> Self {
        let readable = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        Self(std::env::vars_os().filter_map(readable).collect())
    }

    /// The variables, for those who look for a CI system in them.
    pub(crate) fn variables(&self) -> &BTreeMap<String, String> {
        &self.0
    }

    /// A variable that is set and not empty.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// `$DOCKER_CONFIG/config.json`, else `~/.docker/config.json`.
    pub(crate) fn docker_config(&self) -> Option<PathBuf> {
        let folder = match self.get("DOCKER_CONFIG") {
            Some(folder) => PathBuf::from(folder),
            None => PathBuf::from(self.get("HOME")?).join(".docker"),
        };
        Some(folder.join("config.json"))
    }
}
