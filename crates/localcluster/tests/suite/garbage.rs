//! What is deleted takes along what belongs to it, and waits for what holds it.

use serde_json::{Value, json};

use super::{Http, eventually, start};

const MAPS: &str = "/api/v1/namespaces/default/configmaps";

fn map(name: &str, owner: Option<&Value>) -> Value {
    let mut map = json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": name } });
    if let Some(owner) = owner {
        map["metadata"]["ownerReferences"] = json!([{
            "apiVersion": "v1", "kind": "ConfigMap", "name": owner["metadata"]["name"],
            "uid": owner["metadata"]["uid"], "blockOwnerDeletion": true,
        }]);
    }
    map
}

async fn family(http: &Http) {
    let (_, owner) = http.post(MAPS, &map("owner", None)).await;
    http.post(MAPS, &map("child", Some(&owner))).await;
}

async fn is_gone(http: &Http, name: &str) -> bool {
    http.get(&format!("{MAPS}/{name}")).await.0 == 404
}

#[tokio::test]
async fn dependents_follow_their_owner() {
    let cluster = start().await;
    let http = Http::new(&cluster);
    for policy in ["Background", "Foreground"] {
        family(&http).await;
        let options = json!({ "propagationPolicy": policy });
        assert_eq!(http.delete(&format!("{MAPS}/owner"), &options).await.0, 200);
        eventually(policy, async || is_gone(&http, "owner").await && is_gone(&http, "child").await)
            .await;
    }
}

#[tokio::test]
async fn orphans_stay_and_forget_their_owner() {
    let cluster = start().await;
    let http = Http::new(&cluster);
    family(&http).await;
    http.delete(&format!("{MAPS}/owner"), &json!({ "propagationPolicy": "Orphan" })).await;
    eventually("the owner is gone", async || is_gone(&http, "owner").await).await;
    let (code, child) = http.get(&format!("{MAPS}/child")).await;
    assert_eq!(code, 200);
    assert_eq!(child["metadata"].get("ownerReferences"), None);
}

#[tokio::test]
async fn a_finalizer_holds_an_object_until_it_is_taken_off() {
    let cluster = start().await;
    let http = Http::new(&cluster);
    let mut held = map("held", None);
    held["metadata"]["finalizers"] = json!(["example.com/hold"]);
    http.post(MAPS, &held).await;
    let path = format!("{MAPS}/held");
    let (_, marked) = http.delete(&path, &json!({})).await;
    assert!(marked["metadata"]["deletionTimestamp"].is_string());
    let more = json!({ "metadata": { "finalizers": ["example.com/hold", "example.com/more"] } });
    assert_eq!(http.patch(&path, "merge-patch+json", &more).await.0, 422);
    let none = json!({ "metadata": { "finalizers": null } });
    assert_eq!(http.patch(&path, "merge-patch+json", &none).await.0, 200);
    assert!(is_gone(&http, "held").await);
}

#[tokio::test]
async fn a_namespace_goes_with_its_content() {
    let cluster = start().await;
    let http = Http::new(&cluster);
    let space = json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": "shop" } });
    http.post("/api/v1/namespaces", &space).await;
    http.post("/api/v1/namespaces/shop/configmaps", &map("a", None)).await;
    http.delete("/api/v1/namespaces/shop", &json!({})).await;
    eventually("the namespace is gone", async || {
        http.get("/api/v1/namespaces/shop").await.0 == 404
    })
    .await;
    assert_eq!(http.get("/api/v1/namespaces/shop/configmaps/a").await.0, 404);
    assert_eq!(http.post("/api/v1/namespaces/shop/configmaps", &map("a", None)).await.0, 404);
}

#[tokio::test]
async fn a_precondition_guards_a_deletion() {
    let cluster = start().await;
    let http = Http::new(&cluster);
    http.post(MAPS, &map("a", None)).await;
    let options = json!({ "preconditions": { "uid": "another" } });
    assert_eq!(http.delete(&format!("{MAPS}/a"), &options).await.0, 409);
    assert!(!is_gone(&http, "a").await);
}
