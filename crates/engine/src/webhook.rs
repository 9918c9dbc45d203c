//! Answering webhooks: who may call, and what a call triggers.

mod authenticate;
mod trigger;

use std::collections::BTreeMap;
use std::sync::{Arc, RwLock};

use api::receiver::{ReceiverResource, ReceiverType};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode, Uri};

use crate::context::Context;
use crate::queue::Key;

use authenticate::{Refusal, authenticate};

/// The largest body that is read, in bytes.
const BODY_LIMIT: usize = 3 << 20;

/// One open path.
#[derive(Clone)]
pub(crate) struct Hook {
    pub(crate) receiver: Key,
    pub(crate) kind: ReceiverType,
    pub(crate) token: Vec<u8>,
    /// Which events of the sender count; all when empty.
    pub(crate) events: Vec<String>,
    pub(crate) resources: Vec<ReceiverResource>,
    pub(crate) is_suspended: bool,
}

/// The open paths.
#[derive(Default)]
pub(crate) struct Hooks {
    by_path: RwLock<BTreeMap<String, Hook>>,
}

impl Hooks {
    /// Opens a path, and closes every other path of the same receiver.
    pub(crate) fn open(&self, path: &str, hook: Hook) {
        let mut hooks = self.by_path.write().expect("no holder of this lock panics");
        hooks.retain(|_, other| other.receiver != hook.receiver);
        hooks.insert(path.to_owned(), hook);
    }

    /// Closes the path of a receiver.
    pub(crate) fn close(&self, receiver: &Key) {
        let mut hooks = self.by_path.write().expect("no holder of this lock panics");
        hooks.retain(|_, hook| hook.receiver != *receiver);
    }

    /// Makes the path of a receiver answer that it is suspended.
    pub(crate) fn suspend(&self, receiver: &Key) {
        let mut hooks = self.by_path.write().expect("no holder of this lock panics");
        for hook in hooks.values_mut().filter(|hook| hook.receiver == *receiver) {
            hook.is_suspended = true;
        }
    }

    fn find(&self, path: &str) -> Option<Hook> {
        self.by_path.read().expect("no holder of this lock panics").get(path).cloned()
    }
}

/// The server of webhooks.
///
/// # Source
///
/// facts/flux.md §5.1: 404 unknown path, 503 suspended, 400 call not valid, 413 body too large, 500 when
/// an object could not be triggered, else 200. The method is not looked at.
pub(crate) fn router(context: Arc<Context>) -> Router {
    Router::new().fallback(answer).layer(DefaultBodyLimit::max(BODY_LIMIT)).with_state(context)
}

async fn answer(
    State(context): State<Arc<Context>>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, String) {
    let path = uri.path_and_query().map_or(uri.path(), |exact| exact.as_str());
    let Some(hook) = context.hooks.find(path) else {
        return (StatusCode::NOT_FOUND, String::new());
    };
    if hook.is_suspended {
        return (StatusCode::SERVICE_UNAVAILABLE, "the receiver is suspended\n".to_owned());
    }
    match authenticate(&hook, &headers, &body) {
        Ok(()) => {}
        // The sender's event is of no interest: accepted, and nothing is done.
        Err(Refusal::Uninteresting) => return (StatusCode::OK, String::new()),
        Err(Refusal::Invalid(why)) => {
            tracing::warn!(namespace = hook.receiver.0, name = hook.receiver.1, "webhook: {why}");
            return (StatusCode::BAD_REQUEST, String::new());
        }
    }
    match trigger::trigger(&context, &hook).await {
        Ok(()) => (StatusCode::OK, String::new()),
        Err(why) => {
            tracing::warn!(namespace = hook.receiver.0, name = hook.receiver.1, "webhook: {why}");
            (StatusCode::INTERNAL_SERVER_ERROR, String::new())
        }
    }
}
