//! One event, seen as `v1` and as `events.k8s.io/v1`.

use serde_json::{Value, json};

/// Names of the same thing: in the new view, in the core view.
const NAMES: [(&str, &str); 6] = [
    ("regarding", "involvedObject"),
    ("note", "message"),
    ("deprecatedSource", "source"),
    ("deprecatedFirstTimestamp", "firstTimestamp"),
    ("deprecatedLastTimestamp", "lastTimestamp"),
    ("deprecatedCount", "count"),
];

/// The core event as `events.k8s.io/v1` shows it.
pub(crate) fn to_new(core: &Value) -> Value {
    let mut event = core.clone();
    let Some(map) = event.as_object_mut() else { return event };
    for (new, old) in NAMES {
        if let Some(value) = map.remove(old) {
            map.insert(new.into(), value);
        }
    }
    if let Some(value) = map.remove("reportingComponent") {
        map.insert("reportingController".into(), value);
    }
    map.insert("apiVersion".into(), json!("events.k8s.io/v1"));
    event
}

/// An `events.k8s.io/v1` event as it is stored.
pub(crate) fn to_core(new: &Value) -> Value {
    let mut event = new.clone();
    let Some(map) = event.as_object_mut() else { return event };
    for (new, old) in NAMES {
        if let Some(value) = map.remove(new) {
            map.insert(old.into(), value);
        }
    }
    if let Some(value) = map.remove("reportingController") {
        map.insert("reportingComponent".into(), value);
    }
    map.insert("apiVersion".into(), json!("v1"));
    event
}
