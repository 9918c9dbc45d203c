//! Writing down what happened to a source: status and events.

use std::collections::BTreeMap;
use std::time::Duration;

use api::condition::{READY, Writer, find, is_true};
use api::label::{REQUESTED_AT, SOURCE_GROUP, SOURCE_STATUS_MANAGER};
use api::{Artifact, OCIRepository, SourceReason as Reason};
use cluster::event::Note;

use super::Found;
use super::conclude::{Finish, conclude};
use crate::context::Context;
use crate::error::Error;
use crate::human_time::human;
use crate::object;
use crate::queue::Key;
use crate::source::Bundle;

/// Writes the end of a visit and tells it as events.
pub(super) async fn finished(
    context: &Context,
    key: &Key,
    repository: &OCIRepository,
    (result, pause): (&Result<Found, Error>, Option<Duration>),
) {
    let before = repository.status.clone().unwrap_or_default();
    let writer = Writer {
        generation: repository.metadata.generation.unwrap_or_default(),
        now: context.now(),
    };
    let bundle = match result {
        Ok(Found::New(bundle)) => Some(bundle.get()),
        _ => None,
    };
    let artifact = bundle.map(|bundle| artifact(context, key, bundle, &writer));
    let finish = Finish {
        requested_at: requested_at(repository),
        spec: &repository.spec,
        artifact: artifact.clone(),
        url: format!("http://{}/{}/latest.tar.gz", context.artifact_host, folder(key)),
        next: pause.map_or_else(String::new, |pause| next_attempt(context, pause)),
        writer,
    };
    let error = result.as_ref().err();
    let after = conclude(before.clone(), error, finish);
    let json = |status| serde_json::to_value(status).unwrap_or_default();
    object::write_status(
        &context.cluster,
        &context.repositories,
        key,
        (&json(&before), &json(&after)),
        SOURCE_STATUS_MANAGER,
    )
    .await;
    let was_failing = find(&before.conditions, READY).is_some_and(|ready| ready.status == "False");
    let known = before.artifact.map(|artifact| artifact.revision);
    let told = match (error, bundle) {
        (Some(error), _) => Some((true, error.reason(), error.sentence())),
        (None, Some(bundle)) if known.as_deref() != Some(&bundle.revision) => Some((
            false,
            Reason::NewArtifact.as_str(),
            stored(repository, &bundle.revision, bundle),
        )),
        (None, _) if was_failing && is_true(&after.conditions, READY) => {
            let revision = known.unwrap_or_default();
            let message = format!(
                "stored artifact with revision '{revision}' from '{}'",
                repository.spec.url
            );
            Some((false, Reason::Succeeded.as_str(), message))
        }
        _ => None,
    };
    if let Some((is_warning, reason, message)) = told {
        let metadata = metadata(artifact.as_ref());
        let about = object::about(repository);
        let controller = "source-controller".to_owned();
        let reason = reason.to_owned();
        let note = Note { about, is_warning, reason, message, metadata, controller };
        object::tell(context, note, context.now()).await;
    }
}

fn requested_at(repository: &OCIRepository) -> Option<String> {
    let annotations = repository.metadata.annotations.as_ref();
    let asked = annotations.and_then(|all| all.get(REQUESTED_AT)).cloned();
    let status = repository.status.as_ref();
    asked.or_else(|| status.and_then(|status| status.last_handled_reconcile_at.clone()))
}

/// `<kind>/<namespace>/<name>`, the folder of a source's artifacts.
fn folder((namespace, name): &Key) -> String {
    format!("ocirepository/{namespace}/{name}")
}

fn artifact(context: &Context, key: &Key, bundle: &Bundle, writer: &Writer) -> Artifact {
    let content = &bundle.content;
    let path = format!("{}/{}.tar.gz", folder(key), content.digest);
    Artifact {
        digest: Some(content.digest.clone()),
        last_update_time: writer.time(),
        metadata: (!bundle.metadata.is_empty()).then(|| bundle.metadata.clone()),
        url: format!("http://{}/{path}", context.artifact_host),
        path,
        revision: bundle.revision.clone(),
        size: i64::try_from(content.archive.len()).ok(),
    }
}

fn stored(repository: &OCIRepository, revision: &str, bundle: &Bundle) -> String {
    let mut text =
        format!("stored artifact with revision '{revision}' from '{}'", repository.spec.url);
    if let Some(source) = bundle.metadata.get(bundle::media::SOURCE) {
        text = format!("{text}, origin source '{source}'");
    }
    if let Some(origin) = &bundle.origin_revision {
        text = format!("{text}, origin revision '{origin}'");
    }
    text
}

fn metadata(artifact: Option<&Artifact>) -> BTreeMap<String, String> {
    let mut metadata = BTreeMap::new();
    if let Some(artifact) = artifact {
        metadata.insert(format!("{SOURCE_GROUP}/revision"), artifact.revision.clone());
        if let Some(digest) = &artifact.digest {
            metadata.insert(format!("{SOURCE_GROUP}/digest"), digest.clone());
        }
    }
    metadata
}

/// When it will be tried again, as a clause that ends a message.
fn next_attempt(context: &Context, pause: Duration) -> String {
    let at = context.now().checked_add(pause).unwrap_or_default();
    let at = at.strftime("%H:%M:%SZ");
    format!("; next attempt in {} at {at}", human(pause))
}
