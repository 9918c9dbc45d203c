//! A persistent cluster remembers, even when it was killed.

use std::path::Path;

use serde_json::json;
use wharf_localcluster::{Error, LocalCluster, Options};

use super::Http;

const MAPS: &str = "/api/v1/namespaces/default/configmaps";

async fn open(folder: &Path) -> LocalCluster {
    LocalCluster::start(Options::persistent(folder)).await.unwrap()
}

async fn write(cluster: &LocalCluster, name: &str) {
    let map = json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": name } });
    assert_eq!(Http::new(cluster).post(MAPS, &map).await.0, 201);
}

async fn exists(cluster: &LocalCluster, name: &str) -> bool {
    Http::new(cluster).get(&format!("{MAPS}/{name}")).await.0 == 200
}

#[tokio::test]
async fn what_was_written_survives_an_orderly_stop() {
    let folder = tempfile::tempdir().unwrap();
    let cluster = open(folder.path()).await;
    write(&cluster, "a").await;
    let url_path = cluster.url().split('/').next_back().map(str::to_owned);
    cluster.shutdown().await;
    let again = open(folder.path()).await;
    assert!(exists(&again, "a").await);
    assert_eq!(again.url().split('/').next_back().map(str::to_owned), url_path, "the token stays");
}

#[tokio::test]
async fn what_was_confirmed_survives_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let cluster = open(folder.path()).await;
    write(&cluster, "a").await;
    write(&cluster, "b").await;
    Http::new(&cluster).delete(&format!("{MAPS}/b"), &json!({})).await;
    // A copy of the files as they are now is what a killed process leaves; its last line may be torn.
    let copy = tempfile::tempdir().unwrap();
    for file in ["snapshot.jsonl", "log.jsonl", "token"] {
        std::fs::copy(folder.path().join(file), copy.path().join(file)).unwrap();
    }
    let log = copy.path().join("log.jsonl");
    let mut torn = std::fs::read(&log).unwrap();
    torn.extend_from_slice(b"{\"r\":99999,\"k\":[\"\",\"configma");
    std::fs::write(&log, torn).unwrap();
    let again = open(copy.path()).await;
    assert!(exists(&again, "a").await);
    assert!(!exists(&again, "b").await);
    write(&again, "c").await;
}

#[tokio::test]
async fn a_folder_belongs_to_one_cluster_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let cluster = open(folder.path()).await;
    let second = LocalCluster::start(Options::persistent(folder.path())).await;
    assert!(matches!(second, Err(Error::InUse(_))), "{second:?}");
    drop(cluster);
    open(folder.path()).await;
}

#[tokio::test]
async fn revisions_never_go_back() {
    let folder = tempfile::tempdir().unwrap();
    let cluster = open(folder.path()).await;
    write(&cluster, "a").await;
    let (_, before) = Http::new(&cluster).get(MAPS).await;
    cluster.shutdown().await;
    let again = open(folder.path()).await;
    let (_, after) = Http::new(&again).get(MAPS).await;
    let revision = |list: &serde_json::Value| {
        list["metadata"]["resourceVersion"].as_str().unwrap().parse::<u64>().unwrap()
    };
    assert!(revision(&after) >= revision(&before));
}

#[cfg(unix)]
#[tokio::test]
async fn nobody_else_can_look_into_the_state_folder() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    let cluster = LocalCluster::start(Options::persistent(&state)).await.unwrap();
    assert_eq!(std::fs::metadata(&state).unwrap().permissions().mode() & 0o777, 0o700);
    cluster.shutdown().await;
}
