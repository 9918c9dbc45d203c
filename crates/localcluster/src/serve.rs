//! The HTTP side: who may ask, what is asked, how it is answered.

mod door;
mod read;
pub(crate) mod respond;
mod route;
mod virtuals;
mod watch;
mod write;

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::response::Response;
use http::{HeaderMap, Method, StatusCode};
use tokio::net::TcpListener;

use crate::authorize::{self, Attempt, User};
use crate::encode::{percent_decode, query};
use crate::status::Failure;
use crate::store::Key;
use crate::world::World;
use crate::{discovery, openapi};

pub(crate) use door::Door;
use respond::{failure, json, text};
use route::{Place, place};

/// The largest request body, as a real API server has it.
const MAX_BODY: usize = 3 << 20;

/// One request, read completely.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) query: BTreeMap<String, String>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Call {
    pub(crate) fn parameter(&self, name: &str) -> &str {
        self.query.get(name).map_or("", String::as_str)
    }

    pub(crate) fn flag(&self, name: &str) -> bool {
        self.query.get(name).is_some_and(|v| !matches!(v.as_str(), "false" | "0"))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default()
    }
}

/// Serves until the world closes.
pub(crate) async fn serve(listener: TcpListener, world: Arc<World>, door: Door) {
    let mut closing = world.closing.subscribe();
    let app = Router::new().fallback(handle).with_state((Arc::clone(&world), Arc::new(door)));
    let closed = async move {
        // An error means that the world is gone, which is as good as closing.
        drop(closing.wait_for(|closing| *closing).await);
    };
    if let Err(error) = axum::serve(listener, app).with_graceful_shutdown(closed).await {
        tracing::error!(%error, "the local API server stopped");
    }
}

async fn handle(
    State((world, door)): State<(Arc<World>, Arc<Door>)>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let path = match door.admit(&parts.headers, parts.uri.path()) {
        Ok(path) => percent_decode(path, false),
        Err(refusal) => return failure(&refusal),
    };
    let body = match read_body(body).await {
        Ok(body) => body,
        Err(refusal) => return failure(&refusal),
    };
    let call = Call {
        method: parts.method,
        path,
        query: query(parts.uri.query().unwrap_or_default()),
        headers: parts.headers,
        body,
    };
    answer(&world, &call).unwrap_or_else(|refusal| failure(&refusal))
}

async fn read_body(body: Body) -> Result<Bytes, Failure> {
    to_bytes(body, MAX_BODY).await.map_err(|_| {
        let message = format!("Request entity too large: limit is {MAX_BODY}");
        Failure::new(StatusCode::PAYLOAD_TOO_LARGE, "RequestEntityTooLarge", message)
    })
}

fn answer(world: &Arc<World>, call: &Call) -> Result<Response, Failure> {
    let segments: Vec<&str> = call.path.split('/').filter(|s| !s.is_empty()).collect();
    match segments.as_slice() {
        ["healthz" | "readyz" | "livez", ..] => Ok(text("ok")),
        ["version"] => Ok(json(&discovery::version())),
        ["openapi", rest @ ..] => {
            openapi::answer(world, rest, call).ok_or_else(Failure::no_such_path)
        }
        ["api" | "apis"] | ["api" | "apis", _] | ["apis", _, _] => {
            discovery::answer(world, &segments, call.header("accept"))
                .ok_or_else(Failure::no_such_path)
        }
        [] => Ok(json(&discovery::paths(world))),
        _ => resource(world, call, &segments),
    }
}

fn resource(world: &Arc<World>, call: &Call, segments: &[&str]) -> Result<Response, Failure> {
    let place = place(segments).ok_or_else(Failure::no_such_path)?;
    allowed(world, call, &place)?;
    if let Some(answer) = virtuals::answer(world, call, &place)? {
        return Ok(answer);
    }
    match (&call.method, place.name.is_empty()) {
        (&Method::GET, _) if call.flag("watch") => watch::watch(world, call, &place),
        (&Method::GET, true) => read::list(world, call, &place),
        (&Method::GET, false) => read::get(world, call, &place),
        (&Method::POST, true) => write::create(world, call, &place),
        (&Method::PUT, false) => write::replace(world, call, &place),
        (&Method::PATCH, false) => write::patch(world, call, &place),
        (&Method::DELETE, false) => write::delete(world, call, &place),
        (&Method::DELETE, true) => write::delete_all(world, call, &place),
        _ => Err(Failure::method_not_allowed()),
    }
}

