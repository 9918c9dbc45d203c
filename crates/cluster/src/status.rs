//! The merge patch that turns one status into another.

use serde_json::{Map, Value, json};

/// Computes the merge patch for `status` from what is there to what should be; `None` when equal.
///
/// Lists (conditions, history) are replaced whole; fields that are gone become `null`.
pub fn status_patch(before: Option<&Value>, after: &Value) -> Option<Value> {
    let empty = Map::new();
    let before = before.and_then(Value::as_object).unwrap_or(&empty);
    let after = after.as_object().unwrap_or(&empty);
    let changes = difference(before, after);
    (!changes.is_empty()).then(|| json!({ "status": changes }))
}

fn difference(before: &Map<String, Value>, after: &Map<String, Value>) -> Map<String, Value> {
    let mut changes = Map::new();
    for (key, value) in after {
        match (before.get(key), value) {
            (Some(old), new) if old == new => {}
            (Some(Value::Object(old)), Value::Object(new)) => {
                changes.insert(key.clone(), Value::Object(difference(old, new)));
            }
            (_, new) => {
                changes.insert(key.clone(), new.clone());
            }
        }
    }
    for key in before.keys().filter(|key| !after.contains_key(*key)) {
        changes.insert(key.clone(), Value::Null);
    }
    changes
}

#[cfg(test)]
mod tests {
    use super::status_patch;
    use serde_json::json;

    #[test]
    fn only_what_differs_is_sent_and_what_is_gone_is_nulled() {
        let before = json!({ "a": 1, "b": { "x": 1, "y": 2 }, "gone": true, "list": [1] });
        let after = json!({ "a": 1, "b": { "x": 1, "y": 3 }, "list": [1, 2] });
        let patch = status_patch(Some(&before), &after).unwrap();
        assert_eq!(patch, json!({ "status": { "b": { "y": 3 }, "gone": null, "list": [1, 2] } }));
    }

    #[test]
    fn the_same_status_is_not_sent() {
        let status = json!({ "a": [1, { "b": 2 }] });
        assert_eq!(status_patch(Some(&status), &status), None);
        assert_eq!(status_patch(None, &json!({})), None);
    }
}
