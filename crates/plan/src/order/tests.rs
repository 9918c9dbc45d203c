use super::*;

fn object(kind: &str, api_version: &str, namespace: &str, name: &str) -> Object {
    let metadata = serde_json::json!({ "namespace": namespace, "name": name });
    let value =
        serde_json::json!({ "apiVersion": api_version, "kind": kind, "metadata": metadata });
    Object::from_value(value, "test").unwrap()
}

fn names(objects: &[Object]) -> Vec<String> {
    objects.iter().map(|object| object.id().to_string()).collect()
}

#[test]
fn known_kinds_go_by_rank_then_others_by_group_then_webhooks() {
    let mut objects = vec![
        object("ValidatingWebhookConfiguration", "admissionregistration.k8s.io/v1", "", "v"),
        object("Widget", "z.example/v1", "a", "w"),
        object("Ingress", "networking.k8s.io/v1", "a", "i"),
        object("Deployment", "apps/v1", "b", "a"),
        object("Deployment", "apps/v1", "a", "z"),
        object("ConfigMap", "v1", "a", "c"),
        object("Namespace", "v1", "", "a"),
        object("CustomResourceDefinition", "apiextensions.k8s.io/v1", "", "widgets"),
    ];
    sort(&mut objects);
    assert_eq!(
        names(&objects),
        [
            "CustomResourceDefinition/widgets",
            "Namespace/a",
            "ConfigMap/a/c",
            "Deployment/a/z",
            "Deployment/b/a",
            "Ingress/a/i",
            "Widget/a/w",
            "ValidatingWebhookConfiguration/v",
        ]
    );
}

#[test]
fn deletion_runs_in_the_reverse_order() {
    let mut objects =
        vec![object("Namespace", "v1", "", "a"), object("Deployment", "apps/v1", "a", "web")];
    sort(&mut objects);
    let mut ids: Vec<ObjectId> = objects.iter().map(Object::id).collect();
    delete_order(&mut ids);
    assert_eq!(ids[0].kind, "Deployment");
    assert_eq!(ids[1].kind, "Namespace");
}

#[test]
fn each_object_lands_in_the_wave_of_its_kind() {
    let objects = vec![
        object("Widget", "shop.example/v1", "a", "w"),
        object("Queue", "shop.example/v1", "a", "q"),
        object("GatewayClass", "gateway.networking.k8s.io/v1", "", "g"),
        object("ClusterRole", "rbac.authorization.k8s.io/v1", "", "r"),
    ];
    let custom = BTreeSet::from([("shop.example".to_owned(), "Queue".to_owned())]);
    let waves = waves(objects, &custom);
    let kinds: Vec<_> = waves.iter().map(|w| (w.kind, names(&w.objects).join(","))).collect();
    assert_eq!(
        kinds,
        [
            (WaveKind::Definitions, "ClusterRole/r".to_owned()),
            (WaveKind::Classes, "GatewayClass/g".to_owned()),
            (WaveKind::Custom, "Queue/a/q".to_owned()),
            (WaveKind::Rest, "Widget/a/w".to_owned()),
        ]
    );
}

#[test]
fn only_the_last_wave_need_not_settle() {
    assert!(WaveKind::Definitions.must_settle());
    assert!(WaveKind::Classes.must_settle());
    assert!(WaveKind::Custom.must_settle());
    assert!(!WaveKind::Rest.must_settle());
}
