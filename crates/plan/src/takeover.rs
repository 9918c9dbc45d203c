//! Taking over fields that earlier tools manage, before the first server-side apply.

use serde_json::{Value, json};

use crate::fields::{Fields, dig, list, map, text};

/// The field manager that every apply uses.
pub(crate) const MANAGER: &str = "kustomize-controller";

const STALE_ANNOTATIONS: [&str; 3] = [
    "kubectl.kubernetes.io/last-applied-configuration",
    "kustomize.toolkit.fluxcd.io/checksum",
    "fluxcd.io/sync-checksum",
];
const STALE_LABEL: &str = "fluxcd.io/sync-gc-mark";

/// Returns the JSON patch (RFC 6902 operations) that makes earlier managers' fields ours, empty
/// when there is nothing to take over.
///
/// Left-over annotations and labels of kubectl and older tools are removed, and the managed-fields
/// entries of `kubectl`, `before-first-apply`, our own non-apply writes and each of
/// `other_managers` are merged into our apply entry. To be sent before the apply, unless the object
/// says `ssa: Merge`.
///
/// # Source
///
/// facts/flux.md §4.6, "Cleanup patch before apply".
pub fn takeover(live: &Fields, other_managers: &[String]) -> Vec<Value> {
    let mut patch = stale_metadata(live);
    if let Some(entries) = merged_entries(live, other_managers) {
        patch.push(json!({ "op": "replace", "path": "/metadata/managedFields", "value": entries }));
        // Someone may write between our read and this patch; the version makes that a conflict.
        if let Some(version) = dig(live, &["metadata", "resourceVersion"]) {
            patch.push(
                json!({ "op": "replace", "path": "/metadata/resourceVersion", "value": version }),
            );
        }
    }
    patch
}

/// Tells whether an API server's refusal means that a field cannot be changed in place.
///
/// `code` is the HTTP status, `reason` and `message` are those of the `Status` answer. Any conflict
/// and any 422 counts, as in Flux: the server does not mark immutability in another way.
pub fn is_immutable_refusal(code: u16, reason: &str, message: &str) -> bool {
    code == 409
        || code == 422
        || matches!(reason, "Conflict" | "Invalid")
        || message.contains("is immutable")
        || message.contains("immutable field")
}

fn stale_metadata(live: &Fields) -> Vec<Value> {
    let removal = |which: &str, key: &str| {
        map(live, &["metadata", which])?.get(key)?;
        let token = key.replace('~', "~0").replace('/', "~1");
        Some(json!({ "op": "remove", "path": format!("/metadata/{which}/{token}") }))
    };
    STALE_ANNOTATIONS
        .iter()
        .filter_map(|key| removal("annotations", key))
        .chain(removal("labels", STALE_LABEL))
        .collect()
}

/// The managed-fields list after the take-over; `None` when nobody has to give anything up.
fn merged_entries(live: &Fields, other_managers: &[String]) -> Option<Vec<Value>> {
    let entries: Vec<&Fields> = list(live, &["metadata", "managedFields"]).collect();
    let (foreign, kept): (Vec<_>, Vec<_>) =
        entries.into_iter().partition(|entry| gives_up(entry, other_managers));
    let (first, rest) = foreign.split_first()?;
    let (ours, mut result): (Vec<_>, Vec<_>) = kept.into_iter().partition(|entry| is_ours(entry));
    let mut merged = ours.first().map_or_else(|| (*first).clone(), |entry| (*entry).clone());
    merged.insert("manager".into(), MANAGER.into());
    merged.insert("operation".into(), "Apply".into());
    let givers = if ours.is_empty() { rest } else { &foreign[..] };
    for entry in givers {
        if let Some(fields) = entry.get("fieldsV1") {
            merge(merged.entry("fieldsV1").or_insert_with(|| json!({})), fields);
        }
    }
    let merged = Value::Object(merged);
    let mut list: Vec<Value> = result.drain(..).map(|entry| Value::Object(entry.clone())).collect();
    list.push(merged);
    Some(list)
}

fn is_ours(entry: &Fields) -> bool {
    text(entry, &["manager"]) == MANAGER
        && text(entry, &["operation"]) == "Apply"
        && text(entry, &["subresource"]).is_empty()
}

fn gives_up(entry: &Fields, other_managers: &[String]) -> bool {
    let manager = text(entry, &["manager"]);
    if !text(entry, &["subresource"]).is_empty() || is_ours(entry) {
        return false;
    }
    let is_update = text(entry, &["operation"]) == "Update";
    manager.starts_with("kubectl")
        || (is_update && (manager.starts_with("before-first-apply") || manager == MANAGER))
        || other_managers.iter().any(|other| manager == other)
}

/// Unites two fieldsV1 sets.
fn merge(into: &mut Value, from: &Value) {
    if let (Value::Object(into), Value::Object(from)) = (into, from) {
        for (key, value) in from {
            merge(into.entry(key.clone()).or_insert_with(|| json!({})), value);
        }
    }
}

#[cfg(test)]
mod tests;
