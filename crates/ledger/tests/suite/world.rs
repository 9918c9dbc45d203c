//! A registry with bad habits, and a ledger on it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use bundle::{PackOptions, Packed, pack};
use jiff::Timestamp;
use ledger::{
    Channel, Entry, Error, Expect, Kind, Ledger, Log, MarkRequest, MoveRequest, Moved, Options,
    Provenance, RepairRequest, Way,
};
use manifest::Tree;
use oci_spec::image::Digest;
use registry::layout::Store;
use registry::{Reference, Registry, RetryPolicy, Settings};
use registry_server::RegistryServer;
use tokio::sync::Notify;
use ulid::Ulid;

/// What a registry cannot do, or does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Habit {
    /// Ignores `If-Match`, as nearly all do.
    Unconditional,
    /// Has no referrers API, as distribution.
    NoReferrers,
    /// Deletes neither tags nor manifests.
    NoDelete,
    /// Refuses every other manifest once, as distribution does when two writes meet in its files.
    Raced,
    /// Answers tag lists as they were a moment ago.
    OldLists,
}

/// What happens at one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The registry does nothing and answers 500.
    RefusedBefore,
    /// The registry does it and answers 500.
    RefusedAfter,
    /// The mover is killed before the request arrives.
    KilledBefore,
    /// The mover is killed after the registry did it.
    KilledAfter,
}

#[derive(Default)]
struct Habits {
    has: BTreeSet<Habit>,
    requests: AtomicUsize,
    puts: AtomicUsize,
    log: Mutex<Vec<String>>,
    fault: Mutex<Option<(usize, Fault)>>,
    killed: Notify,
    lists: Mutex<BTreeMap<String, (tokio::time::Instant, Vec<u8>)>>,
}

pub(crate) struct World {
    pub(crate) ledger: Ledger,
    pub(crate) store: Arc<Store>,
    habits: Arc<Habits>,
    ticks: AtomicU64,
}

/// 2026-11-20T10:00:00Z.
const START: i64 = 1_795_168_800;

