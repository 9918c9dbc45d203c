//! Receivers: webhooks by which a push is noticed at once.

use std::sync::Arc;
use std::time::Duration;

use api::condition::{self, READY, RECONCILING, STALLED, Status, Writer};
use api::label::{RECEIVER_STATUS_MANAGER, REQUESTED_AT};
use api::receiver::ReceiverType;
use api::{Receiver, ReceiverReason as Reason, ReceiverStatus};
use cluster::Resource;
use k8s_openapi::api::core::v1::Secret;
use tokio::sync::Notify;

use crate::context::{Context, read};
use crate::error::Error;
use crate::next_visit::{Rhythm, Visit, chance, next_visit};
use crate::object;
use crate::queue::Key;
use crate::source::data;
use crate::webhook::Hook;

/// Opens the path of one Receiver, or closes it; returns when the next visit is due.
pub(crate) async fn reconcile(
    context: Arc<Context>,
    key: Key,
    _outdated: Arc<Notify>,
) -> Option<Duration> {
    let Some(seen) = context.receivers.seen(&key) else {
        context.hooks.close(&key);
        return None;
    };
    let receiver: Receiver = match read(&seen) {
        Ok(receiver) => receiver,
        Err(unreadable) => {
            tracing::warn!(namespace = key.0, name = key.1, "{}", unreadable.sentence());
            context.hooks.close(&key);
            return None;
        }
    };
    if receiver.metadata.deletion_timestamp.is_some() {
        context.hooks.close(&key);
        let gone = object::remove_finalizer(&context.cluster, &context.receivers, &key).await;
        return gone.is_err().then_some(Duration::from_secs(1));
    }
    if receiver.spec.suspend {
        context.hooks.suspend(&key);
        return None;
    }
    if let Err(error) = object::add_finalizer(&context.cluster, &context.receivers, &seen).await {
        tracing::warn!(namespace = key.0, name = key.1, "finalizer: {}", error.sentence());
    }
    let result = open(&context, &key, &receiver).await;
    if result.is_err() {
        context.hooks.close(&key);
    }
    report(&context, &key, &receiver, &result).await;
    let attempts = context.receivers.count(&key, result.is_err());
    let visit = match &result {
        Ok(_) => Visit::Done,
        Err(error) if error.is_stalling() => Visit::Over,
        Err(error) => Visit::Failed { retry: error.retry(), attempts },
    };
    let rhythm = Rhythm {
        interval: receiver.spec.interval.0,
        retry_interval: None,
        requeue_dependency: context.settings.requeue_dependency,
    };
    next_visit(visit, rhythm, chance(context.now()))
}

/// Reads the token and opens the path that it makes.
async fn open(context: &Context, key: &Key, receiver: &Receiver) -> Result<String, Error> {
    refuse_unsupported(receiver)?;
    let (namespace, name) = key;
    let Some(reference) = &receiver.spec.secret_ref else {
        return Err(Error::Invalid { reason: "spec.secretRef is required".to_owned() });
    };
    let secret = &reference.name;
    let missing = |reason: String| Error::Token { reason };
    let found = context.cluster.get(&Resource::of::<Secret>(true), namespace, secret).await?;
    let found = found.ok_or_else(|| missing(format!("Secret '{namespace}/{secret}' not found")))?;
    let token = data(&found, &["token"]).filter(|token| !token.is_empty()).ok_or_else(|| {
        missing(format!("invalid '{secret}' secret data: required field 'token'"))
    })?;
    let path = path(&token, name, namespace);
    let hook = Hook {
        receiver: key.clone(),
        kind: receiver.spec.type_,
        token,
        events: receiver.spec.events.clone(),
        resources: receiver.spec.resources.clone(),
        is_suspended: false,
    };
    context.hooks.open(&path, hook);
    Ok(path)
}

/// Names what is asked for and not done; passing it over would let more callers or objects in.
fn refuse_unsupported(receiver: &Receiver) -> Result<(), Error> {
    let spec = &receiver.spec;
    let unsupported = |field: &str| Err(Error::Unsupported { field: field.to_owned() });
    match spec.type_ {
        ReceiverType::GenericOidc => return unsupported("spec.type 'generic-oidc'"),
        ReceiverType::Gcr => return unsupported("spec.type 'gcr'"),
        ReceiverType::Cdevents => return unsupported("spec.type 'cdevents'"),
        _ => {}
    }
    if spec.resource_filter.is_some() {
        return unsupported("spec.resourceFilter");
    }
    if spec.resources.iter().any(|resource| resource.filter.is_some()) {
        return unsupported("spec.resources[].filter");
    }
    for resource in &spec.resources {
        if resource.match_labels.is_some() && resource.name != "*" {
            let reason = format!("matchLabels needs name '*', not '{}'", resource.name);
            return Err(Error::Invalid { reason });
        }
    }
    Ok(())
}

/// The secret path: nobody who does not know the token can guess it.
///
/// # Source
///
/// facts/flux.md §5.1: hex SHA-256 of token, name and namespace.
fn path(token: &[u8], name: &str, namespace: &str) -> String {
    let digest = registry::sha256(&[token, name.as_bytes(), namespace.as_bytes()].concat());
    format!("/hook/{}", digest.digest())
}

async fn report(context: &Context, key: &Key, receiver: &Receiver, result: &Result<String, Error>) {
    let before = receiver.status.clone().unwrap_or_default();
    let generation = receiver.metadata.generation.unwrap_or_default();
    let writer = Writer { generation, now: context.now() };
    let annotations = receiver.metadata.annotations.as_ref();
    let asked = annotations.and_then(|all| all.get(REQUESTED_AT)).cloned();
    let after = conclude(before.clone(), result, writer, asked);
    let json = |status| serde_json::to_value(status).unwrap_or_default();
    let statuses = (&json(&before), &json(&after));
    let kind = &context.receivers;
    object::write_status(&context.cluster, kind, key, statuses, RECEIVER_STATUS_MANAGER).await;
}

fn conclude(
    mut status: ReceiverStatus,
    result: &Result<String, Error>,
    writer: Writer,
    asked: Option<String>,
) -> ReceiverStatus {
    status.last_handled_reconcile_at = asked.or(status.last_handled_reconcile_at);
    let conditions = &mut status.conditions;
    match result {
        Ok(path) => {
            let message = format!("Receiver initialized for path: {path}");
            writer.set(conditions, (READY, Status::True), Reason::Succeeded.as_str(), &message);
            condition::remove(conditions, RECONCILING);
            condition::remove(conditions, STALLED);
            status.webhook_path = Some(path.clone());
            status.observed_generation = Some(writer.generation);
        }
        Err(error) => {
            // A Receiver has no reason for "not supported"; the spec asks for what is not valid here.
            let reason = match error {
                Error::Token { .. } | Error::Invalid { .. } => error.reason(),
                Error::Cluster(_) => Reason::ProgressingWithRetry.as_str(),
                _ => Reason::ValidationFailed.as_str(),
            };
            let message = error.sentence();
            writer.set(conditions, (READY, Status::False), reason, &message);
            if error.is_stalling() {
                writer.set(conditions, (STALLED, Status::True), reason, &message);
                status.observed_generation = Some(writer.generation);
            }
            status.webhook_path = None;
        }
    }
    status
}

#[cfg(test)]
mod tests {
    use super::path;

    #[test]
    fn the_path_is_the_one_flux_makes() {
        // printf 'tokenwebns' | sha256sum
        let expected = registry::sha256(b"tokenwebns");
        assert_eq!(path(b"token", "web", "ns"), format!("/hook/{}", expected.digest()));
    }
}
