//! Whether a dry run would change a live object, and in which fields.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::change::Action;
use crate::fields::{Fields, map, text};

/// What is shown instead of a Secret's value.
const MASK: &str = "***";
/// kubectl keeps the whole last applied object here, a Secret's values included.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// One field in which the dry run differs from the live object.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct FieldChange {
    /// Where: `.spec.replicas`, `.spec.ports[0].port`, `.metadata.labels[app.kubernetes.io/name]`.
    pub path: String,
    /// The same place as a JSON pointer (RFC 6901), as ignore rules write it.
    pub pointer: String,
    /// The live value; `None` when absent; `"***"` in a Secret.
    pub live: Option<Value>,
    /// The value after applying; `None` when it would be removed; `"***"` in a Secret.
    pub desired: Option<Value>,
}

/// The verdict on one object.
#[derive(Debug, Clone, PartialEq)]
pub enum Drift {
    /// The object does not exist.
    Created,
    /// The object is as desired (or differs only in ignored fields).
    Unchanged,
    /// The object differs in these fields, at least one.
    Configured(Vec<FieldChange>),
}

impl Drift {
    /// The action that applying this object would be.
    pub fn action(&self) -> Action {
        match self {
            Self::Created => Action::Created,
            Self::Unchanged => Action::Unchanged,
            Self::Configured(_) => Action::Configured,
        }
    }
}

/// Compares what a server-side dry run answered with the live object.
///
/// Labels, annotations and everything but `metadata` and `status` count. `ignored` holds JSON
/// pointers (see [`crate::IgnoreRule`]): a difference at or below one of them does not count by
/// itself.
///
/// # Source
///
/// facts/flux.md §4.6. Flux does not notice a label or annotation that only has to be removed; here
/// it counts, so that the live object becomes what the bundle says.
pub fn compare(live: Option<&Fields>, dry_run: &Fields, ignored: &[String]) -> Drift {
    let Some(live) = live else { return Drift::Created };
    let mut changes = differences(live, dry_run);
    changes.retain(|change| !ignored.iter().any(|rule| covers(rule, &change.pointer)));
    if changes.is_empty() {
        return Drift::Unchanged;
    }
    mask(dry_run, &mut changes);
    Drift::Configured(changes)
}

/// Lists every difference that counts as drift, unmasked, in path order.
pub(crate) fn differences(live: &Fields, dry_run: &Fields) -> Vec<FieldChange> {
    let mut found = Vec::new();
    for which in ["labels", "annotations"] {
        let side = |object| map(object, &["metadata", which]).cloned().unwrap_or_default();
        let place = Place::root().field("metadata").field(which);
        compare_fields(&place, &side(live), &side(dry_run), &mut found);
    }
    compare_fields(&Place::root(), &body(live), &body(dry_run), &mut found);
    found
}

/// Tells whether `pointer` is `rule` itself or lies below it.
pub(crate) fn covers(rule: &str, pointer: &str) -> bool {
    let rule = rule.trim_end_matches('/');
    pointer.strip_prefix(rule).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn body(object: &Fields) -> Fields {
    let is_body = |key: &str| key != "metadata" && key != "status";
    object.iter().filter(|(key, _)| is_body(key)).map(|(k, v)| (k.clone(), v.clone())).collect()
}

fn compare_values(
    place: &Place,
    live: Option<&Value>,
    desired: Option<&Value>,
    found: &mut Vec<FieldChange>,
) {
    match (live, desired) {
        (Some(Value::Object(live)), Some(Value::Object(desired))) => {
            compare_fields(place, live, desired, found);
        }
        (Some(Value::Array(live)), Some(Value::Array(desired))) => {
            for index in 0..live.len().max(desired.len()) {
                compare_values(&place.item(index), live.get(index), desired.get(index), found);
            }
        }
        (live, desired) if live == desired => {}
        (live, desired) => found.push(FieldChange {
            path: place.path.clone(),
            pointer: place.pointer.clone(),
            live: live.cloned(),
            desired: desired.cloned(),
        }),
    }
}

fn compare_fields(place: &Place, live: &Fields, desired: &Fields, found: &mut Vec<FieldChange>) {
    let keys: BTreeSet<&String> = live.keys().chain(desired.keys()).collect();
    for key in keys {
        compare_values(&place.field(key), live.get(key), desired.get(key), found);
    }
}

fn mask(object: &Fields, changes: &mut [FieldChange]) {
    let is_secret = text(object, &["kind"]) == "Secret" && text(object, &["apiVersion"]) == "v1";
    if !is_secret {
        return;
    }
    for change in changes {
        let is_value = ["/data", "/stringData"].iter().any(|root| covers(root, &change.pointer));
        if is_value || change.path.contains(LAST_APPLIED) {
            hide(&mut change.live);
            hide(&mut change.desired);
        }
    }
}

/// Masks values but keeps keys, which say what changed when a whole map comes or goes.
fn hide(value: &mut Option<Value>) {
    match value {
        Some(Value::Object(fields)) => fields.values_mut().for_each(|field| *field = MASK.into()),
        Some(value) => *value = MASK.into(),
        None => {}
    }
}

/// A position in an object, written both ways.
#[derive(Clone)]
struct Place {
    path: String,
    pointer: String,
}

impl Place {
    fn root() -> Self {
        Self { path: String::new(), pointer: String::new() }
    }

    fn field(&self, name: &str) -> Self {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        let path = if !name.is_empty() && name.chars().all(is_plain) {
            format!("{}.{name}", self.path)
        } else {
            format!("{}[{name}]", self.path)
        };
        let token = name.replace('~', "~0").replace('/', "~1");
        Self { path, pointer: format!("{}/{token}", self.pointer) }
    }

    fn item(&self, index: usize) -> Self {
        Self {
            path: format!("{}[{index}]", self.path),
            pointer: format!("{}/{index}", self.pointer),
        }
    }
}

#[cfg(test)]
mod tests;