impl World {
    pub(crate) async fn new(habits: &[Habit]) -> Self {
        let store = Arc::new(Store::memory());
        let habits =
            Arc::new(Habits { has: habits.iter().copied().collect(), ..Habits::default() });
        let server = RegistryServer::new(store.clone(), registry_server::Options::default());
        let router = server.router().layer(from_fn_with_state(habits.clone(), behave));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, router).await });
        let repository: Reference = format!("{address}/acme/shop").parse().unwrap();
        let lease = Duration::from_secs(10);
        let ledger = open(&repository, lease);
        Self { ledger, store, habits, ticks: AtomicU64::new(0) }
    }

    /// How ledgers of this world behave.
    pub(crate) fn options(&self) -> Options {
        self.ledger.options()
    }

    /// A ledger of another process: nothing in memory, nothing learned.
    pub(crate) fn other(&self) -> Ledger {
        open(self.ledger.repository(), Duration::from_secs(10))
    }

    /// The same, for movers that shall notice soon that another one died.
    pub(crate) fn impatient(&self) -> Ledger {
        open(self.ledger.repository(), Duration::from_millis(600))
    }

    pub(crate) fn now(&self) -> (Timestamp, Ulid) {
        let tick = self.ticks.fetch_add(1, Ordering::SeqCst);
        let at = Timestamp::from_second(START + i64::try_from(tick).unwrap() * 60).unwrap();
        let millis = u64::try_from(at.as_millisecond()).unwrap();
        (at, Ulid::from_parts(millis, 1 + u128::from(tick)))
    }

    /// Pushes a bundle whose content was made on that day of January.
    pub(crate) async fn bundle(&self, day: u8) -> Digest {
        self.push(&packed(day)).await
    }

    pub(crate) async fn push(&self, packed: &Packed) -> Digest {
        let (registry, repository) = (self.ledger.registry(), self.ledger.repository());
        registry.push_blob(repository, packed.config.clone()).await.unwrap();
        registry.push_blob(repository, packed.layer.clone()).await.unwrap();
        let kind = packed.manifest_descriptor.media_type();
        registry.push_manifest(repository, kind, packed.manifest.clone()).await.unwrap()
    }

    pub(crate) fn request(&self, channel: &str, to: &Digest, kind: Kind) -> MoveRequest {
        let (at, id) = self.now();
        MoveRequest {
            channel: channel.parse().unwrap(),
            to: to.clone(),
            expect: Expect::Anything,
            kind,
            source: None,
            version: None,
            provenance: somebody("ann"),
            reason: (kind == Kind::Rollback).then(|| "it was broken".to_owned()),
            break_glass: false,
            at,
            id,
        }
    }

    pub(crate) async fn shift(
        &self,
        channel: &str,
        to: &Digest,
        kind: Kind,
    ) -> Result<Moved, Error> {
        self.ledger.move_channel(&self.request(channel, to, kind)).await
    }

    pub(crate) fn mark(&self, channel: &str, about: Option<&Digest>, reason: &str) -> MarkRequest {
        let (at, id) = self.now();
        MarkRequest {
            channel: channel.parse().unwrap(),
            about: about.cloned(),
            provenance: somebody("eve"),
            reason: Some(reason.to_owned()),
            at,
            id,
        }
    }

    pub(crate) fn repair(&self, channel: &str, way: Way) -> RepairRequest {
        let (at, id) = self.now();
        RepairRequest {
            channel: channel.parse().unwrap(),
            way,
            provenance: somebody("rob"),
            reason: Some("tidying up".to_owned()),
            at,
            id,
        }
    }

    pub(crate) async fn log(&self, channel: &str) -> Log {
        self.other().log(&channel.parse().unwrap()).await.unwrap()
    }

    pub(crate) async fn current(&self, channel: &str) -> Option<Digest> {
        self.ledger.current(&channel.parse::<Channel>().unwrap()).await.unwrap()
    }

    /// Another tool's `crane tag`.
    pub(crate) async fn tag_with_another_tool(&self, channel: &str, to: &Digest) {
        let from = self.ledger.repository().with_digest(to.clone());
        self.ledger.registry().tag(&from, channel).await.unwrap();
    }

    /// Starts to count requests from zero.
    pub(crate) fn count_from_here(&self) {
        self.habits.requests.store(0, Ordering::SeqCst);
        self.habits.log.lock().unwrap().clear();
    }

    pub(crate) fn requests(&self) -> Vec<String> {
        self.habits.log.lock().unwrap().clone()
    }

    /// Plans a fault at the request with this number, counted from zero.
    pub(crate) fn plan(&self, at: usize, fault: Fault) {
        *self.habits.fault.lock().unwrap() = Some((at, fault));
    }

    /// Whether the planned fault has yet to happen; forgets it.
    pub(crate) fn forget_plan(&self) -> bool {
        self.habits.fault.lock().unwrap().take().is_some()
    }

    /// Runs a mover until it is done or killed.
    pub(crate) async fn until_killed<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            () = self.habits.killed.notified() => None,
            result = work => Some(result),
        }
    }
}

pub(crate) fn somebody(name: &str) -> Provenance {
    Provenance {
        actor: Some(name.to_owned()),
        pipeline: Some(format!("https://ci.example.com/{name}")),
        ..Provenance::default()
    }
}

pub(crate) fn packed(day: u8) -> Packed {
    let mut tree = Tree::new();
    tree.insert("app.yaml", format!("kind: ConfigMap\ndata: {{day: '{day}'}}\n")).unwrap();
    let created = format!("2026-01-{day:02}T00:00:00Z").parse().unwrap();
    pack(&tree, &PackOptions { created, ..PackOptions::default() }).unwrap()
}

fn open(repository: &Reference, lease: Duration) -> Ledger {
    let pause = Duration::from_millis(1);
    let retry = RetryPolicy { attempts: 1, first_pause: pause, longest_pause: pause };
    let registry = Registry::new(Settings { retry, ..Settings::default() }).unwrap();
    let options = Options {
        lease,
        poll: Duration::from_millis(20),
        patience: Duration::from_mins(1),
        ..Options::default()
    };
    Ledger::new(registry, repository).with_options(options)
}

