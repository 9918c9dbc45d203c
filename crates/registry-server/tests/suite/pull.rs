//! "Pulling".

use registry::sha256;

use crate::world::{MANIFEST, World, code, header};

#[tokio::test]
async fn the_root_says_that_this_is_a_registry() {
    let world = World::new().await;
    for path in ["/v2/", "/v2"] {
        let response = world.ask("GET", path).send().await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(header(&response, "docker-distribution-api-version"), "registry/2.0");
    }
}

#[tokio::test]
async fn a_manifest_is_served_by_tag_and_digest_with_its_type() {
    let world = World::new().await;
    let text = r#"{"schemaVersion":2}"#;
    let digest = sha256(text.as_bytes()).to_string();
    world.put("/v2/a/b/manifests/v1", text).await;
    for selector in ["v1", &digest, &digest.replace(':', "%3A")] {
        let path = format!("/v2/a/b/manifests/{selector}");
        let head = world.ask("HEAD", &path).send().await.unwrap();
        assert_eq!(header(&head, "content-length"), text.len().to_string());
        let get = world.ask("GET", &path).send().await.unwrap();
        for response in [&head, &get] {
            assert_eq!(response.status(), 200);
            assert_eq!(header(response, "content-type"), MANIFEST);
            assert_eq!(header(response, "docker-content-digest"), digest);
        }
        assert_eq!(get.text().await.unwrap(), text);
    }
}

#[tokio::test]
async fn what_is_not_there_is_not_found_by_its_own_code() {
    let world = World::new().await;
    world.put("/v2/a/manifests/v1", "{}").await;
    let absent = sha256(b"absent");
    for (path, expected) in [
        ("/v2/a/manifests/absent".to_owned(), "MANIFEST_UNKNOWN"),
        (format!("/v2/a/manifests/{absent}"), "MANIFEST_UNKNOWN"),
        (format!("/v2/a/blobs/{absent}"), "BLOB_UNKNOWN"),
        ("/v2/absent/tags/list".to_owned(), "NAME_UNKNOWN"),
        ("/v2/a/blobs/uploads/absent".to_owned(), "BLOB_UPLOAD_UNKNOWN"),
    ] {
        assert_eq!(world.status("HEAD", &path).await, 404, "{path}");
        let response = world.ask("GET", &path).send().await.unwrap();
        assert_eq!((response.status().as_u16(), code(response).await.as_str()), (404, expected));
    }
    assert_eq!(world.status("GET", "/v2/a/blobs/sha256:zz").await, 400);
    assert_eq!(world.status("GET", "/v2/A/manifests/v1").await, 400);
}

#[tokio::test]
async fn a_blob_is_served_whole_and_in_part() {
    let world = World::new().await;
    let digest = world.blob("a", "0123456789").await;
    let path = format!("/v2/a/blobs/{digest}");
    let head = world.ask("HEAD", &path).send().await.unwrap();
    assert_eq!(header(&head, "content-length"), "10");
    let part = world.ask("GET", &path).header("range", "bytes=2-4").send().await.unwrap();
    assert_eq!(part.status(), 206);
    assert_eq!(header(&part, "content-range"), "bytes 2-4/10");
    assert_eq!(part.text().await.unwrap(), "234");
    let beyond = world.ask("GET", &path).header("range", "bytes=10-").send().await.unwrap();
    assert_eq!(beyond.status(), 416);
}

#[tokio::test]
async fn a_damaged_blob_does_not_arrive_whole() {
    let world = World::new().await;
    let digest = world.blob("a", "0123456789").await;
    let folder = world.server.store().folder().unwrap();
    let file = folder.join("blobs").join(digest.replace(':', "/"));
    std::fs::write(file, "0123456780").unwrap();
    let response = world.ask("GET", &format!("/v2/a/blobs/{digest}")).send().await;
    let body = match response {
        Ok(response) => response.bytes().await,
        Err(error) => Err(error),
    };
    assert!(body.is_err(), "the client saw the end of a damaged blob");
}
