//! On whose behalf objects are applied.

use serde_json::json;

use crate::support::{World, config_map, ready};

const ROLE: &str = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: tenant, namespace: NS}\n---\n\
    apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: tenant, namespace: NS}\n\
    rules: [{apiGroups: [''], resources: [configmaps], verbs: ['*']}]\n---\n\
    apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\n\
    metadata: {name: tenant, namespace: NS}\n\
    roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: tenant}\n\
    subjects: [{kind: ServiceAccount, name: tenant, namespace: NS}]\n";

const SERVICE: &str = "apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: NS}\n\
    spec: {selector: {app: web}, ports: [{port: 80}]}\n";

#[tokio::test]
async fn an_account_delivers_what_it_may() {
    let world = World::start().await;
    world.apply(ROLE).await;
    let digest = world.push("app:latest", &[("a.yaml", &config_map("one", "1"))]).await;
    world.source("").await;
    world.kustomization("app", "prune: true\nserviceAccountName: tenant").await;
    world.until_applied("app", &digest).await;
    world.delete("Kustomization", "app").await;
    world.until_gone("Kustomization", "app").await;
    world.until_gone("ConfigMap", "one").await;
}

#[tokio::test]
async fn an_account_cannot_deliver_what_it_may_not() {
    let world = World::start_with(|settings| {
        settings.default_service_account = Some("tenant".to_owned());
    })
    .await;
    world.apply(ROLE).await;
    let text = config_map("one", "1") + "---\n" + SERVICE;
    world.push("app:latest", &[("a.yaml", &text)]).await;
    world.source("").await;
    world.kustomization("app", "prune: true").await;
    let refused = world.until_ready("Kustomization", "app", "False", "ReconciliationFailed").await;
    let message = ready(&refused).unwrap().2;
    for named in ["Service/NS/web dry-run failed (Forbidden)", "system:serviceaccount:NS:tenant"] {
        assert!(message.contains(&world.fill(named)), "{named} in {message}");
    }
    assert!(world.get("ConfigMap", "one").await.is_none(), "nothing of the wave is written");
    world.patch("Kustomization", "app", json!({ "spec": { "suspend": true } })).await;
}
