//! Who may do what: one optional login, and a switch that keeps everything as it is.

use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::Options;
use crate::refusal::Refusal;

/// Refuses what the options do not allow.
pub(crate) fn check(
    options: &Options,
    method: &Method,
    headers: &HeaderMap,
) -> Result<(), Refusal> {
    if let Some((user, password)) = &options.login {
        let expected = format!("Basic {}", STANDARD.encode(format!("{user}:{password}")));
        let given = headers.get(header::AUTHORIZATION).map(HeaderValue::as_bytes);
        if given != Some(expected.as_bytes()) {
            let refusal = Refusal::new(StatusCode::UNAUTHORIZED, "UNAUTHORIZED", "log in first");
            return Err(refusal.header(header::WWW_AUTHENTICATE, "Basic realm=\"wharf\""));
        }
    }
    let reads = [Method::GET, Method::HEAD].contains(method);
    if options.is_read_only && !reads {
        return Err(Refusal::unsupported("this registry is read-only"));
    }
    Ok(())
}
