//! Who the client is on which registry: docker config files, helpers, Kubernetes Secrets, flags.

mod config;
mod helper;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::{Error, Reference};
use config::Config;

/// What proves who the client is.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Credential {
    /// Nothing; public content only.
    Anonymous,
    /// A user name and a password or access token.
    Basic {
        /// The user name.
        username: String,
        /// The password.
        password: String,
    },
    /// An `OAuth2` refresh token (`identitytoken`), exchanged for access tokens.
    IdentityToken(String),
    /// A bearer token that the registry takes as it is.
    RegistryToken(String),
}

/// Credentials per registry host or repository path, from several sources asked in order.
///
/// The longest matching path wins within a source (`ghcr.io/acme/shop` before `ghcr.io/acme` before
/// `ghcr.io`), and the first source that knows the registry wins. Cloning is cheap.
#[derive(Clone, Default)]
pub struct Keychain {
    sources: Vec<Arc<Source>>,
}

enum Source {
    Explicit(BTreeMap<String, Credential>),
    Docker { config: Config, origin: String, helper_folders: Vec<PathBuf> },
}

impl Keychain {
    /// Knows nobody.
    pub fn anonymous() -> Self {
        Self::default()
    }

    /// Gives this credential to every registry.
    pub fn everywhere(credential: Credential) -> Self {
        Self::for_path("", credential)
    }

    /// Gives this credential to one registry (`ghcr.io`) or one path on it (`ghcr.io/acme`).
    pub fn for_path(path: &str, credential: Credential) -> Self {
        let entries = BTreeMap::from([(config::normal(path), credential)]);
        Self { sources: vec![Arc::new(Source::Explicit(entries))] }
    }

    /// Reads a docker `config.json` or a podman `auth.json`; a folder means the `config.json` in it.
    ///
    /// A file that does not exist knows nobody. `helper_folders` are searched for
    /// `docker-credential-*` programs before the system's `PATH`.
    ///
    /// # Errors
    ///
    /// [`Error::Credentials`] when the file cannot be read or is no docker config.
    pub fn docker_config(path: &Path, helper_folders: &[PathBuf]) -> Result<Self, Error> {
        let path = if path.is_dir() { path.join("config.json") } else { path.to_owned() };
        let origin = format!("`{}`", path.display());
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Self::anonymous());
            }
            Err(error) => return Err(Error::Credentials { origin, reason: error.to_string() }),
        };
        let config = Config::parse(&bytes, &origin)?;
        let helper_folders = helper_folders.to_vec();
        Ok(Self { sources: vec![Arc::new(Source::Docker { config, origin, helper_folders })] })
    }

    /// Reads a pull Secret: the bytes of `.dockerconfigjson`, or of the old `.dockercfg`.
    ///
    /// Credential helpers named in it are not run; `origin` is for messages (`Secret shop/pull`).
    ///
    /// # Errors
    ///
    /// [`Error::Credentials`] when it is no docker config.
    pub fn pull_secret(bytes: &[u8], origin: &str) -> Result<Self, Error> {
        let config = Config::parse(bytes, origin)?.without_helpers();
        let origin = origin.to_owned();
        let helper_folders = Vec::new();
        Ok(Self { sources: vec![Arc::new(Source::Docker { config, origin, helper_folders })] })
    }

    /// Asks `self` first, then `other`.
    #[must_use]
    pub fn or(mut self, other: Self) -> Self {
        self.sources.extend(other.sources);
        self
    }

    /// Whether no source was given at all.
    pub fn is_anonymous(&self) -> bool {
        self.sources.is_empty()
    }

    /// The credential for one repository; [`Credential::Anonymous`] when no source knows it.
    ///
    /// May start a credential helper, which gets 30 seconds.
    ///
    /// # Errors
    ///
    /// [`Error::Credentials`] when a source that should know cannot answer.
    pub async fn credential(&self, reference: &Reference) -> Result<Credential, Error> {
        for source in &self.sources {
            let found = match &**source {
                Source::Explicit(entries) => config::longest(entries, reference).cloned(),
                Source::Docker { config, origin, helper_folders } => {
                    match config.lookup(reference) {
                        Some(config::Found::Credential(credential)) => Some(credential),
                        Some(config::Found::Helper { program, server }) => {
                            helper::ask(&program, &server, helper_folders, origin).await?
                        }
                        None => None,
                    }
                }
            };
            if let Some(credential) = found {
                return Ok(credential);
            }
        }
        Ok(Credential::Anonymous)
    }
}

impl Credential {
    /// Reads `user:password`, or a bearer token when there is no colon, as `flux --creds` does.
    pub fn parse(text: &str) -> Self {
        match text.split_once(':') {
            Some((username, password)) => {
                Self::Basic { username: username.to_owned(), password: password.to_owned() }
            }
            None => Self::RegistryToken(text.to_owned()),
        }
    }

    /// Who this is, without the secret: a user name, or the kind of token.
    pub fn who(&self) -> String {
        match self {
            Self::Anonymous => "anonymous".to_owned(),
            Self::Basic { username, .. } => format!("user `{username}`"),
            Self::IdentityToken(_) => "an identity token".to_owned(),
            Self::RegistryToken(_) => "a registry token".to_owned(),
        }
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.who())
    }
}

impl fmt::Debug for Keychain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let origins = self.sources.iter().map(|source| match &**source {
            Source::Explicit(_) => "settings",
            Source::Docker { origin, .. } => origin,
        });
        f.debug_list().entries(origins).finish()
    }
}

#[cfg(test)]
mod tests;
