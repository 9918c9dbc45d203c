use serde_json::json;

use super::*;

fn object(value: Value) -> Object {
    Object::from_value(value, "test").unwrap()
}

fn selector(label_selector: &str) -> Selector {
    Selector { label_selector: label_selector.to_owned(), ..Selector::default() }
}

#[test]
fn a_rule_is_about_the_objects_its_target_selects() {
    let target = Selector { kind: "Deploy.*".into(), name: "web".into(), ..Selector::default() };
    let rules = [IgnoreRule::parse(vec!["/spec/replicas".into()], Some(&target)).unwrap()];
    let named =
        |kind: &str, name: &str| object(json!({ "kind": kind, "metadata": { "name": name } }));
    assert_eq!(IgnoreRule::pointers(&rules, &named("Deployment", "web")), ["/spec/replicas"]);
    assert!(IgnoreRule::pointers(&rules, &named("Deployment", "web-2")).is_empty());
    assert!(IgnoreRule::pointers(&rules, &named("Service", "web")).is_empty());
}

#[test]
fn label_selectors_select_as_kubernetes_does() {
    let labelled = object(json!({ "metadata": { "labels": { "app": "web", "tier": "front" } } }));
    let selects = |text: &str| Target::parse(&selector(text)).unwrap().selects(&labelled);
    for text in
        ["app=web", "app==web,tier in (back, front)", "app", "!legacy", "x!=y", "x notin (y)"]
    {
        assert!(selects(text), "{text}");
    }
    for text in ["app=api", "app!=web", "legacy", "!app", "tier notin (front)", "x in (y)"] {
        assert!(!selects(text), "{text}");
    }
}

#[test]
fn what_cannot_be_read_is_refused() {
    for text in ["app in web", "in (a)", "a b", "app = (x", "="] {
        assert!(Target::parse(&selector(text)).is_err(), "{text}");
    }
    let pattern = Selector { name: "(".into(), ..Selector::default() };
    assert!(Target::parse(&pattern).is_err());
    assert!(IgnoreRule::parse(vec!["spec".into()], None).is_err());
}

#[test]
fn a_field_that_nobody_else_applies_adopts_the_live_value() {
    let mut desired = object(json!({ "spec": { "replicas": 2, "paused": false } }));
    let live = json!({ "spec": { "replicas": 5, "paused": false } });
    let dry = json!({ "spec": { "replicas": 2, "paused": false } });
    let ignored = ["/spec/replicas".to_owned()];
    respect_ignored(&mut desired, live.as_object().unwrap(), dry.as_object().unwrap(), &ignored);
    assert_eq!(desired.to_value(), live);
}

#[test]
fn a_field_that_someone_else_applies_is_stripped() {
    let mut desired = object(json!({ "spec": { "list": [{ "name": "c", "image": "a" }] } }));
    let owned = json!({ "f:spec": { "f:list": { "k:{\"name\":\"c\"}": { "f:image": {} } } } });
    let live = json!({
        "metadata": { "managedFields": [{ "manager": "hpa", "operation": "Apply", "fieldsV1": owned }] },
        "spec": { "list": [{ "name": "c", "image": "b" }] },
    });
    let dry = json!({ "spec": { "list": [{ "name": "c", "image": "a" }] } });
    let ignored = ["/spec/list/0/image".to_owned()];
    respect_ignored(&mut desired, live.as_object().unwrap(), dry.as_object().unwrap(), &ignored);
    assert_eq!(desired.to_value(), json!({ "spec": { "list": [{ "name": "c" }] } }));
}
