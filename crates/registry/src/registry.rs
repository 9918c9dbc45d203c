//! The client: one per process or per set of credentials, cheap to clone.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use crate::auth::{Challenge, Tokens};
use crate::{Credential, Error, Reference, Settings, transport};

/// How long a credential found in the keychain is used before it is looked up again.
const CREDENTIAL_AGE: Duration = Duration::from_mins(5);

/// A client for any number of registries.
///
/// Remembers per registry how to log in, the tokens it was given, and what the registry can do, so
/// that asking again costs one request. Cloning shares all of that.
#[derive(Clone)]
pub struct Registry {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) settings: Settings,
    /// For plain HTTP on local hosts: no roots to load, no proxy.
    pub(crate) local_client: reqwest::Client,
    /// For everything else; loading the system's roots takes time, so only when it is needed.
    pub(crate) client: OnceLock<reqwest::Client>,
    pub(crate) tokens: Tokens,
    hosts: Mutex<BTreeMap<String, Host>>,
    credentials: Mutex<BTreeMap<String, (Credential, Instant)>>,
    pub(crate) fallback_locks: Mutex<BTreeMap<String, Arc<tokio::sync::Mutex<()>>>>,
}

/// What was learned about one registry.
#[derive(Clone, Default)]
pub(crate) struct Host {
    pub(crate) scheme: Option<&'static str>,
    pub(crate) challenge: Option<Arc<Challenge>>,
    pub(crate) lacks_referrers_api: bool,
    pub(crate) lacks_single_post: bool,
    pub(crate) has_conditions: bool,
}

impl Registry {
    /// Makes a client; nothing is connected yet.
    ///
    /// # Errors
    ///
    /// [`Error::BadSettings`] when certificates, keys or the proxy address cannot be read.
    pub fn new(settings: Settings) -> Result<Self, Error> {
        let local_client = transport::local_client(&settings)?;
        transport::check(&settings)?;
        Ok(Self {
            inner: Arc::new(Inner {
                settings,
                local_client,
                client: OnceLock::new(),
                tokens: Tokens::default(),
                hosts: Mutex::default(),
                credentials: Mutex::default(),
                fallback_locks: Mutex::default(),
            }),
        })
    }

    /// The settings it was made with.
    pub fn settings(&self) -> &Settings {
        &self.inner.settings
    }

    /// What is known about the registry of `reference`.
    pub(crate) fn host(&self, reference: &Reference) -> Host {
        lock(&self.inner.hosts).get(reference.host()).cloned().unwrap_or_default()
    }

    /// Notes something about the registry of `reference`.
    pub(crate) fn learn(&self, reference: &Reference, change: impl FnOnce(&mut Host)) {
        change(lock(&self.inner.hosts).entry(reference.host().to_owned()).or_default());
    }

    /// The keychain's credential for the repository, remembered for a few minutes.
    pub(crate) async fn credential(&self, reference: &Reference) -> Result<Credential, Error> {
        if self.inner.settings.credentials.is_anonymous() {
            return Ok(Credential::Anonymous);
        }
        let name = reference.name();
        if let Some((credential, since)) = lock(&self.inner.credentials).get(&name)
            && since.elapsed() < CREDENTIAL_AGE
        {
            return Ok(credential.clone());
        }
        let credential = self.inner.settings.credentials.credential(reference).await?;
        let entry = (credential.clone(), Instant::now());
        lock(&self.inner.credentials).insert(name, entry);
        Ok(credential)
    }

    /// Forgets the credential for the repository, after it was refused.
    pub(crate) fn forget_credential(&self, reference: &Reference) {
        lock(&self.inner.credentials).remove(&reference.name());
    }
}

impl std::fmt::Debug for Registry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Registry").field("settings", &self.inner.settings).finish_non_exhaustive()
    }
}

/// Locks, also after a panic elsewhere: what is kept here is a cache.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
