//! Sends one request until there is an answer: scheme, login, redirects, retries.

use std::net::IpAddr;
use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{AUTHORIZATION, CONTENT_LENGTH, HeaderMap, LOCATION};
use reqwest::{Client, ClientBuilder, Response, StatusCode, Url};

use crate::auth::Authorization;
use crate::backoff::{pause, random, retry_after};
use crate::call::{Call, Payload, Target};
use crate::error::is_passing;
use crate::{Error, PlainHttp, Registry, Settings, body, redirect};

/// Bytes per piece of a streamed upload.
const PIECE: usize = 256 << 10;

impl Registry {
    /// Sends a call and returns the answer, whatever its status, with passing failures tried again.
    pub(crate) async fn send(&self, call: &Call) -> Result<Response, Error> {
        let policy = self.inner.settings.retry;
        let mut attempt = 0;
        loop {
            let result = self.attempt(call).await;
            attempt += 1;
            let wait = match &result {
                Ok(response) if is_passing(response.status().as_u16()) => {
                    // A refusal to start is safe to repeat even where an unknown outcome is not.
                    if !call.may_repeat && !is_not_begun(response.status()) {
                        return result;
                    }
                    retry_after(response.headers())
                }
                Err(Error::Unreachable { .. }) if call.may_repeat => None,
                _ => return result,
            };
            let wait = wait.unwrap_or_else(|| pause(&policy, attempt - 1, random()));
            if attempt >= policy.attempts || wait > policy.longest_pause {
                return result;
            }
            tracing::debug!(request = %call.line(), attempt, ?wait, "trying again");
            tokio::time::sleep(wait).await;
        }
    }

    /// Sends a call, expects one of `accepted`, and turns anything else into its error.
    pub(crate) async fn expect(&self, call: &Call, accepted: &[u16]) -> Result<Response, Error> {
        let response = self.send(call).await?;
        if accepted.contains(&response.status().as_u16()) {
            return Ok(response);
        }
        Err(self.refusal(call, response).await)
    }

    /// The error that an answer means.
    pub(crate) async fn refusal(&self, call: &Call, response: Response) -> Error {
        body::refusal(response, call.line(), self.inner.settings.timeouts.idle).await
    }

