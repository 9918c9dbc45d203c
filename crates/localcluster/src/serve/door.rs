//! Who may come in: loopback names only, and the token when there is one.

use std::net::SocketAddr;

use http::{HeaderMap, StatusCode};

use crate::status::Failure;

/// The rules of admission.
#[derive(Debug)]
pub(crate) struct Door {
    port: u16,
    token: Option<String>,
}

impl Door {
    pub(crate) fn new(address: SocketAddr, token: Option<String>) -> Self {
        Self { port: address.port(), token }
    }

    /// Checks a request and returns its path without the token.
    ///
    /// The `Host` must be a loopback name: a web page that made its own name resolve to 127.0.0.1 would
    /// otherwise be let in (DNS rebinding).
    pub(crate) fn admit<'a>(&self, headers: &HeaderMap, path: &'a str) -> Result<&'a str, Failure> {
        let host =
            headers.get(http::header::HOST).and_then(|h| h.to_str().ok()).unwrap_or_default();
        if !host.is_empty() && !self.is_loopback(host) {
            let message = format!("this server answers only to loopback names, not to {host:?}");
            return Err(Failure::new(StatusCode::FORBIDDEN, "Forbidden", message));
        }
        let Some(token) = &self.token else { return Ok(path) };
        let rest = path.strip_prefix("/token/").and_then(|rest| {
            let (shown, below) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            is_same(shown, token).then_some(if below.is_empty() { "/" } else { below })
        });
        let bearer = headers
            .get(http::header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "))
            .is_some_and(|shown| is_same(shown.trim(), token));
        match rest {
            Some(rest) => Ok(rest),
            None if bearer => Ok(path),
            None => Err(Failure::new(StatusCode::UNAUTHORIZED, "Unauthorized", "Unauthorized")),
        }
    }

    fn is_loopback(&self, host: &str) -> bool {
        let (name, port) = match host.rsplit_once(':') {
            Some((name, port)) if !port.contains(']') => (name, port.parse().ok()),
            _ => (host, Some(self.port)),
        };
        port == Some(self.port) && matches!(name, "127.0.0.1" | "localhost" | "[::1]")
    }
}

/// Compares without telling by its duration how much was right.
fn is_same(shown: &str, token: &str) -> bool {
    shown.len() == token.len()
        && shown.bytes().zip(token.bytes()).fold(0, |differ, (a, b)| differ | (a ^ b)) == 0
}
