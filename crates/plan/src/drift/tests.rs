use serde_json::json;

use super::*;

fn fields(value: Value) -> Fields {
    match value {
        Value::Object(fields) => fields,
        other => panic!("{other} is not an object"),
    }
}

fn paths(drift: &Drift) -> Vec<&str> {
    match drift {
        Drift::Configured(changes) => changes.iter().map(|change| change.path.as_str()).collect(),
        Drift::Created | Drift::Unchanged => Vec::new(),
    }
}

#[test]
fn server_owned_metadata_and_status_do_not_count() {
    let live = json!({ "kind": "X", "metadata": { "resourceVersion": "1", "managedFields": [] }, "status": { "a": 1 } });
    let dry = json!({ "kind": "X", "metadata": { "resourceVersion": "2" }, "status": { "a": 2 } });
    assert_eq!(compare(Some(&fields(live)), &fields(dry), &[]), Drift::Unchanged);
}

#[test]
fn every_differing_field_is_named() {
    let live = json!({ "kind": "X", "metadata": { "labels": { "app.io/a": "1", "old": "x" } },
        "spec": { "replicas": 1, "list": [{ "a": 1 }], "gone": true } });
    let dry = json!({ "kind": "X", "metadata": { "labels": { "app.io/a": "2" } },
        "spec": { "replicas": 2, "list": [{ "a": 1 }, 3] } });
    let drift = compare(Some(&fields(live)), &fields(dry), &[]);
    assert_eq!(
        paths(&drift),
        [
            ".metadata.labels[app.io/a]",
            ".metadata.labels.old",
            ".spec.gone",
            ".spec.list[1]",
            ".spec.replicas",
        ]
    );
}

#[test]
fn an_empty_object_is_not_the_same_as_none() {
    let live = json!({ "kind": "NetworkPolicy", "spec": { "podSelector": {} } });
    let dry = json!({ "kind": "NetworkPolicy", "spec": { "podSelector": {}, "ingress": [{}] } });
    let drift = compare(Some(&fields(live)), &fields(dry), &[]);
    assert_eq!(paths(&drift), [".spec.ingress"]);
}

#[test]
fn ignored_pointers_cover_what_lies_below_them_and_nothing_else() {
    let live = json!({ "kind": "X", "spec": { "a": { "b": 1 }, "ab": 1 } });
    let dry = json!({ "kind": "X", "spec": { "a": { "b": 2 }, "ab": 2 } });
    let drift = compare(Some(&fields(live)), &fields(dry), &["/spec/a".to_owned()]);
    assert_eq!(paths(&drift), [".spec.ab"]);
}

#[test]
fn secret_values_are_masked_wherever_they_occur() {
    let live = json!({ "apiVersion": "v1", "kind": "Secret", "data": { "k": "aHVudGVyMg==" },
        "metadata": { "annotations": { LAST_APPLIED: "{\"data\":{\"k\":\"aHVudGVyMg==\"}}" } } });
    let changed = json!({ "apiVersion": "v1", "kind": "Secret", "data": { "k": "aHVudGVyMw==" } });
    let emptied = json!({ "apiVersion": "v1", "kind": "Secret" });
    for dry in [changed, emptied] {
        let drift = compare(Some(&fields(live.clone())), &fields(dry), &[]);
        assert_eq!(paths(&drift).len(), 2);
        let Drift::Configured(changes) = drift else { panic!("the secret differs") };
        let text = serde_json::to_string(&changes).unwrap();
        assert!(!text.contains("aHVudGVy"), "{text}");
        assert!(text.contains(MASK), "{text}");
    }
}