    /// Sends a call and reads the whole answer, again when it breaks off in the middle.
    pub(crate) async fn fetch(
        &self,
        call: &Call,
        accepted: &[u16],
        limit: u64,
    ) -> Result<(HeaderMap, Bytes), Error> {
        let policy = self.inner.settings.retry;
        let idle = self.inner.settings.timeouts.idle;
        let mut attempt = 0;
        loop {
            let response = self.expect(call, accepted).await?;
            let headers = response.headers().clone();
            match body::read(response, &call.line(), limit, idle).await {
                Ok(bytes) => return Ok((headers, bytes)),
                Err(error @ Error::Unreachable { .. }) => {
                    attempt += 1;
                    if attempt >= policy.attempts {
                        return Err(error);
                    }
                    tokio::time::sleep(pause(&policy, attempt - 1, random())).await;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// One attempt; finds out first whether the host speaks TLS, where that is open.
    async fn attempt(&self, call: &Call) -> Result<Response, Error> {
        let path = match &call.target {
            Target::Url(url) => return self.exchange(call, url.clone()).await,
            Target::Path(path) => path,
        };
        let schemes = match self.host(&call.reference).scheme {
            Some("http") => &["http"],
            Some(_) => &["https"],
            None => schemes(&self.inner.settings, call.reference.host()),
        };
        let mut first_result = None;
        for scheme in schemes {
            let result = self.exchange(call, address(scheme, &call.reference, path)?).await;
            if schemes.len() == 1 || !is_other_scheme(scheme, &result) {
                if result.is_ok() {
                    self.learn(&call.reference, |host| host.scheme = Some(scheme));
                }
                return result;
            }
            first_result.get_or_insert(result);
        }
        first_result.expect("there is at least one scheme")
    }

    /// Sends to an address, logs in when asked, follows redirects without taking the login elsewhere.
    async fn exchange(&self, call: &Call, start: Url) -> Result<Response, Error> {
        let home = self.home(call, &start);
        let mut url = start;
        let mut has_logged_in = false;
        let mut authorization = None;
        let mut hops = 0;
        loop {
            let is_home = redirect::is_same_origin(&home, &url);
            if is_home && authorization.is_none() {
                authorization = self.authorize(call).await?;
            }
            let offered = authorization.as_ref().filter(|_| is_home);
            let response = self.raw(call, url.clone(), offered).await?;
            let status = response.status();
            if status == StatusCode::UNAUTHORIZED && is_home && !has_logged_in {
                has_logged_in = true;
                let refused = authorization.take();
                authorization = self.authorize_again(call, response.headers(), refused).await?;
                if authorization.is_none() {
                    return Ok(response);
                }
            } else if redirect::is_redirect(status, &call.method) {
                let garbage = |reason: &str| Error::Garbage {
                    request: call.line(),
                    reason: reason.to_owned(),
                };
                hops += 1;
                if hops > redirect::LIMIT {
                    return Err(garbage("too many redirects"));
                }
                let location = response.headers().get(LOCATION).and_then(|l| l.to_str().ok());
                let location = location.ok_or_else(|| garbage("a redirect to nowhere"))?;
                url = redirect::next(&url, location).map_err(garbage)?;
            } else {
                return Ok(response);
            }
        }
    }

    /// The registry's own origin: the only place that the login is for.
    fn home(&self, call: &Call, start: &Url) -> Url {
        match (&call.target, self.host(&call.reference).scheme) {
            (Target::Url(_), Some(scheme)) => {
                address(scheme, &call.reference, "/v2/").unwrap_or_else(|_| start.clone())
            }
            _ => start.clone(),
        }
    }

    /// One request and one answer.
    async fn raw(
        &self,
        call: &Call,
        url: Url,
        authorization: Option<&Authorization>,
    ) -> Result<Response, Error> {
        let mut builder = self.client_for(&url)?.request(call.method.clone(), url);
        builder = builder.headers(call.headers.clone());
        if let Some(authorization) = authorization {
            builder = builder.header(AUTHORIZATION, authorization.header.clone());
        }
        builder = match &call.payload {
            Payload::Nothing if call.method == reqwest::Method::GET => builder,
            Payload::Nothing if call.method == reqwest::Method::HEAD => builder,
            Payload::Nothing => builder.header(CONTENT_LENGTH, 0),
            Payload::Bytes(bytes) => builder.body(bytes.clone()),
            Payload::Part { source, offset, length } => {
                let pieces = pieces(source.clone(), *offset, *length);
                builder.header(CONTENT_LENGTH, *length).body(reqwest::Body::wrap_stream(pieces))
            }
        };
        let extra = Duration::from_secs(call.payload.len() >> 16);
        let patience = self.inner.settings.timeouts.answer + extra;
        match tokio::time::timeout(patience, builder.send()).await {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(error)) => Err(body::broken(&call.line(), error)),
            Err(_) => Err(Error::Unreachable {
                request: call.line(),
                source: format!("no answer within {} s", patience.as_secs_f32()).into(),
            }),
        }
    }

    /// The client for an address: local plain HTTP needs neither roots nor proxy.
    pub(crate) fn client_for(&self, url: &Url) -> Result<&Client, Error> {
        if url.scheme() == "http" && is_local(url.host_str().unwrap_or_default()) {
            return Ok(&self.inner.local_client);
        }
        if let Some(client) = self.inner.client.get() {
            return Ok(client);
        }
        let client = client(&self.inner.settings)?;
        Ok(self.inner.client.get_or_init(|| client))
    }
}

/// Whether the status says that the work was not begun, so that repeating any method is safe.
fn is_not_begun(status: StatusCode) -> bool {
    matches!(status.as_u16(), 429 | 503)
}

/// A stream of the content, read piece by piece as the connection takes it.
fn pieces(
    source: std::sync::Arc<dyn crate::BlobSource>,
    offset: u64,
    length: u64,
) -> impl futures::Stream<Item = std::io::Result<Bytes>> {
    let end = offset + length;
    futures::stream::try_unfold(offset, move |at| {
        let source = source.clone();
        async move {
            let wanted = usize::try_from(end - at).unwrap_or(PIECE).min(PIECE);
            if wanted == 0 {
                return Ok(None);
            }
            let piece = source.read(at, wanted)?;
            if piece.is_empty() {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
            let next = at + piece.len() as u64;
            Ok(Some((piece, next)))
        }
    })
}

/// The address of a path on the registry; Docker Hub's API lives on another name.
fn address(scheme: &str, reference: &crate::Reference, path: &str) -> Result<Url, Error> {
    let host = match reference.host() {
        "docker.io" => "registry-1.docker.io",
        host => host,
    };
    Url::parse(&format!("{scheme}://{host}{path}")).map_err(|_| Error::BadReference {
        text: reference.to_string(),
        reason: "the host is malformed".to_owned(),
    })
}

/// The schemes to try, in order.
fn schemes(settings: &Settings, host: &str) -> &'static [&'static str] {
    let is_local = is_local(host);
    match settings.plain_http {
        PlainHttp::Never => &["https"],
        PlainHttp::Local if !is_local => &["https"],
        _ if is_local
            && settings.tls.roots_pem.is_none()
            && settings.tls.identity_pem.is_none() =>
        {
            &["http", "https"]
        }
        _ => &["https", "http"],
    }
}

/// Whether a first result speaks for the other scheme.
fn is_other_scheme(scheme: &str, result: &Result<Response, Error>) -> bool {
    match result {
        // A Go server's answer to plain HTTP on its TLS port.
        Ok(response) => scheme == "http" && is_tls_hint(response),
        Err(Error::Unreachable { source, .. }) => {
            let error = source.downcast_ref::<reqwest::Error>();
            // Plain HTTP that cannot even connect will not do better with TLS.
            error.is_some_and(|error| error.is_connect() == (scheme == "https"))
        }
        Err(_) => false,
    }
}

fn is_tls_hint(response: &Response) -> bool {
    let is_json = response
        .headers()
        .get(reqwest::header::CONTENT_TYPE)
        .is_some_and(|value| value.as_bytes().starts_with(b"application/json"));
    response.status() == StatusCode::BAD_REQUEST && !is_json
}

/// The hosts that may be spoken to in plain HTTP unasked.
///
/// # Source
///
/// go-containerregistry, `name.Registry.Scheme`: loopback, `localhost`, `*.local(host)`, RFC 1918.
pub(crate) fn is_local(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.parse::<u16>().is_ok() => name,
        _ => host,
    };
    let bare = name.trim_start_matches('[').trim_end_matches(']');
    match bare.parse::<IpAddr>() {
        Ok(IpAddr::V4(address)) => address.is_loopback() || address.is_private(),
        Ok(IpAddr::V6(address)) => address.is_loopback(),
        Err(_) => {
            let name = name.to_ascii_lowercase();
            name == "localhost" || name.ends_with(".localhost") || has_suffix(&name, ".local")
        }
    }
}

fn has_suffix(name: &str, suffix: &str) -> bool {
    name.len() > suffix.len() && name.ends_with(suffix)
}

/// The client for plain HTTP on local hosts.
pub(crate) fn local_client(settings: &Settings) -> Result<Client, Error> {
    base(settings).no_proxy().tls_certs_only([]).build().map_err(|error| bad_settings(&error))
}

/// Refuses certificates, keys and proxies that cannot be read, before anything is sent.
pub(crate) fn check(settings: &Settings) -> Result<(), Error> {
    configure(settings).map(|_| ())
}

fn client(settings: &Settings) -> Result<Client, Error> {
    let (builder, roots) = configure(settings)?;
    let merged = builder.tls_certs_merge(roots.clone()).build();
    if merged.is_err() && !roots.is_empty() {
        // An image without a certificate store still has the roots it was given.
        let (builder, roots) = configure(settings)?;
        return builder.tls_certs_only(roots).build().map_err(|error| bad_settings(&error));
    }
    merged.map_err(|error| bad_settings(&error))
}

fn configure(settings: &Settings) -> Result<(ClientBuilder, Vec<reqwest::Certificate>), Error> {
    let mut builder = base(settings);
    if let Some(proxy) = &settings.proxy {
        let mut all = reqwest::Proxy::all(&proxy.address).map_err(|error| bad_settings(&error))?;
        if let Some((user, password)) = &proxy.login {
            all = all.basic_auth(user, password);
        }
        let local = reqwest::NoProxy::from_string("localhost,127.0.0.0/8,::1");
        builder = builder.proxy(all.no_proxy(local));
    }
    if let Some(pem) = &settings.tls.identity_pem {
        let identity = reqwest::Identity::from_pem(pem).map_err(|error| bad_settings(&error))?;
        builder = builder.identity(identity);
    }
    if settings.tls.accept_any_certificate {
        builder = builder.tls_danger_accept_invalid_certs(true);
    }
    let roots = match &settings.tls.roots_pem {
        Some(pem) => reqwest::Certificate::from_pem_bundle(pem).map_err(|e| bad_settings(&e))?,
        None => Vec::new(),
    };
    if roots.is_empty() && settings.tls.roots_pem.is_some() {
        return Err(Error::BadSettings { reason: "no certificate in the PEM bundle".to_owned() });
    }
    Ok((builder, roots))
}

fn base(settings: &Settings) -> ClientBuilder {
    Client::builder()
        .user_agent(&settings.user_agent)
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(settings.timeouts.connect)
        .pool_idle_timeout(Duration::from_secs(90))
        .tcp_nodelay(true)
}

fn bad_settings(error: &reqwest::Error) -> Error {
    let mut reason = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        reason = format!("{reason}: {cause}");
        source = cause.source();
    }
    Error::BadSettings { reason }
}
