//! What is beyond the specification: conditions, events, logins, a read-only switch, the folder.

use registry::sha256;
use reqwest::Response;
use wharf_registry_server::{EventKind, Options};

use crate::world::{World, header};

async fn put_if(world: &World, name: &str, value: &str, text: &str) -> Response {
    let request = world.ask("PUT", "/v2/a/manifests/prod").header(name, value);
    request.body(text.to_owned()).send().await.unwrap()
}

#[tokio::test]
async fn a_tag_is_written_only_under_its_condition() {
    let world = World::new().await;
    let first = put_if(&world, "if-none-match", "*", "{}").await;
    assert_eq!(first.status(), 201);
    let etag = header(&first, "etag");
    assert_eq!(etag, format!("\"{}\"", sha256(b"{}")));
    assert_eq!(put_if(&world, "if-none-match", "*", "{ }").await.status(), 412);
    assert_eq!(put_if(&world, "if-match", &etag, "{ }").await.status(), 201);
    assert_eq!(put_if(&world, "if-match", &etag, "{  }").await.status(), 412);
    let now = world.ask("GET", "/v2/a/manifests/prod").send().await.unwrap();
    let etag = header(&now, "etag");
    assert_eq!(now.text().await.unwrap(), "{ }");
    let same = world.ask("GET", "/v2/a/manifests/prod").header("if-none-match", etag);
    assert_eq!(same.send().await.unwrap().status(), 304);
}

#[tokio::test]
async fn of_many_writers_with_one_condition_one_wins() {
    let world = World::new().await;
    let etag = header(&put_if(&world, "if-none-match", "*", "{}").await, "etag");
    let texts: Vec<String> = (0..32).map(|n| format!("{{\"n\":{n}}}")).collect();
    let puts = texts.iter().map(|text| put_if(&world, "if-match", &etag, text));
    let statuses = futures::future::join_all(puts).await;
    assert_eq!(statuses.iter().filter(|response| response.status() == 201).count(), 1);
    assert_eq!(statuses.iter().filter(|response| response.status() == 412).count(), 31);
}

#[tokio::test]
async fn subscribers_hear_of_every_change() {
    let world = World::new().await;
    let mut events = world.server.subscribe();
    world.put("/v2/a/manifests/prod", "{}").await;
    world.put("/v2/a/manifests/prod", "{ }").await;
    world.status("DELETE", "/v2/a/manifests/prod").await;
    let first = events.recv().await.unwrap();
    assert_eq!((first.kind, first.repository.as_str()), (EventKind::Pushed, "a"));
    assert_eq!((first.tag.as_deref(), first.previous), (Some("prod"), None));
    assert_eq!(first.digest, sha256(b"{}"));
    let second = events.recv().await.unwrap();
    assert_eq!(second.previous, Some(first.digest));
    let third = events.recv().await.unwrap();
    assert_eq!((third.kind, third.digest), (EventKind::Deleted, second.digest));
}

#[tokio::test]
async fn a_login_is_asked_for_everywhere() {
    let login = Some(("me".to_owned(), "secret".to_owned()));
    let world = World::with(Options { login, ..Options::default() }).await;
    for path in ["/v2/", "/v2/a/manifests/v1", "/v2/_catalog"] {
        let response = world.ask("GET", path).send().await.unwrap();
        assert_eq!(response.status(), 401, "{path}");
        assert_eq!(header(&response, "www-authenticate"), "Basic realm=\"wharf\"");
    }
    let wrong = world.ask("GET", "/v2/").basic_auth("me", Some("x")).send().await.unwrap();
    assert_eq!(wrong.status(), 401);
    let right = world.ask("GET", "/v2/").basic_auth("me", Some("secret")).send().await.unwrap();
    assert_eq!(right.status(), 200);
}

#[tokio::test]
async fn a_read_only_registry_refuses_every_write() {
    let world = World::with(Options { is_read_only: true, ..Options::default() }).await;
    assert_eq!(world.put("/v2/a/manifests/v1", "{}").await.status(), 405);
    assert_eq!(world.status("POST", "/v2/a/blobs/uploads/").await, 405);
    assert_eq!(world.status("DELETE", "/v2/a/manifests/v1").await, 405);
    assert_eq!(world.status("GET", "/v2/").await, 200);
}

#[tokio::test]
async fn what_was_pushed_is_there_after_a_restart() {
    let world = World::new().await;
    let blob = world.blob("a", "content").await;
    world.put("/v2/a/manifests/v1", "{}").await;
    let folder = world.server.store().folder().unwrap();
    let reopened = registry::Store::open(folder).unwrap();
    assert_eq!(reopened.manifest("a", "v1").unwrap().bytes, "{}");
    assert_eq!(reopened.blob(&blob.parse().unwrap(), 100).unwrap(), "content");
}

#[tokio::test]
async fn a_server_that_is_told_to_stop_stops() {
    let world = World::new().await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let serving = tokio::spawn(world.server.clone().serve(listener, async {
        stopped.await.unwrap();
    }));
    let client = world.ask("GET", &format!("http://{address}/v2/"));
    assert_eq!(client.send().await.unwrap().status(), 200);
    stop.send(()).unwrap();
    let ended = tokio::time::timeout(std::time::Duration::from_secs(5), serving).await;
    ended.expect("an idle connection does not hold it up").unwrap().unwrap();
}
