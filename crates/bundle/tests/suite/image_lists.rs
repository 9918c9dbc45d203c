use bundle::{ImageName, images};
use expect_test::{Expect, expect};

fn check(yaml: &str, expected: Expect) {
    let (objects, problems) = manifest::read("app.yaml", yaml.as_bytes());
    assert!(problems.is_empty(), "{problems:?}");
    let lines = images(&objects)
        .into_iter()
        .map(|used| format!("{} {:?} {} {}\n", used.object, used.role, used.path, used.image));
    expected.assert_eq(&lines.collect::<String>());
}

#[test]
fn every_place_of_a_pod_spec_is_found() {
    let yaml = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  template:
    spec:
      initContainers: [{name: init, image: init:1}]
      containers: [{name: app, image: app:1}, {name: none}]
      ephemeralContainers: [{name: debug, image: debug:1}]
      volumes: [{name: data, image: {reference: data:1}}, {name: tmp, emptyDir: {}}]
";
    check(
        yaml,
        expect![[r#"
        Deployment/shop/web Init spec.template.spec.initContainers[init].image init:1
        Deployment/shop/web Container spec.template.spec.containers[app].image app:1
        Deployment/shop/web Ephemeral spec.template.spec.ephemeralContainers[debug].image debug:1
        Deployment/shop/web Volume spec.template.spec.volumes[data].image.reference data:1
    "#]],
    );
}

#[test]
fn every_built_in_workload_is_found_and_custom_resources_are_not() {
    let pod = "{spec: {containers: [{name: a, image: a:1}]}}";
    let template = format!("{{spec: {{template: {pod}}}}}");
    let cases = [
        ("v1", "Pod", pod.to_owned()),
        ("v1", "PodTemplate", format!("{{template: {pod}}}")),
        ("v1", "ReplicationController", template.clone()),
        ("apps/v1", "Deployment", template.clone()),
        ("apps/v1", "ReplicaSet", template.clone()),
        ("apps/v1", "StatefulSet", template.clone()),
        ("apps/v1", "DaemonSet", template.clone()),
        ("batch/v1", "Job", template.clone()),
        ("batch/v1", "CronJob", format!("{{spec: {{jobTemplate: {template}}}}}")),
        ("example.com/v1", "Deployment", template.clone()),
    ];
    let yaml: String = cases
        .iter()
        .map(|(version, kind, body)| {
            let body = body.strip_prefix('{').unwrap();
            format!("---\n{{apiVersion: {version}, kind: {kind}, metadata: {{name: x}}, {body}\n")
        })
        .collect();
    check(
        &yaml,
        expect![[r#"
        Pod/x Container spec.containers[a].image a:1
        PodTemplate/x Container template.spec.containers[a].image a:1
        ReplicationController/x Container spec.template.spec.containers[a].image a:1
        Deployment/x Container spec.template.spec.containers[a].image a:1
        ReplicaSet/x Container spec.template.spec.containers[a].image a:1
        StatefulSet/x Container spec.template.spec.containers[a].image a:1
        DaemonSet/x Container spec.template.spec.containers[a].image a:1
        Job/x Container spec.template.spec.containers[a].image a:1
        CronJob/x Container spec.jobTemplate.spec.template.spec.containers[a].image a:1
    "#]],
    );
}

#[test]
fn a_reference_is_split_without_being_changed() {
    let digest = format!("sha256:{}", "a".repeat(64));
    for text in [
        "nginx".to_owned(),
        "nginx:1.27".to_owned(),
        "localhost:5000/a/b".to_owned(),
        "localhost:5000/a/b:1.2".to_owned(),
        format!("ghcr.io/a/b@{digest}"),
        format!("ghcr.io/a/b:1.2@{digest}"),
        "a@sha256:short".to_owned(),
    ] {
        assert_eq!(ImageName::parse(&text).to_string(), text);
    }
    let name = ImageName::parse(&format!("localhost:5000/a/b:1.2@{digest}"));
    assert_eq!(name.name, "localhost:5000/a/b");
    assert_eq!(name.tag.as_deref(), Some("1.2"));
    assert_eq!(name.digest.unwrap().to_string(), digest);
    assert_eq!(ImageName::parse("localhost:5000/a/b").tag, None);
}
