//! "Content Discovery".

use registry::sha256;
use serde_json::Value;

use crate::world::{World, header};

async fn json(world: &World, path: &str) -> (Value, String) {
    let response = world.ask("GET", path).send().await.unwrap();
    assert_eq!(response.status(), 200, "{path}");
    let link = header(&response, "link");
    (serde_json::from_slice(&response.bytes().await.unwrap()).unwrap(), link)
}

#[tokio::test]
async fn tags_come_in_pages() {
    let world = World::new().await;
    for tag in ["c", "a", "b"] {
        world.put(&format!("/v2/x/manifests/{tag}"), "{}").await;
    }
    let (body, link) = json(&world, "/v2/x/tags/list").await;
    assert_eq!((body["tags"].to_string().as_str(), link.as_str()), (r#"["a","b","c"]"#, ""));
    assert_eq!(body["name"], "x");
    let (body, link) = json(&world, "/v2/x/tags/list?n=2").await;
    assert_eq!(body["tags"].to_string(), r#"["a","b"]"#);
    assert_eq!(link, "</v2/x/tags/list?n=2&last=b>; rel=\"next\"");
    let (body, link) = json(&world, "/v2/x/tags/list?n=2&last=b").await;
    assert_eq!((body["tags"].to_string().as_str(), link.as_str()), (r#"["c"]"#, ""));
    assert_eq!(json(&world, "/v2/x/tags/list?n=0").await.0["tags"].to_string(), "[]");
    assert_eq!(world.status("GET", "/v2/x/tags/list?n=many").await, 400);
}

#[tokio::test]
async fn repositories_come_in_pages() {
    let world = World::new().await;
    for name in ["b/c", "a"] {
        world.put(&format!("/v2/{name}/manifests/v1"), "{}").await;
    }
    let (body, link) = json(&world, "/v2/_catalog?n=1").await;
    assert_eq!(body["repositories"].to_string(), r#"["a"]"#);
    assert_eq!(link, "</v2/_catalog?n=1&last=a>; rel=\"next\"");
}

#[tokio::test]
async fn referrers_are_filtered_by_type_and_shown_with_annotations() {
    let world = World::new().await;
    let subject = sha256(b"{}");
    let config = world.blob("a", "conf").await;
    let refer = |rest: &str| {
        format!(
            r#"{{"schemaVersion":2,"subject":{{"mediaType":"x/y","size":2,"digest":"{subject}"}},{rest}}}"#
        )
    };
    let typed = refer(r#""artifactType":"a/one","annotations":{"k":"v"}"#);
    let by_config =
        refer(&format!(r#""config":{{"mediaType":"a/two","size":4,"digest":"{config}"}}"#));
    for (tag, text) in [("one", &typed), ("two", &by_config)] {
        assert_eq!(world.put(&format!("/v2/a/manifests/{tag}"), text).await.status(), 201);
    }
    let path = format!("/v2/a/referrers/{subject}");
    let (all, _) = json(&world, &path).await;
    assert_eq!(all["mediaType"], "application/vnd.oci.image.index.v1+json");
    assert_eq!(all["manifests"].as_array().unwrap().len(), 2);
    let response = world.ask("GET", &format!("{path}?artifactType=a%2Ftwo")).send().await.unwrap();
    assert_eq!(header(&response, "oci-filters-applied"), "artifactType");
    assert_eq!(header(&response, "content-type"), "application/vnd.oci.image.index.v1+json");
    let (one, _) = json(&world, &format!("{path}?artifactType=a/one")).await;
    assert_eq!(one["manifests"].as_array().unwrap().len(), 1);
    assert_eq!(one["manifests"][0]["annotations"]["k"], "v");
    assert_eq!(one["manifests"][0]["digest"], sha256(typed.as_bytes()).to_string());
    world
        .ask("DELETE", &format!("/v2/a/manifests/{}", sha256(typed.as_bytes())))
        .send()
        .await
        .unwrap();
    assert_eq!(json(&world, &path).await.0["manifests"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn an_unknown_subject_has_no_referrers_and_a_malformed_one_is_refused() {
    let world = World::new().await;
    let (body, _) = json(&world, &format!("/v2/none/referrers/{}", sha256(b"x"))).await;
    assert_eq!(body["manifests"].to_string(), "[]");
    assert_eq!(world.status("GET", "/v2/none/referrers/sha256:zz").await, 400);
}
