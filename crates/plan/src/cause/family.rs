//! Which of the observed objects belong to the workload.

use manifest::ObjectId;

use super::Evidence;
use crate::event::EventView;
use crate::fields::{Fields, id_of, list, map, metadata, number, text};

/// The workload and what belongs to it.
pub(super) struct Family<'a> {
    /// The workload itself, then its newest `ReplicaSet` and its Jobs: whatever creates pods.
    pub(super) makers: Vec<&'a Fields>,
    /// The pods of the newest revision.
    pub(super) pods: Vec<&'a Fields>,
    /// Every volume claim observed; pods name theirs.
    pub(super) claims: Vec<&'a Fields>,
    events: Vec<EventView>,
}

impl<'a> Family<'a> {
    pub(super) fn gather(evidence: &Evidence<'a>) -> Self {
        let of_kind = |kind: &'static str| {
            evidence.related.iter().filter(move |object| text(object, &["kind"]) == kind)
        };
        let mut makers = vec![evidence.workload];
        let replica_sets: Vec<_> =
            of_kind("ReplicaSet").filter(|set| is_owned_by(set, evidence.workload)).collect();
        makers.extend(replica_sets.iter().max_by_key(|set| revision(set)).copied());
        makers.extend(of_kind("Job").filter(|job| is_owned_by(job, evidence.workload)));
        let has_parts = makers.len() > 1;
        let belongs = |pod: &&Fields| {
            makers.iter().any(|maker| is_owned_by(pod, maker))
                || (!has_parts && is_selected(pod, evidence.workload))
                || id_of(pod) == id_of(evidence.workload)
        };
        let mut pods: Vec<&Fields> = of_kind("Pod").filter(belongs).collect();
        if pods.is_empty() && text(evidence.workload, &["kind"]) == "Pod" {
            pods.push(evidence.workload);
        }
        keep_newest_template(&mut pods, evidence.workload);
        Self {
            makers,
            pods,
            claims: of_kind("PersistentVolumeClaim").collect(),
            events: evidence.events.iter().map(EventView::read).collect(),
        }
    }

    /// The events about one object; an event with another uid is about a namesake long gone.
    pub(super) fn events_of(&self, object: &Fields) -> Vec<&EventView> {
        let id = id_of(object);
        let uid = text(object, &["metadata", "uid"]);
        let is_about = |event: &&EventView| {
            is_same_object(&event.object, &id)
                && (uid.is_empty() || event.uid.is_empty() || event.uid == uid)
        };
        self.events.iter().filter(is_about).collect()
    }
}

/// Events often leave out the group or the namespace.
fn is_same_object(seen: &ObjectId, id: &ObjectId) -> bool {
    seen.kind == id.kind
        && seen.name == id.name
        && (seen.namespace.is_empty() || id.namespace.is_empty() || seen.namespace == id.namespace)
}

fn is_owned_by(object: &Fields, owner: &Fields) -> bool {
    let id = id_of(owner);
    let uid = text(owner, &["metadata", "uid"]);
    text(object, &["metadata", "namespace"]) == id.namespace
        && list(object, &["metadata", "ownerReferences"]).any(|reference| {
            let named = text(reference, &["uid"]);
            let is_same_uid = uid.is_empty() || named.is_empty() || uid == named;
            is_same_uid
                && text(reference, &["kind"]) == id.kind
                && text(reference, &["name"]) == id.name
        })
}

fn is_selected(pod: &Fields, workload: &Fields) -> bool {
    let Some(wanted) = map(workload, &["spec", "selector", "matchLabels"]) else { return false };
    !wanted.is_empty()
        && text(pod, &["metadata", "namespace"]) == text(workload, &["metadata", "namespace"])
        && wanted
            .iter()
            .all(|(key, value)| metadata(pod, "labels", key) == value.as_str().or(Some("")))
}

fn revision(replica_set: &Fields) -> (i64, String) {
    let annotation = metadata(replica_set, "annotations", "deployment.kubernetes.io/revision");
    let number = annotation.and_then(|text| text.parse().ok()).unwrap_or_default();
    (number, text(replica_set, &["metadata", "creationTimestamp"]).to_owned())
}

/// Drops pods of an older revision where the workload says which revision it updates to.
fn keep_newest_template(pods: &mut Vec<&Fields>, workload: &Fields) {
    let wanted = match text(workload, &["kind"]) {
        "StatefulSet" => text(workload, &["status", "updateRevision"]).to_owned(),
        "DaemonSet" => pods
            .iter()
            .max_by_key(|pod| template_generation(pod))
            .and_then(|pod| metadata(pod, "labels", "controller-revision-hash"))
            .unwrap_or_default()
            .to_owned(),
        _ => String::new(),
    };
    let is_new =
        |pod: &Fields| metadata(pod, "labels", "controller-revision-hash") == Some(wanted.as_str());
    if !wanted.is_empty() && pods.iter().any(|pod| is_new(pod)) {
        pods.retain(|pod| is_new(pod));
    }
}

fn template_generation(pod: &Fields) -> (i64, String) {
    let label = number(pod, &["metadata", "labels", "pod-template-generation"]).unwrap_or_default();
    (label, text(pod, &["metadata", "creationTimestamp"]).to_owned())
}
