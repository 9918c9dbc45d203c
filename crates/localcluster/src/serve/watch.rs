//! Watches: a cursor into the log of one resource, and what the client should see of it.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use futures::stream;
use http::{HeaderValue, StatusCode, header};
use serde_json::{Value, json};
use tokio::sync::watch::Receiver;
use tokio::time::Instant;

use super::respond::{Form, metadata_only};
use super::{Call, Place, known};
use crate::change::in_version;
use crate::kinds::{Kind, Resource};
use crate::select::Selector;
use crate::status::Failure;
use crate::store::{Change, Stored};
use crate::table;
use crate::world::World;

/// How long a watch lasts when the client does not say.
const DEFAULT_TIMEOUT: Duration = Duration::from_mins(30);
const BOOKMARK_EVERY: Duration = Duration::from_mins(1);

struct Watch {
    world: Arc<World>,
    kind: Arc<Kind>,
    index: usize,
    namespace: String,
    name: String,
    selector: Selector,
    form: Form,
    cursor: u64,
    bookmarks: bool,
    pending: VecDeque<Bytes>,
    changed: Receiver<u64>,
    closing: Receiver<bool>,
    ends: Instant,
    next_bookmark: Instant,
    over: bool,
    sent_columns: bool,
}

pub(crate) fn watch(
    world: &Arc<World>,
    call: &Call,
    place: &Place<'_>,
) -> Result<Response, Failure> {
    let (kind, index) = known(world, place)?;
    let selector =
        Selector::parse(call.parameter("labelSelector"), call.parameter("fieldSelector"))?;
    let asked = call.parameter("resourceVersion");
    let from: u64 = match asked {
        "" => 0,
        text => text
            .parse()
            .map_err(|_| Failure::bad_request(format!("invalid resource version {text:?}")))?,
    };
    let seconds = call.parameter("timeoutSeconds").parse().ok().filter(|s| *s > 0);
    let changed = world.store.subscribe(&kind.resource);
    let mut watch = Watch {
        world: Arc::clone(world),
        namespace: place.namespace.into(),
        name: place.name.into(),
        selector,
        form: Form::accepted(call.header("accept")),
        cursor: from,
        bookmarks: call.flag("allowWatchBookmarks"),
        pending: VecDeque::new(),
        changed,
        closing: world.closing.subscribe(),
        ends: Instant::now() + seconds.map_or(DEFAULT_TIMEOUT, Duration::from_secs),
        next_bookmark: Instant::now() + BOOKMARK_EVERY,
        over: false,
        sent_columns: false,
        kind,
        index,
    };
    let initial = call.parameter("sendInitialEvents");
    if initial == "true" || (from == 0 && initial != "false") {
        watch.send_initial(initial == "true");
    } else if from == 0 {
        watch.cursor = world.store.revision();
    }
    let body = Body::from_stream(stream::unfold(watch, |mut watch| async move {
        let line = watch.next().await?;
        Some((Ok::<Bytes, std::convert::Infallible>(line), watch))
    }));
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::OK;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(response)
}

impl Watch {
    /// The next line, or `None` when the watch is over.
    async fn next(&mut self) -> Option<Bytes> {
        loop {
            if let Some(line) = self.pending.pop_front() {
                return Some(line);
            }
            if self.over || *self.closing.borrow() {
                return None;
            }
            self.changed.mark_unchanged();
            self.collect();
            if !self.pending.is_empty() {
                continue;
            }
            let until = self.ends.min(self.next_bookmark);
            tokio::select! {
                changed = self.changed.changed() => if changed.is_err() { return None },
                _ = self.closing.changed() => return None,
                () = tokio::time::sleep_until(until) => self.tick(),
            }
        }
    }

    fn tick(&mut self) {
        let now = Instant::now();
        self.over = now >= self.ends;
        if self.bookmarks {
            self.next_bookmark = now + BOOKMARK_EVERY;
            let revision = self.world.store.revision();
            // Only what was collected is behind this bookmark.
            self.collect();
            self.cursor = self.cursor.max(revision);
            self.bookmark(None);
        } else {
            self.next_bookmark = self.ends;
        }
    }

