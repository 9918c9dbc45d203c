//! The signed part of a record: an in-toto statement about one line of the ledger.

use std::collections::BTreeMap;

use jiff::Timestamp;
use oci_spec::image::Digest;
use serde::{Deserialize, Serialize};
use ulid::Ulid;

use crate::entry::SetMark;
use crate::{Channel, Entry, Hold, Kind, Provenance};

const STATEMENT: &str = "https://in-toto.io/Statement/v1";
const PREDICATE: &str = "https://wharf.dev/move/v1";

/// An in-toto statement whose subject is the bundle moved to.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Statement {
    #[serde(rename = "_type")]
    kind: String,
    subject: Vec<Resource>,
    predicate_type: String,
    predicate: Predicate,
}

/// The predicate.
///
/// # Source
///
/// `dstRef`, `digest`, `timestamp`, `builderId`, `tags`, `source`, `destination` and `job` have the
/// names and meanings of `https://k8s.io/promo-tools/promotion/v1`; the others are wharf's own.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Predicate {
    id: Ulid,
    kind: Kind,
    channel: Channel,
    dst_ref: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    digest: Option<Digest>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    from: Option<Digest>,
    parents: Vec<Digest>,
    timestamp: Timestamp,
    builder_id: String,
    tags: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    source: Option<Resource>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    destination: Option<Resource>,
    #[serde(default, skip_serializing_if = "Job::is_empty")]
    job: Job,
    #[serde(flatten)]
    provenance: Provenance,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    break_glass: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    revision: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    built: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    about: Option<Digest>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    holds: Vec<Hold>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    set: Option<SetMark>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    deleted: Vec<String>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Resource {
    name: String,
    digest: BTreeMap<String, String>,
}

/// The run that made the move, under promo-tools' names.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Job {
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    system: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    build_id: Option<String>,
}

impl Job {
    fn is_empty(&self) -> bool {
        self.system.is_none() && self.build_id.is_none()
    }
}

/// Writes the statement of a line; `entry.record` is not part of it.
pub(crate) fn write(entry: &Entry, repository: &str) -> Vec<u8> {
    let destination = format!("{repository}:{}", entry.channel);
    let resource = |name: String, digest: &Digest| Resource {
        name,
        digest: [(digest.algorithm().to_string(), digest.digest().to_owned())].into(),
    };
    let to = entry.to.as_ref();
    let source = entry.source.as_ref().map(|channel| format!("{repository}:{channel}"));
    let statement = Statement {
        kind: STATEMENT.to_owned(),
        subject: to.map(|to| resource(repository.to_owned(), to)).into_iter().collect(),
        predicate_type: PREDICATE.to_owned(),
        predicate: Predicate {
            id: entry.id,
            kind: entry.kind,
            channel: entry.channel.clone(),
            dst_ref: destination.clone(),
            digest: entry.to.clone(),
            from: entry.from.clone(),
            parents: entry.parents.clone(),
            timestamp: entry.at,
            builder_id: format!("https://wharf.dev/wharf@v{}", env!("CARGO_PKG_VERSION")),
            tags: vec![entry.channel.to_string()],
            source: source.zip(to).map(|(name, to)| resource(name, to)),
            destination: to.map(|to| resource(destination, to)),
            job: Job {
                system: entry.provenance.system.clone(),
                build_id: entry.provenance.run_id.clone(),
            },
            provenance: entry.provenance.clone(),
            reason: entry.reason.clone(),
            break_glass: entry.break_glass,
            version: entry.version.clone(),
            revision: entry.revision.clone(),
            built: entry.built,
            about: entry.about.clone(),
            holds: entry.holds.clone(),
            set: entry.set.clone(),
            deleted: entry.deleted.clone(),
        },
    };
    serde_json::to_vec(&statement).expect("a statement is JSON")
}

/// Reads a statement that the record with this digest carries; `None` when it is another kind.
pub(crate) fn read(bytes: &[u8], record: Digest) -> Result<Option<Entry>, serde_json::Error> {
    let statement: Statement = serde_json::from_slice(bytes)?;
    if statement.kind != STATEMENT || statement.predicate_type != PREDICATE {
        return Ok(None);
    }
    let channel_of = |name: String| name.rsplit_once(':').map(|(_, channel)| channel.to_owned());
    let mut predicate = statement.predicate;
    let source = predicate.source.take().map(|source| source.name);
    Ok(Some(Entry {
        id: predicate.id,
        record,
        parents: predicate.parents,
        channel: predicate.channel,
        kind: predicate.kind,
        from: predicate.from,
        to: predicate.digest,
        source: source.and_then(channel_of),
        version: predicate.version,
        revision: predicate.revision,
        built: predicate.built,
        at: predicate.timestamp,
        provenance: predicate.provenance,
        reason: predicate.reason,
        break_glass: predicate.break_glass,
        about: predicate.about,
        holds: predicate.holds,
        set: predicate.set,
        deleted: predicate.deleted,
    }))
}
