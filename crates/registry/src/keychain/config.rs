//! The docker config file: `auths`, `credsStore`, `credHelpers`; also podman's and Kubernetes'.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use super::Credential;
use crate::{Error, Reference};

/// The key under which Docker stores the login for Docker Hub.
const DOCKER_HUB_KEY: &str = "https://index.docker.io/v1/";

/// A parsed docker config; keys are normalised to `host[/path]`.
pub(super) struct Config {
    auths: BTreeMap<String, Credential>,
    helpers: BTreeMap<String, String>,
    default_helper: Option<String>,
}

/// Where a config says the credential is.
pub(super) enum Found {
    Credential(Credential),
    Helper { program: String, server: String },
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct File {
    #[serde(default)]
    auths: BTreeMap<String, Entry>,
    #[serde(default)]
    cred_helpers: BTreeMap<String, String>,
    #[serde(default)]
    creds_store: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Entry {
    auth: String,
    username: String,
    password: String,
    identitytoken: String,
    registrytoken: String,
}

impl Config {
    /// Reads `config.json`, `auth.json`, `.dockerconfigjson` or the bare map of `.dockercfg`.
    pub(super) fn parse(bytes: &[u8], origin: &str) -> Result<Self, Error> {
        let bad = |reason: &str| Error::Credentials {
            origin: origin.to_owned(),
            reason: reason.to_owned(),
        };
        // The parser's own message could quote a secret, so it is not passed on.
        let value: serde_json::Value =
            serde_json::from_slice(bytes).map_err(|_| bad("it is not JSON"))?;
        let Some(map) = value.as_object() else { return Err(bad("it is not a JSON object")) };
        let is_bare = !map.is_empty() && map.values().all(|entry| entry.get("auth").is_some());
        let file = if is_bare {
            serde_json::from_value(value).map(|auths| File {
                auths,
                cred_helpers: BTreeMap::new(),
                creds_store: String::new(),
            })
        } else {
            serde_json::from_value(value)
        };
        let file: File = file.map_err(|_| bad("it is no docker config"))?;
        let mut auths = BTreeMap::new();
        for (key, entry) in file.auths {
            if let Some(credential) = entry.credential().map_err(bad)? {
                auths.insert(normal(&key), credential);
            }
        }
        let helpers = file.cred_helpers.into_iter().map(|(k, v)| (normal(&k), v)).collect();
        let default_helper = Some(file.creds_store).filter(|name| !name.is_empty());
        Ok(Self { auths, helpers, default_helper })
    }

    /// The same without programs to run, for configs that come from outside.
    pub(super) fn without_helpers(self) -> Self {
        Self { helpers: BTreeMap::new(), default_helper: None, ..self }
    }

    /// A helper for the registry comes first, then the longest matching entry, then the store.
    pub(super) fn lookup(&self, reference: &Reference) -> Option<Found> {
        let server = match reference.host() {
            "docker.io" => DOCKER_HUB_KEY,
            host => host,
        };
        let helper = |program: &String| Found::Helper {
            program: program.clone(),
            server: server.to_owned(),
        };
        longest(&self.helpers, reference)
            .map(helper)
            .or_else(|| longest(&self.auths, reference).cloned().map(Found::Credential))
            .or_else(|| self.default_helper.as_ref().map(helper))
    }
}

impl Entry {
    fn credential(self) -> Result<Option<Credential>, &'static str> {
        if !self.identitytoken.is_empty() {
            return Ok(Some(Credential::IdentityToken(self.identitytoken)));
        }
        if !self.registrytoken.is_empty() {
            return Ok(Some(Credential::RegistryToken(self.registrytoken)));
        }
        if !self.username.is_empty() || !self.password.is_empty() {
            let (username, password) = (self.username, self.password);
            return Ok(Some(Credential::Basic { username, password }));
        }
        if self.auth.is_empty() {
            return Ok(None);
        }
        let malformed = "an `auth` entry is not base64 of user:password";
        let decoded = STANDARD.decode(self.auth.trim()).map_err(|_| malformed)?;
        let decoded = String::from_utf8(decoded).map_err(|_| malformed)?;
        let (username, password) = decoded.split_once(':').ok_or(malformed)?;
        let password = password.trim_end_matches('\0').to_owned();
        Ok(Some(Credential::Basic { username: username.to_owned(), password }))
    }
}

/// A key as `host[/path]`: without scheme, API version and trailing slash; Docker Hub by one name.
pub(super) fn normal(key: &str) -> String {
    let key = key.trim_start_matches("https://").trim_start_matches("http://");
    let key = key.trim_start_matches("oci://").trim_end_matches('/');
    let key = key.strip_suffix("/v1").or_else(|| key.strip_suffix("/v2")).unwrap_or(key);
    let (host, path) = match key.split_once('/') {
        Some((host, path)) => (host, Some(path)),
        None => (key, None),
    };
    let host = match host {
        "index.docker.io" | "registry-1.docker.io" => "docker.io",
        host => host,
    };
    path.map_or_else(|| host.to_owned(), |path| format!("{host}/{path}"))
}

/// The entry for the longest path that leads to the repository.
///
/// # Source
///
/// containers-auth.json(5); Kubernetes, "Interpretation of config.json" (also `*.example.com`).
pub(super) fn longest<'a, T>(
    entries: &'a BTreeMap<String, T>,
    reference: &Reference,
) -> Option<&'a T> {
    let mut path = reference.name();
    loop {
        if let Some(entry) = entries.get(&path) {
            return Some(entry);
        }
        match path.rfind('/') {
            Some(at) => path.truncate(at),
            None => break,
        }
    }
    entries
        .iter()
        .find(|(key, _)| matches_glob(key, reference))
        .map(|(_, entry)| entry)
        .or_else(|| entries.get(""))
}

/// Whether a key such as `*.example.com` or `*.example.com/acme` leads to the repository.
fn matches_glob(key: &str, reference: &Reference) -> bool {
    let (host, path) = key.split_once('/').unwrap_or((key, ""));
    if !host.contains('*') {
        return false;
    }
    let (wanted, given) = (host.split('.'), reference.host().split('.'));
    let labels_match = wanted.clone().count() == given.clone().count()
        && wanted.zip(given).all(|(wanted, given)| wanted == "*" || wanted == given);
    let repository = reference.repository();
    labels_match
        && (path.is_empty()
            || repository
                .strip_prefix(path)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
}
