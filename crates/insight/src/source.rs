//! What a source object says.

use cluster::{Fields, ObjectId};
use jiff::Timestamp;
use serde::Serialize;

use crate::Stage;
use crate::delivery::State;
use crate::fields::{Condition, condition, id_of, is_set, is_true, number, some_text, text, time};
use crate::redact::redact;
use crate::revision::Revision;

/// A source as its object tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SourceView {
    /// The object.
    pub id: ObjectId,
    /// The address without credentials, with its scheme: `oci://registry.example.com/acme/shop`.
    pub url: String,
    /// The address without scheme, by which apps are grouped.
    pub repository: String,
    /// What it follows: a tag (the channel), a semver range, a digest, a branch; `latest` when the
    /// object says nothing.
    pub channel: String,
    /// Whether the channel is a plain tag, so that the ledger knows it.
    pub is_tag: bool,
    /// The revision it offers.
    pub revision: Option<Revision>,
    /// The version that the bundle names itself (`org.opencontainers.image.version`).
    pub version: Option<String>,
    /// The Git revision that the bundle was made from.
    pub origin_revision: Option<String>,
    /// The Git repository that the bundle was made from.
    pub origin: Option<String>,
    /// When the offered artifact was fetched.
    pub fetched: Option<Timestamp>,
    /// How it is.
    pub state: State,
    /// The stage at which it fails.
    pub stage: Option<Stage>,
    /// The reason of its `Ready` condition.
    pub reason: String,
    /// The message of its `Ready` condition, without credentials.
    pub message: String,
    /// Since when the `Ready` condition is as it is.
    pub since: Option<Timestamp>,
    /// Whether a signature is demanded.
    pub verifies: bool,
    /// How often it looks, as written: `5m`.
    pub interval: String,
}

impl SourceView {
    /// Reads a source object of any of Flux's kinds.
    pub fn read(object: &Fields) -> Self {
        let url = address(object);
        let (channel, is_tag) = channel(object);
        let (state, stage, ready) = condition_of(object);
        let origin = |name: &str| {
            let key = format!("org.opencontainers.image.{name}");
            some_text(object, &["status", "artifact", "metadata", &key]).map(|text| redact(&text))
        };
        Self {
            id: id_of(object),
            repository: url.split_once("://").map_or(url.as_str(), |(_, rest)| rest).to_owned(),
            url,
            channel,
            is_tag,
            revision: Revision::parse(text(object, &["status", "artifact", "revision"])),
            version: origin("version"),
            origin_revision: origin("revision"),
            origin: origin("source"),
            fetched: time(object, &["status", "artifact", "lastUpdateTime"]),
            state,
            stage,
            reason: ready.map(|ready| ready.reason.to_owned()).unwrap_or_default(),
            message: ready.map(|ready| redact(ready.message)).unwrap_or_default(),
            since: ready.and_then(|ready| ready.since),
            verifies: object.get("spec").and_then(|spec| spec.get("verify")).is_some(),
            interval: text(object, &["spec", "interval"]).to_owned(),
        }
    }
}

fn address(object: &Fields) -> String {
    let url = text(object, &["spec", "url"]);
    if url.is_empty() {
        let bucket = text(object, &["spec", "bucketName"]);
        let endpoint = text(object, &["spec", "endpoint"]);
        let address = format!("{endpoint}/{bucket}");
        return redact(address.trim_matches('/'));
    }
    redact(url.trim_end_matches('/'))
}

/// What the source follows, and whether that is a tag.
fn channel(object: &Fields) -> (String, bool) {
    let reference = |name| some_text(object, &["spec", "ref", name]);
    let is_oci = text(object, &["kind"]) == "OCIRepository";
    // Flux's precedence: a digest wins over a range, and a range over a tag.
    if let Some(digest) = reference("digest").or_else(|| reference("commit")) {
        (digest, false)
    } else if let Some(range) = reference("semver") {
        (range, false)
    } else if let Some(tag) = reference("tag") {
        (tag, is_oci)
    } else if let Some(branch) = reference("branch").or_else(|| reference("name")) {
        (branch, false)
    } else {
        (if is_oci { "latest" } else { "" }.to_owned(), is_oci)
    }
}

fn condition_of(object: &Fields) -> (State, Option<Stage>, Option<Condition<'_>>) {
    let kind = text(object, &["kind"]);
    let ready = condition(object, "Ready");
    let stage = |condition: Condition<'_>| {
        api::stage_of(kind, condition.kind, condition.reason).unwrap_or(Stage::Source)
    };
    if is_set(object, &["spec", "suspend"]) {
        return (State::Suspended, None, ready);
    }
    let verified = condition(object, "SourceVerified").filter(|found| found.status == "False");
    let failed = ["FetchFailed", "StorageOperationFailed"]
        .iter()
        .filter_map(|kind| condition(object, kind))
        .find(|condition| condition.status == "True");
    if let Some(failed) = verified.or(failed).or(ready.filter(|ready| ready.status == "False")) {
        return (State::Failing, Some(stage(failed)), Some(failed));
    }
    let is_old = ready
        .and_then(|ready| ready.generation)
        .zip(number(object, &["metadata", "generation"]))
        .is_some_and(|(observed, generation)| observed < generation);
    let state = match ready {
        Some(ready) if ready.status == "True" && !is_old && !is_true(object, "Reconciling") => {
            State::Healthy
        }
        Some(_) => State::Progressing,
        // An ExternalArtifact may have no conditions at all: the artifact is its word.
        None if object.get("status").and_then(|status| status.get("artifact")).is_some() => {
            State::Healthy
        }
        None => State::Waiting,
    };
    (state, None, ready)
}
