//! One request before it has a connection: what to ask of which repository, with what in hand.

use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, Url};

use crate::source::BlobSource;
use crate::{Error, Reference, RequestLine};

/// One request to the registry of `reference`.
#[derive(Clone)]
pub(crate) struct Call {
    pub(crate) reference: Reference,
    pub(crate) method: Method,
    pub(crate) target: Target,
    pub(crate) headers: HeaderMap,
    pub(crate) payload: Payload,
    pub(crate) access: BTreeSet<String>,
    /// Whether a second attempt does no harm, whatever became of the first.
    pub(crate) may_repeat: bool,
}

/// Where the request goes.
#[derive(Clone)]
pub(crate) enum Target {
    /// A path and query below the registry's root, starting with `/v2/`.
    Path(String),
    /// A place that the registry named: an upload session.
    Url(Url),
}

/// What the request carries.
#[derive(Clone)]
pub(crate) enum Payload {
    Nothing,
    Bytes(Bytes),
    Part { source: Arc<dyn BlobSource>, offset: u64, length: u64 },
}

impl Call {
    /// A request that reads from the repository.
    pub(crate) fn read(reference: &Reference, method: Method, path: String) -> Self {
        Self::with_actions(reference, method, path, &["pull"], true)
    }

    /// A request that writes to the repository.
    pub(crate) fn write(reference: &Reference, method: Method, path: String) -> Self {
        Self::with_actions(reference, method, path, &["pull", "push"], false)
    }

    /// A request that deletes; repeating it is harmless.
    pub(crate) fn delete(reference: &Reference, path: String) -> Self {
        Self::with_actions(reference, Method::DELETE, path, &["pull", "push", "delete"], true)
    }

    fn with_actions(
        reference: &Reference,
        method: Method,
        path: String,
        actions: &[&str],
        may_repeat: bool,
    ) -> Self {
        let repository = reference.repository();
        let atom = |action: &&str| format!("repository:{repository}:{action}");
        Self {
            reference: reference.clone(),
            method,
            target: Target::Path(path),
            headers: HeaderMap::new(),
            payload: Payload::Nothing,
            access: actions.iter().map(atom).collect(),
            may_repeat,
        }
    }

    /// The same request to a place that the registry named.
    pub(crate) fn to(mut self, url: Url) -> Self {
        self.target = Target::Url(url);
        self
    }

    pub(crate) fn header(mut self, name: HeaderName, value: &str) -> Result<Self, Error> {
        let value = HeaderValue::from_str(value).map_err(|_| Error::BadSettings {
            reason: format!("header {name} would hold control characters"),
        })?;
        self.headers.append(name, value);
        Ok(self)
    }

    pub(crate) fn payload(mut self, payload: Payload) -> Self {
        self.payload = payload;
        self
    }

    pub(crate) fn repeatable(mut self) -> Self {
        self.may_repeat = true;
        self
    }

    /// Also asks to read from another repository, for a mount.
    pub(crate) fn also_pull(mut self, repository: &str) -> Self {
        self.access.insert(format!("repository:{repository}:pull"));
        self
    }

    /// The request as people quote it.
    pub(crate) fn line(&self) -> RequestLine {
        let path = match &self.target {
            Target::Path(path) => path.split('?').next().unwrap_or_default().to_owned(),
            Target::Url(url) => url.path().to_owned(),
        };
        RequestLine {
            host: self.reference.host().to_owned(),
            method: self.method.to_string(),
            path,
        }
    }
}

impl Payload {
    pub(crate) fn len(&self) -> u64 {
        match self {
            Self::Nothing => 0,
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::Part { length, .. } => *length,
        }
    }
}