async fn behave(State(habits): State<Arc<Habits>>, request: Request, next: Next) -> Response {
    let number = habits.requests.fetch_add(1, Ordering::SeqCst);
    let path = request.uri().path().to_owned();
    habits.log.lock().unwrap().push(format!("{} {path}", request.method()));
    let has = |habit| habits.has.contains(&habit);
    let fault = {
        let mut plan = habits.fault.lock().unwrap();
        let is_due = plan.is_some_and(|(at, _)| at == number);
        if is_due { plan.take().map(|(_, fault)| fault) } else { None }
    };
    if matches!(fault, Some(Fault::RefusedBefore)) {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    if matches!(fault, Some(Fault::KilledBefore)) {
        habits.killed.notify_one();
        std::future::pending::<()>().await;
    }
    let mut response = answer(&habits, request, next).await;
    match fault {
        Some(Fault::RefusedAfter) => return StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        Some(Fault::KilledAfter) => {
            habits.killed.notify_one();
            std::future::pending::<()>().await;
        }
        _ => {}
    }
    if has(Habit::Unconditional) {
        response.headers_mut().remove("wharf-conditional-put");
    }
    response
}

/// Answers with the registry's habits.
async fn answer(habits: &Habits, mut request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let has = |habit| habits.has.contains(&habit);
    if has(Habit::NoReferrers) && path.contains("/referrers/") {
        return StatusCode::NOT_FOUND.into_response();
    }
    if has(Habit::NoDelete) && request.method() == Method::DELETE {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    if has(Habit::Unconditional) {
        request.headers_mut().remove("if-match");
        request.headers_mut().remove("if-none-match");
    }
    if has(Habit::OldLists) && path.ends_with("/tags/list") {
        return old_list(habits, request, next).await;
    }
    if has(Habit::Raced)
        && request.method() == Method::PUT
        && path.contains("/manifests/")
        && habits.puts.fetch_add(1, Ordering::SeqCst).is_multiple_of(2)
    {
        let body = r#"{"errors":[{"code":"DIGEST_INVALID","message":"provided digest did not match uploaded content"}]}"#;
        return (StatusCode::BAD_REQUEST, body).into_response();
    }
    next.run(request).await
}

/// Answers the list of up to 50 ms ago.
async fn old_list(habits: &Habits, request: Request, next: Next) -> Response {
    let key = request.uri().to_string();
    let age = Duration::from_millis(50);
    if let Some((at, bytes)) = habits.lists.lock().unwrap().get(&key).cloned()
        && at.elapsed() < age
    {
        return Response::new(Body::from(bytes));
    }
    let response = next.run(request).await;
    if response.status() != StatusCode::OK {
        return response;
    }
    let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap().to_vec();
    habits.lists.lock().unwrap().insert(key, (tokio::time::Instant::now(), bytes.clone()));
    Response::new(Body::from(bytes))
}

/// A ledger as one line per entry, newest first, with bundles by their day.
pub(crate) fn show(log: &Log) -> String {
    let mut text = format!("{:?}\n", names(&format!("{:?}", log.state)));
    for entry in &log.entries {
        text += &line(entry);
    }
    text
}

pub(crate) fn line(entry: &Entry) -> String {
    let at = |digest: &Option<Digest>| digest.as_ref().map_or("-".to_owned(), day);
    let actor = entry.provenance.actor.as_deref().unwrap_or("?");
    let reason = entry.reason.as_ref().map(|reason| format!(" ({reason})")).unwrap_or_default();
    let (from, to) = (at(&entry.from), at(&entry.to));
    format!("{} {from} -> {to} by {actor} at {}{reason}\n", entry.kind, entry.at)
}

pub(crate) fn day(digest: &Digest) -> String {
    let found = (1..=31).find(|day| packed(*day).digest == *digest);
    found.map_or_else(|| digest.to_string(), |day| format!("day{day}"))
}

/// Replaces the digests of bundles by their days.
pub(crate) fn names(text: &str) -> String {
    (1..=9).fold(text.to_owned(), |text, day| {
        text.replace(packed(day).digest.as_ref(), &format!("day{day}"))
    })
}
