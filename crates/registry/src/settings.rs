//! Everything a [`Registry`](crate::Registry) is told before it opens a connection.

use std::fmt;
use std::path::Path;
use std::time::Duration;

use crate::{Error, Keychain};

/// How to reach registries: credentials, TLS, proxy, patience.
///
/// The default has no credentials, the system's certificate roots, plain HTTP for local hosts only,
/// and five attempts.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Who the client is, per host or repository.
    pub credentials: Keychain,
    /// Which hosts may be spoken to without TLS.
    pub plain_http: PlainHttp,
    /// Certificates beyond the system's.
    pub tls: Tls,
    /// The proxy for every request but those to local hosts; without it the system's is used.
    pub proxy: Option<Proxy>,
    /// The `User-Agent` header.
    pub user_agent: String,
    /// How often and how fast a passing failure is tried again.
    pub retry: RetryPolicy,
    /// How long to wait for what.
    pub timeouts: Timeouts,
    /// Bytes per request when a large upload has to be sent in pieces or continued; 16 MiB.
    pub chunk_bytes: u64,
}

/// Which hosts may be spoken to without TLS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PlainHttp {
    /// None; TLS always.
    Never,
    /// The hosts that `crane` takes for local: loopback, `localhost`, `*.local`, private addresses.
    #[default]
    Local,
    /// Any host that does not speak TLS (`insecure: true` of Flux); TLS is tried first except on local hosts.
    Allowed,
}

/// Certificates beyond the system's.
#[derive(Clone, Default)]
pub struct Tls {
    /// PEM bundle of further roots; added to the system's, as Flux does with `ca.crt`.
    pub roots_pem: Option<Vec<u8>>,
    /// PEM certificate chain and private key of the client.
    pub identity_pem: Option<Vec<u8>>,
    /// Accepts any server certificate. For tests and Flux's `insecure`.
    pub accept_any_certificate: bool,
}

/// An HTTP or SOCKS proxy.
#[derive(Clone)]
pub struct Proxy {
    /// `http://`, `https://` address of the proxy.
    pub address: String,
    /// User name and password.
    pub login: Option<(String, String)>,
}

/// How often and how fast a passing failure is tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Attempts in all; 1 means no retry.
    pub attempts: u32,
    /// The pause before the second attempt; doubles each time, and a random half of it is dropped.
    pub first_pause: Duration,
    /// The longest pause; a registry's `Retry-After` beyond it ends the attempts.
    pub longest_pause: Duration,
}

/// How long to wait for what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// Until a connection stands, TLS included.
    pub connect: Duration,
    /// Until the first byte of an answer; uploads get a second more per 64 KiB.
    pub answer: Duration,
    /// Between two pieces of a body.
    pub idle: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            credentials: Keychain::anonymous(),
            plain_http: PlainHttp::Local,
            tls: Tls::default(),
            proxy: None,
            user_agent: concat!("wharf/", env!("CARGO_PKG_VERSION")).to_owned(),
            retry: RetryPolicy::default(),
            timeouts: Timeouts::default(),
            chunk_bytes: 16 << 20,
        }
    }
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            attempts: 5,
            first_pause: Duration::from_millis(200),
            longest_pause: Duration::from_secs(20),
        }
    }
}

impl RetryPolicy {
    /// One attempt, no retry: for callers with a retry loop of their own.
    pub fn once() -> Self {
        Self { attempts: 1, ..Self::default() }
    }
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            answer: Duration::from_mins(1),
            idle: Duration::from_mins(1),
        }
    }
}

impl Tls {
    /// Whether anything was set.
    pub fn is_default(&self) -> bool {
        self.roots_pem.is_none() && self.identity_pem.is_none() && !self.accept_any_certificate
    }

    /// Adds the roots of a PEM file.
    ///
    /// # Errors
    ///
    /// [`Error::Folder`] when the file cannot be read.
    pub fn with_roots_file(mut self, path: &Path) -> Result<Self, Error> {
        let pem = std::fs::read(path).map_err(|source| Error::Folder {
            doing: "read",
            path: path.to_owned(),
            source,
        })?;
        let roots = self.roots_pem.get_or_insert_default();
        roots.extend_from_slice(&pem);
        roots.push(b'\n');
        Ok(self)
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls")
            .field("roots", &self.roots_pem.is_some())
            .field("identity", &self.identity_pem.is_some())
            .field("accept_any_certificate", &self.accept_any_certificate)
            .finish()
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proxy").field("has_login", &self.login.is_some()).finish_non_exhaustive()
    }
}
