//! Defaults and status of `CustomResourceDefinition`s: established as soon as they are stored.

use serde_json::{Value, json};

use crate::object::{child, default, items};

pub(crate) fn definition(object: &mut Value) {
    if object["kind"] != "CustomResourceDefinition" {
        return;
    }
    let created = crate::object::meta(object, "creationTimestamp").to_owned();
    let spec = child(object, "spec");
    default(spec, "conversion", json!({ "strategy": "None" }));
    if let Some(names) = spec.get_mut("names").and_then(Value::as_object_mut) {
        let kind = names.get("kind").and_then(Value::as_str).unwrap_or_default().to_owned();
        default(names, "singular", json!(kind.to_lowercase()));
        default(names, "listKind", json!(format!("{kind}List")));
    }
    for version in spec.get_mut("versions").and_then(Value::as_array_mut).into_iter().flatten() {
        let columns = version.get_mut("additionalPrinterColumns").and_then(Value::as_array_mut);
        for column in columns.into_iter().flatten() {
            if column["priority"] == 0
                && let Some(column) = column.as_object_mut()
            {
                column.remove("priority");
            }
        }
    }
    let names = spec.get("names").cloned().unwrap_or_default();
    let stored: Vec<Value> = items(&object["spec"]["versions"])
        .iter()
        .filter(|version| version["storage"] == true)
        .map(|version| version["name"].clone())
        .collect();
    let status = child(object, "status");
    status.insert("acceptedNames".into(), names);
    if items(status.get("storedVersions").unwrap_or(&Value::Null)).is_empty() {
        status.insert("storedVersions".into(), Value::Array(stored));
    }
    if items(status.get("conditions").unwrap_or(&Value::Null)).is_empty() {
        let condition = |kind: &str, reason: &str, message: &str| {
            json!({
                "type": kind, "status": "True", "reason": reason, "message": message,
                "lastTransitionTime": created,
            })
        };
        let conditions = json!([
            condition("NamesAccepted", "NoConflicts", "no conflicts found"),
            condition(
                "Established",
                "InitialNamesAccepted",
                "the initial names have been accepted"
            ),
        ]);
        status.insert("conditions".into(), conditions);
    }
}
