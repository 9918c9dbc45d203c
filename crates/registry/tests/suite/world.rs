//! A registry of one's own, the requests that reached it, and faults to order.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use futures::StreamExt as _;
use oci_spec::image::MediaType;
use registry_server::{Options, RegistryServer};
use wharf_registry::{Keychain, Reference, Registry, RetryPolicy, Settings, Store, Timeouts};

/// What goes wrong with one request.
#[derive(Clone, Debug)]
pub(crate) enum Fault {
    /// The connection closes without an answer, and the registry never saw the request.
    DropBefore,
    /// The registry did its work, but the connection closes without an answer.
    DropAfter,
    /// The registry sees this many bytes of the request, then the connection closes.
    CutRequest(usize),
    /// The client sees this many bytes of the answer, then the connection closes.
    CutAnswer(usize),
    /// The answer has this status, a `Retry-After` if given, and no work was done.
    Status(u16, Option<u32>),
    /// The answer's body is replaced, its length with it.
    Body(&'static str),
    /// One byte of the answer's body is another.
    FlipByte,
    /// A header of the answer is replaced, or dropped when empty.
    Header(&'static str, &'static str),
    /// The answer takes this long to come.
    Slow(Duration),
    /// The request is sent elsewhere.
    Redirect(String),
}

/// A registry, its log, and the faults that wait for it.
pub(crate) struct World {
    pub(crate) registry: Registry,
    pub(crate) store: Arc<Store>,
    pub(crate) host: String,
    desk: Arc<Desk>,
}

#[derive(Default)]
struct Desk {
    log: Mutex<Vec<String>>,
    faults: Mutex<VecDeque<(&'static str, Fault)>>,
    headers: Mutex<Vec<(String, String)>>,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(Options::default(), Keychain::anonymous()).await
    }

    pub(crate) async fn with(options: Options, credentials: Keychain) -> Self {
        let store = Arc::new(Store::memory());
        let router = RegistryServer::new(store.clone(), options).router();
        Self::around(router, store, credentials).await
    }

    /// A world around any router, which the faults come before.
    pub(crate) async fn around(router: Router, store: Arc<Store>, credentials: Keychain) -> Self {
        let desk = Arc::new(Desk::default());
        let router = router.layer(from_fn_with_state(desk.clone(), pass));
        let host = serve(router).await;
        let registry = Registry::new(settings(credentials)).unwrap();
        Self { registry, store, host, desk }
    }

    pub(crate) fn reference(&self, name: &str) -> Reference {
        format!("{}/{name}", self.host).parse().unwrap()
    }

    /// The next request whose line (`GET /v2/…`) contains `when` fails so; ordered faults wait in line.
    pub(crate) fn order(&self, when: &'static str, fault: Fault) {
        self.desk.faults.lock().unwrap().push_back((when, fault));
    }

    /// The requests since the last call.
    pub(crate) fn requests(&self) -> Vec<String> {
        std::mem::take(&mut self.desk.log.lock().unwrap())
    }

    /// The `Authorization` headers that were seen, with their request.
    pub(crate) fn authorizations(&self) -> Vec<(String, String)> {
        std::mem::take(&mut self.desk.headers.lock().unwrap())
    }

    /// Whether every ordered fault happened.
    pub(crate) fn is_calm(&self) -> bool {
        self.desk.faults.lock().unwrap().is_empty()
    }

    /// The same world with another client.
    pub(crate) fn with_client(self, settings: Settings) -> Self {
        Self { registry: Registry::new(settings).unwrap(), ..self }
    }

