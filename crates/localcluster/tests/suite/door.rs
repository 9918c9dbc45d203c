//! Nobody comes in from elsewhere.

use std::net::SocketAddr;

use wharf_localcluster::{Error, LocalCluster, Options};

async fn status(url: &str, host: Option<&str>, token: Option<&str>) -> u16 {
    let mut request = reqwest::Client::new().get(url);
    if let Some(host) = host {
        request = request.header("host", host);
    }
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    request.send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn only_loopback_is_listened_on() {
    let listen: SocketAddr = "0.0.0.0:0".parse().unwrap();
    let refused = LocalCluster::start(Options { listen, ..Options::in_memory() }).await;
    assert!(matches!(refused, Err(Error::NotLoopback(_))));
}

#[tokio::test]
async fn a_foreign_host_name_is_refused() {
    let cluster = LocalCluster::start(Options::in_memory()).await.unwrap();
    let url = format!("{}/version", cluster.url());
    let port = cluster.address().port();
    assert_eq!(status(&url, None, None).await, 200);
    assert_eq!(status(&url, Some(&format!("localhost:{port}")), None).await, 200);
    assert_eq!(status(&url, Some(&format!("rebound.example.com:{port}")), None).await, 403);
    assert_eq!(status(&url, Some("127.0.0.1:1"), None).await, 403);
}

#[tokio::test]
async fn a_token_is_asked_for_when_there_is_one() {
    let options = Options { token: Some("secret".into()), ..Options::in_memory() };
    let cluster = LocalCluster::start(options).await.unwrap();
    let bare = format!("http://{}/version", cluster.address());
    assert_eq!(status(&bare, None, None).await, 401);
    assert_eq!(status(&bare, None, Some("wrong!")).await, 401);
    assert_eq!(status(&bare, None, Some("secret")).await, 200);
    assert_eq!(status(&format!("{}/version", cluster.url()), None, None).await, 200);
    assert!(cluster.kubeconfig().contains("/token/secret\n"));
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused() {
    let cluster = LocalCluster::start(Options::in_memory()).await.unwrap();
    let response = reqwest::Client::new()
        .post(format!("{}/api/v1/namespaces/default/configmaps", cluster.url()))
        .body(vec![b' '; (3 << 20) + 1])
        .send()
        .await
        .unwrap();
    assert_eq!(response.status().as_u16(), 413);
}