    /// Turns the changes since the cursor into lines.
    fn collect(&mut self) {
        let resource: &Resource = &self.kind.resource;
        match self.world.store.changes(resource, self.cursor) {
            Ok(changes) => {
                for change in changes {
                    self.cursor = change.revision;
                    self.line_for(&change);
                }
            }
            Err(floor) => {
                let gone =
                    Failure::gone(format!("too old resource version: {} ({floor})", self.cursor));
                self.pending.push_back(line("ERROR", &gone.to_json()));
                self.over = true;
            }
        }
    }

    fn send_initial(&mut self, mark_end: bool) {
        let (objects, revision) = self.world.store.list(&self.kind.resource, &self.namespace);
        for stored in objects {
            if self.wants(&stored) {
                let line = self.event("ADDED", &stored);
                self.pending.push_back(line);
            }
        }
        self.cursor = revision;
        if mark_end {
            self.bookmark(Some(json!({ "k8s.io/initial-events-end": "true" })));
        }
    }

    fn wants(&self, stored: &Stored) -> bool {
        let meta = &stored.value["metadata"];
        (self.namespace.is_empty() || meta["namespace"] == self.namespace.as_str())
            && (self.name.is_empty() || meta["name"] == self.name.as_str())
            && (self.selector.is_everything() || self.selector.matches(&stored.value))
    }

    fn line_for(&mut self, change: &Change) {
        let was = change.old.as_ref().is_some_and(|old| self.wants(old));
        let line = match &change.new {
            Some(new) if self.wants(new) => self.event(if was { "MODIFIED" } else { "ADDED" }, new),
            Some(new) if was => {
                // It no longer matches: for this watcher it is gone, as it was, at the new revision.
                let mut last = change.old.as_ref().map_or(Value::Null, |old| old.value.clone());
                last["metadata"]["resourceVersion"] = json!(new.revision.to_string());
                self.event_of("DELETED", &last)
            }
            None if was => match &change.old {
                Some(old) => self.event("DELETED", old),
                None => return,
            },
            _ => return,
        };
        self.pending.push_back(line);
    }

    fn event(&mut self, kind: &str, stored: &Stored) -> Bytes {
        let plain = self.form == Form::Object
            && self.kind.versions.len() == 1
            && self.kind.group != "events.k8s.io";
        if plain {
            let json = stored.json();
            let mut line = Vec::with_capacity(json.len() + 40);
            line.extend_from_slice(format!("{{\"type\":\"{kind}\",\"object\":").as_bytes());
            line.extend_from_slice(&json);
            line.extend_from_slice(b"}\n");
            return Bytes::from(line);
        }
        self.event_of(kind, &stored.value)
    }

    fn event_of(&mut self, kind: &str, object: &Value) -> Bytes {
        let version = &self.kind.versions[self.index];
        let object = in_version(&self.kind, version, object);
        let shown = match self.form {
            Form::Object => object,
            Form::Metadata => metadata_only(&object),
            Form::Table => {
                let first = !std::mem::replace(&mut self.sent_columns, true);
                let meta = json!({ "resourceVersion": object["metadata"]["resourceVersion"] });
                let now = self.world.timestamp();
                table::table(&self.kind, version, &[object], &meta, (now, first))
            }
        };
        line(kind, &shown)
    }

    fn bookmark(&mut self, annotations: Option<Value>) {
        let mut object = json!({
            "kind": self.kind.kind,
            "apiVersion": self.kind.api_version(&self.kind.versions[self.index].name),
            "metadata": { "resourceVersion": self.cursor.to_string() },
        });
        if let Some(annotations) = annotations {
            object["metadata"]["annotations"] = annotations;
        }
        if self.form == Form::Metadata {
            object = metadata_only(&object);
        }
        self.pending.push_back(line("BOOKMARK", &object));
    }
}

fn line(kind: &str, object: &Value) -> Bytes {
    let mut text = json!({ "type": kind, "object": object }).to_string();
    text.push('\n');
    Bytes::from(text)
}
