//! Who acts as somebody else may do what that one may do.

use serde_json::{Value, json};

use super::{Http, start};

const MAPS: &str = "/api/v1/namespaces/default/configmaps";
const ROBOT: &str = "system:serviceaccount:default:robot";

async fn bind(http: &Http, role: &str) {
    let group = "/apis/rbac.authorization.k8s.io/v1";
    let binding = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding",
        "metadata": { "name": role },
        "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role },
        "subjects": [{ "kind": "ServiceAccount", "name": "robot", "namespace": "default" }],
    });
    let path = format!("{group}/namespaces/default/rolebindings");
    assert_eq!(http.post(&path, &binding).await.0, 201);
}

async fn apply(http: &Http) -> (u16, Value) {
    let map = json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "a" } });
    let request = http
        .client
        .patch(format!("{}{MAPS}/a?fieldManager=robot", http.url))
        .header("content-type", "application/apply-patch+yaml")
        .header("impersonate-user", ROBOT)
        .body(map.to_string());
    http.send(request).await
}

#[tokio::test]
async fn a_service_account_may_do_what_its_roles_allow() {
    let cluster = start().await;
    let http = Http::new(&cluster);
    let (code, refused) = apply(&http).await;
    assert_eq!(code, 403);
    assert_eq!(
        refused["message"],
        "configmaps \"a\" is forbidden: User \"system:serviceaccount:default:robot\" cannot patch resource \"configmaps\" in API group \"\" in the namespace \"default\""
    );
    bind(&http, "view").await;
    assert_eq!(apply(&http).await.0, 403);
    bind(&http, "edit").await;
    assert_eq!(apply(&http).await.0, 201);
    let elsewhere = http
        .client
        .get(format!("{}/api/v1/namespaces/kube-system/configmaps", http.url))
        .header("impersonate-user", ROBOT);
    assert_eq!(http.send(elsewhere).await.0, 403);
}
