//! "Pushing" and "Content Management".

use registry::sha256;

use crate::world::{World, code, header};

#[tokio::test]
async fn a_blob_is_uploaded_in_chunks_and_those_out_of_order_are_refused() {
    let world = World::new().await;
    let location = world.upload("a").await;
    let patch = |range: &'static str, body: &'static str| {
        world.ask("PATCH", &location).header("content-range", range).body(body).send()
    };
    let response = patch("0-2", "abc").await.unwrap();
    assert_eq!(response.status(), 202);
    assert_eq!(header(&response, "range"), "0-2");
    for (range, body) in [("0-2", "abc"), ("4-5", "ef")] {
        let refused = patch(range, body).await.unwrap();
        assert_eq!(refused.status(), 416);
        assert_eq!(header(&refused, "range"), "0-2");
    }
    let status = world.ask("GET", &location).send().await.unwrap();
    assert_eq!((status.status().as_u16(), header(&status, "range")), (204, "0-2".to_owned()));
    let digest = sha256(b"abcdef");
    let put = world.ask("PUT", &format!("{location}?digest={digest}"));
    let put = put.header("content-range", "3-5").body("def").send().await.unwrap();
    assert_eq!(put.status(), 201);
    assert_eq!(header(&put, "location"), format!("/v2/a/blobs/{digest}"));
    assert_eq!(world.status("GET", &location).await, 404);
    let blob = world.ask("GET", &header(&put, "location")).send().await.unwrap();
    assert_eq!(blob.text().await.unwrap(), "abcdef");
}

#[tokio::test]
async fn other_bytes_than_the_digest_names_are_refused_and_forgotten() {
    let world = World::new().await;
    let digest = sha256(b"other");
    let location = world.upload("a").await;
    let put = world.ask("PUT", &format!("{location}?digest={digest}")).body("bytes");
    let refused = put.send().await.unwrap();
    assert_eq!(refused.status(), 400);
    assert_eq!(code(refused).await, "DIGEST_INVALID");
    assert_eq!(world.status("HEAD", &format!("/v2/a/blobs/{digest}")).await, 404);
    let put = world.put(&format!("/v2/a/manifests/{digest}"), "{}").await;
    assert_eq!(put.status(), 400);
}

#[tokio::test]
async fn a_sha512_digest_is_as_good() {
    let world = World::new().await;
    let digest = "sha512:ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a\
        2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f";
    let location = world.upload("a").await;
    let put = world.ask("PUT", &format!("{location}?digest={digest}")).body("abc");
    assert_eq!(put.send().await.unwrap().status(), 201);
    let get = world.ask("GET", &format!("/v2/a/blobs/{digest}")).send().await.unwrap();
    assert_eq!(get.text().await.unwrap(), "abc");
}

#[tokio::test]
async fn an_upload_can_be_given_up() {
    let world = World::new().await;
    let location = world.upload("a").await;
    assert_eq!(world.status("GET", &location.replace("/a/", "/b/")).await, 404);
    assert_eq!(world.status("DELETE", &location).await, 204);
    assert_eq!(world.status("GET", &location).await, 404);
}