    /// Pushes a manifest with nothing in it but `note`.
    pub(crate) async fn push(&self, name: &str, note: &str) -> oci_spec::image::Digest {
        let bytes = manifest(note);
        self.registry
            .push_manifest(&self.reference(name), &MediaType::ImageManifest, bytes)
            .await
            .unwrap()
    }
}

/// An artifact manifest whose config is the empty JSON, inlined by no registry check.
pub(crate) fn manifest(note: &str) -> Bytes {
    format!(r#"{{"schemaVersion":2,"annotations":{{"note":"{note}"}}}}"#).into()
}

pub(crate) fn settings(credentials: Keychain) -> Settings {
    Settings {
        credentials,
        retry: RetryPolicy {
            attempts: 4,
            first_pause: Duration::from_millis(1),
            longest_pause: Duration::from_secs(1),
        },
        timeouts: Timeouts {
            connect: Duration::from_secs(2),
            answer: Duration::from_millis(500),
            idle: Duration::from_millis(500),
        },
        ..Settings::default()
    }
}

/// Serves a router on a free port of this machine and returns `host:port`.
pub(crate) async fn serve(router: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move { axum::serve(listener, router).await });
    host
}

async fn pass(State(desk): State<Arc<Desk>>, request: Request, next: Next) -> Response {
    let line = format!("{} {}", request.method(), request.uri().path());
    if let Some(value) = request.headers().get(header::AUTHORIZATION) {
        let value = value.to_str().unwrap().to_owned();
        desk.headers.lock().unwrap().push((line.clone(), value));
    }
    desk.log.lock().unwrap().push(line.clone());
    let fault = {
        let mut faults = desk.faults.lock().unwrap();
        let at = faults.iter().position(|(when, _)| line.contains(when));
        at.and_then(|at| faults.remove(at)).map(|(_, fault)| fault)
    };
    match fault {
        None => next.run(request).await,
        Some(fault) => misbehave(fault, request, next).await,
    }
}

async fn misbehave(fault: Fault, request: Request, next: Next) -> Response {
    match fault {
        Fault::DropBefore => hang_up(),
        Fault::DropAfter => {
            next.run(request).await;
            hang_up()
        }
        Fault::CutRequest(at) => {
            let (parts, body) = request.into_parts();
            let body = Body::from_stream(cut(body, at));
            next.run(Request::from_parts(parts, body)).await;
            hang_up()
        }
        Fault::CutAnswer(at) => {
            let (parts, body) = next.run(request).await.into_parts();
            Response::from_parts(parts, Body::from_stream(cut(body, at)))
        }
        Fault::Status(status, wait) => {
            let mut response = StatusCode::from_u16(status).unwrap().into_response();
            if let Some(wait) = wait {
                response.headers_mut().insert(header::RETRY_AFTER, wait.into());
            }
            response
        }
        Fault::Body(text) => {
            let (mut parts, _) = next.run(request).await.into_parts();
            parts.headers.remove(header::CONTENT_LENGTH);
            Response::from_parts(parts, Body::from(text))
        }
        Fault::FlipByte => {
            let (parts, body) = next.run(request).await.into_parts();
            let mut bytes = to_bytes(body, 1 << 30).await.unwrap().to_vec();
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            Response::from_parts(parts, Body::from(bytes))
        }
        Fault::Header(name, value) => {
            let mut response = next.run(request).await;
            let name = HeaderName::from_static(name);
            response.headers_mut().remove(&name);
            if !value.is_empty() {
                response.headers_mut().insert(name, HeaderValue::from_static(value));
            }
            response
        }
        Fault::Slow(time) => {
            tokio::time::sleep(time).await;
            next.run(request).await
        }
        Fault::Redirect(to) => (
            StatusCode::TEMPORARY_REDIRECT,
            [(header::LOCATION, HeaderValue::from_str(&to).unwrap())],
        )
            .into_response(),
    }
}

/// Ends the task of the connection, and the connection with it.
fn hang_up() -> Response {
    std::panic::resume_unwind(Box::new("the proxy hangs up"))
}

/// A body that breaks off after `at` bytes.
fn cut(body: Body, at: usize) -> impl futures::Stream<Item = std::io::Result<Bytes>> {
    let mut left = at;
    body.into_data_stream()
        .map(move |piece| {
            let piece = piece.map_err(std::io::Error::other)?;
            let taken = piece.slice(..left.min(piece.len()));
            left -= taken.len();
            Ok((taken, left == 0))
        })
        .flat_map(|result| match result {
            Ok((piece, is_over)) => {
                let broken = std::io::Error::other("the proxy cut it off");
                let end = is_over.then_some(Err(broken));
                futures::stream::iter([Ok(piece)].into_iter().chain(end).collect::<Vec<_>>())
            }
            Err(error) => futures::stream::iter(vec![Err(error)]),
        })
}
