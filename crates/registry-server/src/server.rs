//! The server: a router over a store.

use std::future::Future;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::any;
use registry::{MANIFEST_LIMIT, Store};
use serde::Deserialize;
use tokio::net::TcpListener;
use tokio::sync::broadcast;

use crate::event::Event;
use crate::page::{self, Window};
use crate::refusal::Refusal;
use crate::route::Route;
use crate::uploads::{self, Uploads};
use crate::{access, blobs, manifests};

/// How many events a slow subscriber may be behind before it misses some.
const EVENTS: usize = 1024;

const API_VERSION: HeaderName = HeaderName::from_static("docker-distribution-api-version");

/// What a registry server lets happen.
#[derive(Clone, Default)]
pub struct Options {
    /// Refuses everything that writes.
    pub is_read_only: bool,
    /// The one user name and password that may use it; anybody without.
    pub login: Option<(String, String)>,
}

/// An OCI registry over a [`Store`]. Cloning shares it.
///
/// All repositories of the store share their blobs: a blob that was pushed to one can be read
/// through any.
///
/// # Source
///
/// OCI Distribution Spec 1.1, all four categories; beyond it `If-Match` and `If-None-Match: *` on the
/// `PUT` of a tag, answered with 412, and `GET /v2/_catalog`.
#[derive(Clone)]
pub struct RegistryServer {
    shared: Arc<Shared>,
}

pub(crate) struct Shared {
    pub(crate) store: Arc<Store>,
    pub(crate) uploads: Uploads,
    options: Options,
    events: broadcast::Sender<Event>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Filter {
    artifact_type: Option<String>,
}

impl RegistryServer {
    /// Makes a server; nothing listens yet.
    pub fn new(store: Arc<Store>, options: Options) -> Self {
        let (events, _) = broadcast::channel(EVENTS);
        let uploads = Uploads::default();
        Self { shared: Arc::new(Shared { store, uploads, options, events }) }
    }

    /// The content that is served.
    pub fn store(&self) -> &Arc<Store> {
        &self.shared.store
    }

    /// Every push and deletion from now on; one who is more than 1024 behind misses the oldest.
    pub fn subscribe(&self) -> broadcast::Receiver<Event> {
        self.shared.events.subscribe()
    }

    /// The router, to be served on its own or nested at the root of another.
    pub fn router(&self) -> Router {
        Router::new()
            .route("/v2", any(base))
            .route("/v2/", any(base))
            .route("/v2/{*path}", any(dispatch))
            .with_state(self.shared.clone())
    }

    /// Serves until `shutdown` is done, then lets the requests in progress end.
    ///
    /// # Errors
    ///
    /// What the listener says.
    pub async fn serve(
        self,
        listener: TcpListener,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> std::io::Result<()> {
        axum::serve(listener, self.router()).with_graceful_shutdown(shutdown).await
    }
}

/// Serves a store with the default options until the task is dropped.
///
/// # Errors
///
/// What the listener says.
pub async fn serve(listener: TcpListener, store: Arc<Store>) -> std::io::Result<()> {
    RegistryServer::new(store, Options::default()).serve(listener, std::future::pending()).await
}

impl Shared {
    /// Tells the subscribers, if there are any.
    pub(crate) fn tell(&self, event: Event) {
        tracing::debug!(?event, "registry changed");
        let _listeners = self.events.send(event);
    }
}

async fn base(State(shared): State<Arc<Shared>>, method: Method, headers: HeaderMap) -> Response {
    let answer = access::check(&shared.options, &method, &headers).map(|()| {
        let json = HeaderValue::from_static("application/json");
        ([(header::CONTENT_TYPE, json)], "{}").into_response()
    });
    versioned(answer)
}

async fn dispatch(
    State(shared): State<Arc<Shared>>,
    Path(path): Path<String>,
    request: Request,
) -> Response {
    versioned(handle(&shared, &path, request).await)
}

fn versioned(answer: Result<Response, Refusal>) -> Response {
    let mut response = answer.unwrap_or_else(Refusal::into_response);
    response.headers_mut().insert(API_VERSION, HeaderValue::from_static("registry/2.0"));
    response
}

async fn handle(shared: &Shared, path: &str, request: Request) -> Result<Response, Refusal> {
    let (parts, body) = request.into_parts();
    let (method, headers) = (&parts.method, &parts.headers);
    access::check(&shared.options, method, headers)?;
    let reads = *method == Method::GET || *method == Method::HEAD;
    match Route::parse(path)? {
        Route::Catalog if reads => Ok(page::repositories(shared, &query::<Window>(&parts)?)),
        Route::Tags { repository } if reads => {
            page::tags(shared, &repository, &query::<Window>(&parts)?)
        }
        Route::Referrers { repository, subject } if reads => {
            let filter: Filter = query(&parts)?;
            let artifact_type = filter.artifact_type.as_deref();
            Ok(manifests::referrers(shared, &repository, &subject, artifact_type))
        }
        Route::Manifest { repository, selector } => match *method {
            _ if reads => manifests::get(shared, &repository, &selector, method, headers),
            Method::PUT => {
                let bytes = whole(body).await?;
                manifests::put(shared, &repository, &selector, headers, bytes)
            }
            Method::DELETE => manifests::delete(shared, &repository, &selector),
            _ => Err(other_method()),
        },
        Route::Blob { digest, .. } => match *method {
            _ if reads => blobs::get(shared, &digest, method, headers),
            Method::DELETE => blobs::delete(shared, &digest),
            _ => Err(other_method()),
        },
        Route::Uploads { repository } if *method == Method::POST => {
            uploads::start(shared, &repository, &query(&parts)?, body).await
        }
        Route::Upload { repository, id } => match *method {
            Method::PATCH => uploads::patch(shared, &repository, &id, headers, body).await,
            Method::PUT => {
                let query = query(&parts)?;
                uploads::finish(shared, &repository, &id, &query, (headers, body)).await
            }
            Method::DELETE => uploads::cancel(shared, &repository, &id),
            _ if reads => uploads::status(shared, &repository, &id),
            _ => Err(other_method()),
        },
        _ => Err(other_method()),
    }
}

fn query<T: serde::de::DeserializeOwned>(parts: &axum::http::request::Parts) -> Result<T, Refusal> {
    Query::try_from_uri(&parts.uri)
        .map(|Query(query)| query)
        .map_err(|_| Refusal::bad_request("PAGINATION_NUMBER_INVALID", "the query is malformed"))
}

/// Reads a manifest's body, within the limit.
async fn whole(body: Body) -> Result<bytes::Bytes, Refusal> {
    let limit = usize::try_from(MANIFEST_LIMIT).unwrap_or(usize::MAX);
    axum::body::to_bytes(body, limit).await.map_err(|_| {
        let message = format!("a manifest has at most {MANIFEST_LIMIT} bytes");
        Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "SIZE_INVALID", message)
    })
}

fn other_method() -> Refusal {
    Refusal::unsupported("this address does not know that method")
}