#[tokio::test]
async fn an_upload_whose_client_hangs_is_taken_over_by_the_next_request() {
    let world = World::new().await;
    let location = world.upload("a").await;
    let hanging = reqwest::Body::wrap_stream(futures::StreamExt::chain(
        futures::stream::iter([Ok::<_, std::io::Error>("abc")]),
        futures::stream::pending(),
    ));
    let hung = tokio::spawn(world.ask("PATCH", &location).body(hanging).send());
    let mut range = String::new();
    for _ in 0..200 {
        range = header(&world.ask("GET", &location).send().await.unwrap(), "range");
        if range == "0-2" {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    assert_eq!(range, "0-2");
    let digest = sha256(b"abcdef");
    let put = world.ask("PUT", &format!("{location}?digest={digest}"));
    let put = put.header("content-range", "3-5").body("def").send().await.unwrap();
    assert_eq!(put.status(), 201);
    hung.abort();
}

#[tokio::test]
async fn a_mount_takes_what_is_there_and_opens_an_upload_for_what_is_not() {
    let world = World::new().await;
    let digest = world.blob("a", "content").await;
    let mount = |digest: String| {
        world.ask("POST", &format!("/v2/b/blobs/uploads/?mount={digest}&from=a")).send()
    };
    let mounted = mount(digest.clone()).await.unwrap();
    assert_eq!(mounted.status(), 201);
    assert_eq!(header(&mounted, "location"), format!("/v2/b/blobs/{digest}"));
    let declined = mount(sha256(b"absent").to_string()).await.unwrap();
    assert_eq!(declined.status(), 202);
    assert!(header(&declined, "location").contains("/v2/b/blobs/uploads/"));
}

#[tokio::test]
async fn a_manifest_needs_its_blobs_but_not_its_subject() {
    let world = World::new().await;
    let absent = sha256(b"absent");
    let layer = format!(
        r#"{{"schemaVersion":2,"layers":[{{"mediaType":"a/b","size":6,"digest":"{absent}"}}]}}"#
    );
    let refused = world.put("/v2/a/manifests/v1", &layer).await;
    assert_eq!(refused.status(), 404);
    assert_eq!(code(refused).await, "MANIFEST_BLOB_UNKNOWN");
    let elsewhere = layer.replace("\"size\"", r#""urls":["https://x/y"],"size""#);
    assert_eq!(world.put("/v2/a/manifests/v1", &elsewhere).await.status(), 201);
    let subject = format!(
        r#"{{"schemaVersion":2,"subject":{{"mediaType":"a/b","size":6,"digest":"{absent}"}}}}"#
    );
    let accepted = world.put("/v2/a/manifests/v2", &subject).await;
    assert_eq!(accepted.status(), 201);
    assert_eq!(header(&accepted, "oci-subject"), absent.to_string());
}

#[tokio::test]
async fn what_is_no_manifest_is_refused() {
    let world = World::new().await;
    for text in ["", "hello", "[]", "{\"layers\":5}"] {
        let refused = world.put("/v2/a/manifests/v1", text).await;
        assert_eq!(refused.status(), 400, "{text}");
        assert_eq!(code(refused).await, "MANIFEST_INVALID");
    }
    let large = format!(r#"{{"x":"{}"}}"#, "a".repeat(4 << 20));
    assert_eq!(world.put("/v2/a/manifests/v1", &large).await.status(), 413);
    let nearly = format!(r#"{{"x":"{}"}}"#, "a".repeat((4 << 20) - 20));
    assert_eq!(world.put("/v2/a/manifests/v1", &nearly).await.status(), 201);
}

#[tokio::test]
async fn tags_manifests_and_blobs_are_deleted_one_by_one() {
    let world = World::new().await;
    let blob = world.blob("a", "content").await;
    world.put("/v2/a/manifests/v1", "{}").await;
    world.put("/v2/a/manifests/v2", "{}").await;
    let digest = sha256(b"{}");
    assert_eq!(world.status("DELETE", "/v2/a/manifests/v1").await, 202);
    assert_eq!(world.status("GET", "/v2/a/manifests/v1").await, 404);
    assert_eq!(world.status("GET", "/v2/a/manifests/v2").await, 200);
    assert_eq!(world.status("DELETE", &format!("/v2/a/manifests/{digest}")).await, 202);
    assert_eq!(world.status("GET", "/v2/a/manifests/v2").await, 404);
    assert_eq!(world.status("DELETE", &format!("/v2/a/manifests/{digest}")).await, 404);
    assert_eq!(world.status("DELETE", &format!("/v2/a/blobs/{blob}")).await, 202);
    assert_eq!(world.status("GET", &format!("/v2/a/blobs/{blob}")).await, 404);
    assert_eq!(world.status("DELETE", &format!("/v2/a/blobs/{blob}")).await, 404);
}
