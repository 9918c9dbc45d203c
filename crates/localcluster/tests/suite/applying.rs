//! Server-side apply keeps books as a real server does (compared with kube-apiserver 1.36.2 by hand).

use expect_test::{Expect, expect};
use serde_json::{Value, json};

use super::{Http, start};

const MAP: &str = "/api/v1/namespaces/default/configmaps/c";
const DEPLOYMENT: &str = "/apis/apps/v1/namespaces/default/deployments/d";

async fn apply(http: &Http, path: &str, manager: &str, body: &Value) -> (u16, Value) {
    let path = format!("{path}?fieldManager={manager}");
    http.patch(&path, "apply-patch+yaml", body).await
}

fn map(data: &Value) -> Value {
    json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "c" }, "data": data })
}

/// The managers of an object and their fields, a line each.
fn managers(object: &Value) -> String {
    let entries = object["metadata"]["managedFields"].as_array().cloned().unwrap_or_default();
    let line = |e: &Value| {
        let text = |field: &str| e[field].as_str().unwrap_or_default().to_owned();
        format!(
            "{} {} {}: {}\n",
            text("manager"),
            text("operation"),
            text("subresource"),
            e["fieldsV1"]
        )
    };
    entries.iter().map(line).collect()
}

fn check(actual: &str, expected: &Expect) {
    expected.assert_eq(actual);
}

