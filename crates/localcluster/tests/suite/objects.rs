//! Objects are created, changed, conflicted and deleted as on a real server.

use super::{client, start};
use k8s_openapi::api::core::v1::ConfigMap;
use kube::api::{Api, DeleteParams, Patch, PatchParams, PostParams};
use serde_json::json;

#[tokio::test]
async fn a_second_applier_of_the_same_field_conflicts_unless_it_forces() {
    let cluster = start().await;
    let maps: Api<ConfigMap> = Api::namespaced(client(&cluster), "default");
    let with = |value: &str| json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "a" }, "data": { "k": value } });
    maps.patch("a", &PatchParams::apply("one"), &Patch::Apply(with("1"))).await.unwrap();
    let refused = maps.patch("a", &PatchParams::apply("two"), &Patch::Apply(with("2"))).await;
    let Err(kube::Error::Api(status)) = refused else { panic!("no conflict: {refused:?}") };
    assert_eq!(status.message, "Apply failed with 1 conflict: conflict with \"one\": .data.k");
    let forced = PatchParams::apply("two").force();
    let map = maps.patch("a", &forced, &Patch::Apply(with("2"))).await.unwrap();
    assert_eq!(map.data.unwrap()["k"], "2");
}

#[tokio::test]
async fn a_stale_replacement_is_refused() {
    let cluster = start().await;
    let maps: Api<ConfigMap> = Api::namespaced(client(&cluster), "default");
    let mut map = ConfigMap::default();
    map.metadata.name = Some("a".into());
    let created = maps.create(&PostParams::default(), &map).await.unwrap();
    let mut newer = created.clone();
    newer.data = Some([("k".to_owned(), "v".to_owned())].into());
    maps.replace("a", &PostParams::default(), &newer).await.unwrap();
    let stale = maps.replace("a", &PostParams::default(), &newer).await;
    assert!(matches!(stale, Err(kube::Error::Api(status)) if status.code == 409));
    maps.delete("a", &DeleteParams::default()).await.unwrap();
    assert!(maps.get_opt("a").await.unwrap().is_none());
}
