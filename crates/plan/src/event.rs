//! One Kubernetes event, whichever of the two APIs it came from.

use jiff::Timestamp;
use manifest::ObjectId;

use crate::fields::{Fields, dig, group_and_version, map, number, text};

/// A `v1` or `events.k8s.io/v1` Event in one shape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventView {
    /// What the event is about.
    pub object: ObjectId,
    /// The uid of that object; empty when the event names none.
    pub uid: String,
    /// The container, when the event names one.
    pub container: Option<String>,
    /// `true` for type `Warning`.
    pub is_warning: bool,
    /// A CamelCase reason.
    pub reason: String,
    /// The text.
    pub message: String,
    /// When it was first seen.
    pub first: Option<Timestamp>,
    /// When it was last seen.
    pub last: Option<Timestamp>,
    /// How often it was seen, at least 1.
    pub count: i64,
    /// The component that reports it, such as `kubelet`.
    pub reporter: String,
}

impl EventView {
    /// Reads an event; fields that are absent are empty.
    pub fn read(event: &Fields) -> Self {
        let empty = Fields::new();
        let about = ["involvedObject", "regarding"]
            .iter()
            .find_map(|field| map(event, &[field]))
            .unwrap_or(&empty);
        let either = |paths: &[&[&str]]| {
            paths.iter().map(|path| text(event, path)).find(|found| !found.is_empty())
        };
        let time = |paths: &[&[&str]]| either(paths).and_then(|text| text.parse().ok());
        let started = time(&[&["firstTimestamp"], &["deprecatedFirstTimestamp"], &["eventTime"]]);
        let created = time(&[&["metadata", "creationTimestamp"]]);
        let count = ["count", "deprecatedCount"].iter().find_map(|field| number(event, &[field]));
        let repeats = dig(event, &["series"]).and_then(|_| number(event, &["series", "count"]));
        Self {
            object: about_id(about),
            uid: text(about, &["uid"]).to_owned(),
            container: container_of(text(about, &["fieldPath"])),
            is_warning: text(event, &["type"]) == "Warning",
            reason: text(event, &["reason"]).to_owned(),
            message: either(&[&["message"], &["note"]]).unwrap_or_default().to_owned(),
            first: started.or(created),
            last: time(&[
                &["series", "lastObservedTime"],
                &["lastTimestamp"],
                &["deprecatedLastTimestamp"],
                &["eventTime"],
            ])
            .or(started)
            .or(created),
            count: repeats.or(count).unwrap_or(1).max(1),
            reporter: either(&[
                &["reportingComponent"],
                &["reportingController"],
                &["source", "component"],
                &["deprecatedSource", "component"],
            ])
            .unwrap_or_default()
            .to_owned(),
        }
    }
}

fn about_id(about: &Fields) -> ObjectId {
    ObjectId {
        group: group_and_version(text(about, &["apiVersion"])).0.to_owned(),
        kind: text(about, &["kind"]).to_owned(),
        namespace: text(about, &["namespace"]).to_owned(),
        name: text(about, &["name"]).to_owned(),
    }
}

/// The name in `spec.containers{web}`.
fn container_of(field_path: &str) -> Option<String> {
    let (_, rest) = field_path.split_once('{')?;
    rest.strip_suffix('}').map(str::to_owned)
}