/// Who is impersonated, if anybody.
pub(crate) fn impersonated(call: &Call) -> Option<User> {
    let name = call.header("impersonate-user");
    let groups = call.headers.get_all("impersonate-group").iter();
    let groups = groups.filter_map(|value| value.to_str().ok().map(str::to_owned)).collect();
    (!name.is_empty()).then(|| User::new(name, groups))
}

/// Holds an impersonated user to their roles.
fn allowed(world: &World, call: &Call, place: &Place<'_>) -> Result<(), Failure> {
    let Some(user) = impersonated(call) else { return Ok(()) };
    if matches!(place.group, "authorization.k8s.io" | "authentication.k8s.io") {
        return Ok(());
    }
    let kinds = world.kinds();
    let kind = kinds.get(place.group, place.plural).ok_or_else(Failure::no_such_path)?;
    let refuse = |verb: &str| {
        let attempt = attempt(place, verb);
        if authorize::may(world, &user, &attempt) {
            return Ok(());
        }
        Err(Failure::forbidden(kind, place.name, &attempt.refusal(&user)))
    };
    refuse(verb(call, place))?;
    let key = Key {
        resource: kind.resource.clone(),
        namespace: place.namespace.into(),
        name: place.name.into(),
    };
    // An apply that makes the object needs to be allowed to make it, too.
    let creates = call.method == Method::PATCH && world.store.get(&key).is_none();
    if creates && call.header("content-type").contains("apply-patch") {
        refuse("create")?;
    }
    Ok(())
}

fn verb(call: &Call, place: &Place<'_>) -> &'static str {
    match (&call.method, place.name.is_empty()) {
        (&Method::GET, _) if call.flag("watch") => "watch",
        (&Method::GET, true) => "list",
        (&Method::GET, false) => "get",
        (&Method::POST, _) => "create",
        (&Method::PUT, _) => "update",
        (&Method::PATCH, _) => "patch",
        (&Method::DELETE, true) => "deletecollection",
        _ => "delete",
    }
}

fn attempt<'a>(place: &Place<'a>, verb: &'a str) -> Attempt<'a> {
    let resource = match place.subresource {
        "" => place.plural.to_owned(),
        sub => format!("{}/{sub}", place.plural),
    };
    // A namespace is inside itself, so that a role in it may allow reading it.
    let own = place.group.is_empty() && place.plural == "namespaces";
    let namespace = if own { place.name } else { place.namespace };
    Attempt { verb, group: place.group, resource, namespace, name: place.name }
}

/// The kind and version that a place names.
pub(crate) fn known(
    world: &World,
    place: &Place<'_>,
) -> Result<(Arc<crate::kinds::Kind>, usize), Failure> {
    let kinds = world.kinds();
    if !kinds.groups().get(place.group).is_some_and(|known| known.contains(&place.version)) {
        return Err(Failure::no_such_page());
    }
    let kind = kinds.get(place.group, place.plural).ok_or_else(Failure::no_such_path)?;
    let index = kind
        .versions
        .iter()
        .position(|version| version.name == place.version)
        .ok_or_else(Failure::no_such_path)?;
    if kind.namespaced && !place.name.is_empty() && place.namespace.is_empty()
        || !kind.namespaced && !place.namespace.is_empty()
    {
        return Err(Failure::no_such_path());
    }
    let version = &kind.versions[index];
    let sub = place.subresource;
    if !sub.is_empty() && !version.subresources.iter().any(|s| s == sub) && sub != "finalize" {
        return Err(Failure::no_such_path());
    }
    Ok((Arc::clone(kind), index))
}