#[tokio::test]
async fn fields_that_an_applier_drops_go_unless_another_holds_them() {
    let cluster = start().await;
    let http = Http::new(&cluster);
    apply(&http, MAP, "a", &map(&json!({ "x": "1", "y": "1", "z": "1" }))).await;
    apply(&http, MAP, "b", &map(&json!({ "y": "1" }))).await;
    let (code, object) = apply(&http, MAP, "a", &map(&json!({ "x": "1" }))).await;
    assert_eq!(code, 200);
    assert_eq!(object["data"], json!({ "x": "1", "y": "1" }));
    check(
        &managers(&object),
        &expect![[r#"
            a Apply : {"f:data":{"f:x":{}}}
            b Apply : {"f:data":{"f:y":{}}}
        "#]],
    );
}

#[tokio::test]
async fn an_update_takes_what_it_changes_and_only_that() {
    let cluster = start().await;
    let http = Http::new(&cluster);
    apply(&http, MAP, "a", &map(&json!({ "x": "1", "y": "1" }))).await;
    let path = format!("{MAP}?fieldManager=u");
    let change = json!({ "data": { "x": "2" } });
    let (_, object) = http.patch(&path, "merge-patch+json", &change).await;
    check(
        &managers(&object),
        &expect![[r#"
            a Apply : {"f:data":{"f:y":{}}}
            u Update : {"f:data":{"f:x":{}}}
        "#]],
    );
    let (code, refused) = apply(&http, MAP, "a", &map(&json!({ "x": "1", "y": "1" }))).await;
    assert_eq!(code, 409);
    assert_eq!(
        refused["message"],
        "Apply failed with 1 conflict: conflict with \"u\" using v1: .data.x"
    );
    assert_eq!(
        refused["details"]["causes"],
        json!([{ "reason": "FieldManagerConflict", "message": "conflict with \"u\" using v1", "field": ".data.x" }])
    );
}

#[tokio::test]
async fn list_items_are_owned_by_their_keys() {
    let cluster = start().await;
    let http = Http::new(&cluster);
    let deployment = |env: Value| {
        json!({
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": { "name": "d" },
            "spec": {
                "selector": { "matchLabels": { "app": "d" } },
                "template": {
                    "metadata": { "labels": { "app": "d" } },
                    "spec": { "containers": [{
                        "name": "a", "image": "x", "env": env, "ports": [{ "containerPort": 80 }],
                    }] },
                },
            },
        })
    };
    let before = json!([{ "name": "A", "value": "1" }, { "name": "B", "value": "2" }]);
    let (code, _) = apply(&http, DEPLOYMENT, "a", &deployment(before)).await;
    assert_eq!(code, 201);
    let after = json!([{ "name": "B", "value": "3" }]);
    let (_, object) = apply(&http, DEPLOYMENT, "a", &deployment(after)).await;
    let container = &object["spec"]["template"]["spec"]["containers"][0];
    assert_eq!(container["env"], json!([{ "name": "B", "value": "3" }]));
    assert_eq!(container["ports"], json!([{ "containerPort": 80, "protocol": "TCP" }]));
    let first = managers(&object).lines().next().map(str::to_owned).unwrap_or_default();
    check(
        &first,
        &expect![[
            r#"a Apply : {"f:spec":{"f:selector":{},"f:template":{"f:metadata":{"f:labels":{"f:app":{}}},"f:spec":{"f:containers":{"k:{\"name\":\"a\"}":{".":{},"f:env":{"k:{\"name\":\"B\"}":{".":{},"f:name":{},"f:value":{}}},"f:image":{},"f:name":{},"f:ports":{"k:{\"containerPort\":80,\"protocol\":\"TCP\"}":{".":{},"f:containerPort":{}}}}}}}}}"#
        ]],
    );
}

#[tokio::test]
async fn a_dry_run_says_what_would_be_and_changes_nothing() {
    let cluster = start().await;
    let http = Http::new(&cluster);
    apply(&http, MAP, "a", &map(&json!({ "x": "1" }))).await;
    let (_, before) = http.get(MAP).await;
    let dry = format!("{MAP}?fieldManager=a&dryRun=All");
    let (code, shown) = http.patch(&dry, "apply-patch+yaml", &map(&json!({ "x": "2" }))).await;
    assert_eq!((code, &shown["data"]["x"]), (200, &json!("2")));
    assert_eq!(http.get(MAP).await.1, before);
}

#[tokio::test]
async fn applying_the_same_again_changes_nothing() {
    let cluster = start().await;
    let http = Http::new(&cluster);
    let (_, first) = apply(&http, MAP, "a", &map(&json!({ "x": "1" }))).await;
    let (_, second) = apply(&http, MAP, "a", &map(&json!({ "x": "1" }))).await;
    assert_eq!(first, second);
}

#[tokio::test]
async fn managed_fields_may_be_edited_and_reset() {
    let cluster = start().await;
    let http = Http::new(&cluster);
    apply(&http, MAP, "a", &map(&json!({ "x": "1" }))).await;
    let rename =
        json!([{ "op": "replace", "path": "/metadata/managedFields/0/manager", "value": "b" }]);
    let (_, object) = http.patch(MAP, "json-patch+json", &rename).await;
    check(
        &managers(&object),
        &expect![[r#"
        b Apply : {"f:data":{"f:x":{}}}
    "#]],
    );
    let reset = json!({ "metadata": { "managedFields": [{}] } });
    let (_, object) = http.patch(MAP, "merge-patch+json", &reset).await;
    assert_eq!(managers(&object), "");
}

#[tokio::test]
async fn a_configuration_may_be_applied_as_yaml() {
    let cluster = start().await;
    let http = Http::new(&cluster);
    let yaml = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c\ndata:\n  x: \"1\"\n";
    let request = http
        .client
        .patch(format!("{}{MAP}?fieldManager=a", http.url))
        .header("content-type", "application/apply-patch+yaml")
        .body(yaml);
    let (code, object) = http.send(request).await;
    assert_eq!((code, &object["data"]["x"]), (201, &json!("1")));
}

#[tokio::test]
async fn an_applied_field_that_no_schema_has_is_refused() {
    let cluster = start().await;
    let http = Http::new(&cluster);
    let mut body = map(&json!({ "x": "1" }));
    body["dta"] = json!({});
    let (code, refused) = apply(&http, MAP, "a", &body).await;
    assert_eq!(code, 500);
    assert_eq!(
        refused["message"],
        "failed to create typed patch object (default/c; v1, Kind=ConfigMap): .dta: field not declared in schema"
    );
}
