//! Watches see every change once, in order, or are told that they are too late.

use std::time::Duration;

use futures::{StreamExt as _, TryStreamExt as _};
use k8s_openapi::api::core::v1::ConfigMap;
use kube::api::{Api, PostParams};
use kube::runtime::watcher;
use serde_json::{Value, json};

use super::{Http, client, start};

const MAPS: &str = "/api/v1/namespaces/default/configmaps";

fn map(name: &str, color: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": { "name": name, "labels": { "color": color } },
    })
}

/// The lines of a watch that ends by itself, as `TYPE name`.
async fn lines(http: &Http, query: &str) -> Vec<String> {
    let url = format!("{}{MAPS}?watch=true&timeoutSeconds=1&{query}", http.url);
    let text = http.client.get(url).send().await.unwrap().text().await.unwrap();
    let read = |line: &str| {
        let event: Value = serde_json::from_str(line).unwrap();
        let name =
            event["object"]["metadata"]["name"].as_str().or(event["object"]["reason"].as_str());
        format!("{} {}", event["type"].as_str().unwrap(), name.unwrap_or(""))
    };
    text.lines().map(read).collect()
}

async fn revision(http: &Http) -> String {
    http.get(MAPS).await.1["metadata"]["resourceVersion"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_watch_goes_on_where_a_list_ended() {
    let cluster = start().await;
    let http = Http::new(&cluster);
    http.post(MAPS, &map("before", "red")).await;
    let from = revision(&http).await;
    http.post(MAPS, &map("after", "red")).await;
    let change = json!({ "data": { "k": "v" } });
    http.patch(&format!("{MAPS}/before"), "merge-patch+json", &change).await;
    http.delete(&format!("{MAPS}/after"), &json!({})).await;
    let seen = lines(&http, &format!("resourceVersion={from}")).await;
    assert_eq!(seen, ["ADDED after", "MODIFIED before", "DELETED after"]);
}

#[tokio::test]
async fn an_object_that_leaves_the_selection_is_deleted_for_the_watcher() {
    let cluster = start().await;
    let http = Http::new(&cluster);
    http.post(MAPS, &map("a", "red")).await;
    let from = revision(&http).await;
    for color in ["blue", "red"] {
        let change = json!({ "metadata": { "labels": { "color": color } } });
        http.patch(&format!("{MAPS}/a"), "merge-patch+json", &change).await;
    }
    let seen = lines(&http, &format!("labelSelector=color=red&resourceVersion={from}")).await;
    assert_eq!(seen, ["DELETED a", "ADDED a"]);
}

#[tokio::test]
async fn a_watch_from_a_forgotten_revision_is_gone() {
    let cluster = start().await;
    let http = Http::new(&cluster);
    let from = revision(&http).await;
    http.post(MAPS, &map("a", "red")).await;
    cluster.compact();
    assert_eq!(lines(&http, &format!("resourceVersion={from}")).await, ["ERROR Expired"]);
}

#[tokio::test]
async fn a_kind_without_objects_can_be_watched_from_any_revision_that_was_listed() {
    let cluster = start().await;
    let http = Http::new(&cluster);
    let leases = "/apis/coordination.k8s.io/v1/namespaces/default/leases";
    let (_, list) = http.get(leases).await;
    let from = list["metadata"]["resourceVersion"].as_str().unwrap();
    http.post(MAPS, &map("elsewhere", "red")).await;
    let url = format!("{leases}?watch=true&timeoutSeconds=1&resourceVersion={from}");
    assert_eq!(http.get(&url).await, (200, json!("")));
}

#[tokio::test]
async fn initial_events_end_with_a_bookmark() {
    let cluster = start().await;
    let http = Http::new(&cluster);
    http.post(MAPS, &map("a", "red")).await;
    let query = "labelSelector=color&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true";
    // Another bookmark comes when the watch ends.
    assert_eq!(lines(&http, query).await[..2], ["ADDED a", "BOOKMARK "]);
}

#[tokio::test]
async fn hundreds_of_watchers_see_a_change_at_once() {
    let cluster = start().await;
    let api: Api<ConfigMap> = Api::namespaced(client(&cluster), "default");
    let watches = (0..200).map(|_| {
        let api = api.clone();
        tokio::spawn(async move {
            let config = watcher::Config::default().fields("metadata.name=late");
            let mut stream = watcher(api, config).boxed();
            while let Some(event) = stream.try_next().await.unwrap() {
                if let watcher::Event::Apply(map) = event {
                    return map.metadata.name;
                }
            }
            None
        })
    });
    let watches: Vec<_> = watches.collect();
    tokio::time::sleep(Duration::from_millis(300)).await;
    let mut late = ConfigMap::default();
    late.metadata.name = Some("late".into());
    api.create(&PostParams::default(), &late).await.unwrap();
    for watch in watches {
        let seen = tokio::time::timeout(Duration::from_secs(10), watch).await.unwrap().unwrap();
        assert_eq!(seen.as_deref(), Some("late"));
    }
}
