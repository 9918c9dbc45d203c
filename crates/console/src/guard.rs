//! What is refused before anything is read, and what every answer carries.

use std::net::IpAddr;

use axum::extract::{Request, State};
use axum::http::header::{self, HeaderName, HeaderValue};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use crate::server::Shared;

/// No script, style or image but our own files; nothing framed, nothing sent elsewhere.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
     connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Refuses foreign hosts and everything but reading, and sets the headers of every answer.
pub(crate) async fn guard(State(shared): State<Shared>, request: Request, next: Next) -> Response {
    let mut response = match refusal(&shared, &request) {
        Some(refused) => refused.into_response(),
        None => next.run(request).await,
    };
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

fn refusal(shared: &Shared, request: &Request) -> Option<(StatusCode, String)> {
    if request.method() != Method::GET && request.method() != Method::HEAD {
        let text = "the dashboard can only be read\n".to_owned();
        return Some((StatusCode::METHOD_NOT_ALLOWED, text));
    }
    let from_uri = request.uri().authority().map(axum::http::uri::Authority::as_str);
    let from_header = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    let host = from_uri.or(from_header).map(name_of).unwrap_or_default();
    if is_known(&host, &shared.settings.hosts) {
        return None;
    }
    let text =
        format!("`{host}` is not a name of this dashboard; start it with that host allowed\n");
    Some((StatusCode::MISDIRECTED_REQUEST, text))
}

/// The host without its port, in lower case.
fn name_of(authority: &str) -> String {
    let host = match authority.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    };
    host.trim_end_matches('.').to_ascii_lowercase()
}

/// Addresses and `localhost` are always ours: a rebound name is what gives an attack away.
fn is_known(host: &str, allowed: &[String]) -> bool {
    host == "localhost"
        || host.ends_with(".localhost")
        || host.parse::<IpAddr>().is_ok()
        || allowed.iter().any(|name| name.eq_ignore_ascii_case(host))
}

#[cfg(test)]
mod tests {
    use super::{is_known, name_of};

    #[test]
    fn only_addresses_localhost_and_allowed_names_are_known() {
        let allowed = ["Console.Example".to_owned()];
        for authority in [
            "127.0.0.1:8080",
            "[::1]:8080",
            "localhost",
            "wharf.localhost:1",
            "10.0.0.7",
            "console.example:80",
        ] {
            assert!(is_known(&name_of(authority), &allowed), "{authority}");
        }
        for authority in ["evil.example", "", "localhost.evil.example", "127.0.0.1.evil.example"] {
            assert!(!is_known(&name_of(authority), &allowed), "{authority}");
        }
    }
}
