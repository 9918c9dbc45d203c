//! Where a redirect may lead, and whether the credentials come along.

use reqwest::{Method, StatusCode, Url};

/// The most redirects that one request follows.
pub(crate) const LIMIT: usize = 5;

/// Whether this answer sends the request elsewhere and the method allows to follow.
pub(crate) fn is_redirect(status: StatusCode, method: &Method) -> bool {
    match status.as_u16() {
        301..=303 => *method == Method::GET || *method == Method::HEAD,
        307 | 308 => true,
        _ => false,
    }
}

/// The next place, or why not: only HTTP, and never from TLS down to plain text.
pub(crate) fn next(from: &Url, location: &str) -> Result<Url, &'static str> {
    let to = from.join(location).map_err(|_| "a redirect to a malformed address")?;
    match (from.scheme(), to.scheme()) {
        (_, "https") | ("http", "http") => Ok(to),
        ("https", "http") => Err("a redirect from TLS to plain HTTP"),
        _ => Err("a redirect to something other than HTTP"),
    }
}

/// Whether credentials for `from` may be sent to `to`: same scheme, host and port.
pub(crate) fn is_same_origin(from: &Url, to: &Url) -> bool {
    from.origin() == to.origin()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        text.parse().unwrap()
    }

    #[test]
    fn tls_is_never_left() {
        assert!(next(&url("https://a/x"), "http://a/y").is_err());
        assert!(next(&url("https://a/x"), "ftp://a/y").is_err());
        assert_eq!(next(&url("http://a/x"), "https://b/y").unwrap(), url("https://b/y"));
        assert_eq!(next(&url("https://a/x/"), "y?z").unwrap(), url("https://a/x/y?z"));
    }

    #[test]
    fn another_port_is_another_origin() {
        assert!(is_same_origin(&url("https://a/x"), &url("https://a:443/y")));
        assert!(!is_same_origin(&url("http://a:1/x"), &url("http://a:2/x")));
    }
}
