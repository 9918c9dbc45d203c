//! Custom kinds are validated, pruned, defaulted and shown by their schemas.

use serde_json::{Value, json};

use super::{Http, start};

const WIDGETS: &str = "/apis/example.com/v1/namespaces/default/widgets";
const CRDS: &str = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

fn definition() -> Value {
    let schema = json!({
        "type": "object",
        "properties": {
            "spec": {
                "type": "object", "required": ["color"],
                "properties": {
                    "size": { "type": "integer", "minimum": 1, "default": 3 },
                    "color": { "type": "string", "enum": ["red", "blue"] },
                    "free": { "type": "object", "x-kubernetes-preserve-unknown-fields": true },
                },
            },
            "status": { "type": "object", "properties": { "size": { "type": "integer" } } },
        },
    });
    let version = |name: &str, storage: bool| {
        json!({
            "name": name, "served": true, "storage": storage,
            "subresources": {
                "status": {},
                "scale": { "specReplicasPath": ".spec.size", "statusReplicasPath": ".status.size" },
            },
            "additionalPrinterColumns": [{ "name": "Size", "type": "integer", "jsonPath": ".spec.size" }],
            "schema": { "openAPIV3Schema": schema },
        })
    };
    json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": { "name": "widgets.example.com" },
        "spec": {
            "group": "example.com", "scope": "Namespaced",
            "names": { "plural": "widgets", "kind": "Widget", "shortNames": ["wd"] },
            "versions": [version("v1", true), version("v1beta1", false)],
        },
    })
}

fn widget(name: &str, spec: &Value) -> Value {
    json!({ "apiVersion": "example.com/v1", "kind": "Widget", "metadata": { "name": name }, "spec": spec })
}

#[tokio::test]
async fn a_definition_is_established_at_once_and_its_objects_follow_its_schema() {
    let cluster = start().await;
    let http = Http::new(&cluster);
    let (code, crd) = http.post(CRDS, &definition()).await;
    assert_eq!(code, 201);
    assert_eq!(crd["status"]["conditions"][1]["type"], "Established");

    let spec = json!({ "color": "red", "bogus": 1, "free": { "any": [1] } });
    let (code, made) = http.post(WIDGETS, &widget("a", &spec)).await;
    assert_eq!(code, 201);
    assert_eq!(made["spec"], json!({ "color": "red", "size": 3, "free": { "any": [1] } }));
    let (code, refused) =
        http.post(&format!("{WIDGETS}?fieldValidation=Strict"), &widget("b", &spec)).await;
    assert_eq!(code, 400);
    assert!(
        refused["message"]
            .as_str()
            .unwrap()
            .ends_with("strict decoding error: unknown field \"spec.bogus\"")
    );
    let (code, refused) =
        http.post(WIDGETS, &widget("c", &json!({ "color": "green", "size": 0 }))).await;
    assert_eq!(code, 422);
    assert_eq!(
        refused["message"],
        "Widget.example.com \"c\" is invalid: [spec.color: Unsupported value: \"green\": supported values: \"red\", \"blue\", spec.size: Invalid value: 0: spec.size in body should be greater than or equal to 1]"
    );
}

#[tokio::test]
async fn status_and_spec_are_written_through_their_own_doors() {
    let cluster = start().await;
    let http = Http::new(&cluster);
    http.post(CRDS, &definition()).await;
    http.post(WIDGETS, &widget("a", &json!({ "color": "red" }))).await;
    let both = json!({ "spec": { "size": 9 }, "status": { "size": 2 } });
    let path = format!("{WIDGETS}/a");
    let (_, spec_written) = http.patch(&path, "merge-patch+json", &both).await;
    assert_eq!(spec_written["spec"]["size"], 9);
    assert_eq!(spec_written.get("status"), None);
    assert_eq!(spec_written["metadata"]["generation"], 2);
    let both = json!({ "spec": { "size": 1 }, "status": { "size": 2 } });
    let (_, written) = http.patch(&format!("{path}/status"), "merge-patch+json", &both).await;
    assert_eq!((&written["spec"]["size"], &written["status"]["size"]), (&json!(9), &json!(2)));
    assert_eq!(written["metadata"]["generation"], 2);
    let (_, scale) = http.get(&format!("{path}/scale")).await;
    assert_eq!((&scale["spec"]["replicas"], &scale["status"]["replicas"]), (&json!(9), &json!(2)));
}

#[tokio::test]
async fn every_served_version_shows_the_same_object() {
    let cluster = start().await;
    let http = Http::new(&cluster);
    http.post(CRDS, &definition()).await;
    http.post(WIDGETS, &widget("a", &json!({ "color": "red" }))).await;
    let (_, other) = http.get("/apis/example.com/v1beta1/namespaces/default/widgets/a").await;
    assert_eq!(other["apiVersion"], "example.com/v1beta1");
    assert_eq!(other["spec"]["color"], "red");
}

#[tokio::test]
async fn a_definition_takes_its_objects_with_it() {
    let cluster = start().await;
    let http = Http::new(&cluster);
    http.post(CRDS, &definition()).await;
    http.post(WIDGETS, &widget("a", &json!({ "color": "red" }))).await;
    http.delete(&format!("{CRDS}/widgets.example.com"), &json!({})).await;
    super::eventually("the definition is gone", async || {
        http.get(&format!("{CRDS}/widgets.example.com")).await.0 == 404
    })
    .await;
    assert_eq!(http.get(WIDGETS).await.0, 404);
}
