use serde_json::Value;

use super::crds;

fn schema(kind: &str) -> Value {
    let crd = crds().into_iter().find(|crd| crd.spec.names.kind == kind).unwrap();
    let version = serde_json::to_value(&crd.spec.versions[0]).unwrap();
    version["schema"]["openAPIV3Schema"]["properties"].clone()
}

#[test]
fn an_oci_repository_has_flux_defaults_and_patterns() {
    let spec = &schema("OCIRepository")["spec"]["properties"];
    assert_eq!(spec["url"]["pattern"], "^oci://.*$");
    assert_eq!(spec["interval"]["pattern"], r"^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$");
    assert_eq!(spec["timeout"]["pattern"], r"^([0-9]+(\.[0-9]+)?(ms|s|m))+$");
    assert_eq!(spec["timeout"]["default"], "60s");
    assert_eq!(spec["provider"]["default"], "generic");
    assert_eq!(spec["provider"]["enum"], serde_json::json!(["generic", "aws", "azure", "gcp"]));
    assert_eq!(spec["layerSelector"]["properties"]["operation"]["enum"][0], "extract");
    assert_eq!(spec["verify"]["properties"]["provider"]["default"], "cosign");
}

#[test]
fn a_kustomization_requires_what_flux_requires() {
    let schema = schema("Kustomization");
    let required = schema["spec"]["required"].as_array().unwrap();
    assert_eq!(required, &["interval", "prune", "sourceRef"]);
    let spec = &schema["spec"]["properties"];
    assert_eq!(spec["force"]["default"], false);
    assert_eq!(spec["targetNamespace"]["maxLength"], 63);
    let policies = serde_json::json!(["MirrorPrune", "Delete", "WaitForTermination", "Orphan"]);
    assert_eq!(spec["deletionPolicy"]["enum"], policies);
    assert_eq!(schema["status"]["default"]["observedGeneration"], -1);
}

#[test]
fn names_and_columns_are_those_that_users_know() {
    let shown: Vec<String> = crds()
        .iter()
        .map(|crd| {
            let columns: Vec<_> = crd.spec.versions[0]
                .additional_printer_columns
                .iter()
                .flatten()
                .map(|column| column.name.as_str())
                .collect();
            let names = &crd.spec.names;
            let short = names.short_names.clone().unwrap_or_default();
            format!("{} {short:?} {columns:?}", crd.metadata.name.as_deref().unwrap())
        })
        .collect();
    expect_test::expect![[r#"
        externalartifacts.source.toolkit.fluxcd.io ["ea"] ["Age", "Ready", "Status", "Source"]
        kustomizations.kustomize.toolkit.fluxcd.io ["ks"] ["Age", "Ready", "Status"]
        ocirepositories.source.toolkit.fluxcd.io ["ocirepo"] ["URL", "Ready", "Status", "Age"]
        receivers.notification.toolkit.fluxcd.io [] ["Age", "Ready", "Status"]
    "#]]
    .assert_eq(&(shown.join("\n") + "\n"));
}

#[test]
fn no_schema_has_a_construct_that_a_structural_schema_forbids() {
    fn walk(path: &str, value: &Value, found: &mut Vec<String>) {
        let Some(object) = value.as_object() else { return };
        for (key, inner) in object {
            let below = format!("{path}/{key}");
            if ["anyOf", "oneOf", "$ref", "const", "$defs"].contains(&key.as_str()) {
                found.push(below.clone());
            }
            walk(&below, inner, found);
        }
    }
    let mut found = Vec::new();
    for crd in crds() {
        let json = serde_json::to_value(&crd).unwrap();
        walk(crd.metadata.name.as_deref().unwrap(), &json, &mut found);
    }
    assert_eq!(found, Vec::<String>::new());
}
