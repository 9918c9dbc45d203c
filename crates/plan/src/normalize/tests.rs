use super::*;

fn normalized(yaml: &str) -> Result<String, Error> {
    let (objects, problems) = manifest::read("test.yaml", yaml.as_bytes());
    assert_eq!(problems, []);
    let owner = Owner { name: "shop".into(), namespace: "flux-system".into() };
    let common = CommonMetadata {
        labels: [("team".to_owned(), "blue".to_owned())].into(),
        annotations: BTreeMap::new(),
    };
    let objects = normalize(objects, &owner, &common)?;
    Ok(serde_json::to_string(&objects[0].value).unwrap())
}

#[test]
fn owner_labels_and_common_labels_win_over_the_objects_own() {
    let text = normalized(
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: a, creationTimestamp: null, labels: {team: red}}}",
    )
    .unwrap();
    assert_eq!(
        text,
        concat!(
            r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"labels":{"#,
            r#""kustomize.toolkit.fluxcd.io/name":"shop","#,
            r#""kustomize.toolkit.fluxcd.io/namespace":"flux-system","team":"blue"},"name":"a"}}"#
        )
    );
}

#[test]
fn string_data_of_a_secret_moves_into_data_and_wins() {
    let text = normalized(
        "{apiVersion: v1, kind: Secret, metadata: {name: a}, data: {k: b2xk}, stringData: {k: new}}",
    )
    .unwrap();
    assert!(text.contains(r#""data":{"k":"bmV3"}"#), "{text}");
    assert!(!text.contains("stringData"), "{text}");
}

#[test]
fn ports_without_a_protocol_become_tcp_and_others_stay() {
    let service = normalized(
        "{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {ports: [{port: 80}, {port: 53, protocol: UDP}]}}",
    )
    .unwrap();
    assert!(service.contains(r#"[{"port":80,"protocol":"TCP"},{"port":53,"protocol":"UDP"}]"#));
    let cron_job = normalized(
        "{apiVersion: batch/v1, kind: CronJob, metadata: {name: a}, spec: {jobTemplate: {spec: {template: {spec: {containers: [{name: c, ports: [{containerPort: 1}]}]}}}}}}",
    )
    .unwrap();
    assert!(cron_job.contains(r#"{"containerPort":1,"protocol":"TCP"}"#), "{cron_job}");
}

#[test]
fn status_is_dropped_except_from_a_crd() {
    let pod = normalized("{apiVersion: v1, kind: Pod, metadata: {name: a}, status: {phase: x}}");
    assert!(!pod.unwrap().contains("status"));
    let crd = normalized(
        "{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {name: a}, status: {x: y}}",
    );
    assert!(crd.unwrap().contains("status"));
}

#[test]
fn a_secret_that_is_still_encrypted_is_refused_unless_it_says_so() {
    let sealed = "{apiVersion: v1, kind: Secret, metadata: {name: a}, sops: {mac: x}}";
    assert!(matches!(normalized(sealed), Err(Error::StillEncrypted { .. })));
    let wanted = "{apiVersion: v1, kind: Secret, metadata: {name: a, annotations: {kustomize.toolkit.fluxcd.io/decrypt: Disabled}}, sops: {mac: x}}";
    assert!(normalized(wanted).is_ok());
}

#[test]
fn an_object_without_a_name_is_refused_by_field() {
    let refused = normalized("{apiVersion: v1, kind: Pod, metadata: {}}").unwrap_err();
    assert_eq!(refused.to_string(), "`Pod/` has no name");
}
