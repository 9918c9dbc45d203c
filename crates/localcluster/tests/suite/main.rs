//! What the local cluster promises, through the clients that people use.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on may panic")]

mod applying;
mod custom;
mod door;
mod garbage;
mod objects;
mod persistence;
mod reading;
mod roles;
mod watching;
mod workloads;

use std::sync::Arc;

use serde_json::Value;
use wharf_localcluster::{ImageLookup, ImageState, LocalCluster, Options};

/// A client as the engine uses it.
fn client(cluster: &LocalCluster) -> kube::Client {
    let config = kube::Config::new(cluster.url().parse().unwrap());
    kube::Client::try_from(config).unwrap()
}

/// Has every image but those whose name contains `missing`.
struct AllButMissing;

impl ImageLookup for AllButMissing {
    fn look_up<'a>(
        &'a self,
        image: &'a str,
    ) -> std::pin::Pin<Box<dyn Future<Output = ImageState> + Send + 'a>> {
        Box::pin(async move {
            if image.contains("missing") {
                ImageState::NotFound("not found".into())
            } else {
                ImageState::Found
            }
        })
    }
}

async fn start() -> LocalCluster {
    let images: Arc<dyn ImageLookup> = Arc::new(AllButMissing);
    LocalCluster::start(Options { images: Some(images), ..Options::in_memory() }).await.unwrap()
}

/// Raw HTTP: what no client would send, or what it hides.
struct Http {
    client: reqwest::Client,
    url: String,
}

impl Http {
    fn new(cluster: &LocalCluster) -> Self {
        Self { client: reqwest::Client::new(), url: cluster.url() }
    }

    async fn get(&self, path: &str) -> (u16, Value) {
        self.send(self.client.get(format!("{}{path}", self.url))).await
    }

    async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        self.send(self.client.post(format!("{}{path}", self.url)).json(body)).await
    }

    async fn delete(&self, path: &str, options: &Value) -> (u16, Value) {
        self.send(self.client.delete(format!("{}{path}", self.url)).json(options)).await
    }

    /// Patches with a content type; `kind` is `merge-patch+json` and the like.
    async fn patch(&self, path: &str, kind: &str, body: &Value) -> (u16, Value) {
        let request = self
            .client
            .patch(format!("{}{path}", self.url))
            .header("content-type", format!("application/{kind}"))
            .body(body.to_string());
        self.send(request).await
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> (u16, Value) {
        let response = request.send().await.unwrap();
        let code = response.status().as_u16();
        let text = response.text().await.unwrap();
        (code, serde_json::from_str(&text).unwrap_or(Value::String(text)))
    }
}

/// Waits until `check` holds; the cluster settles in milliseconds.
async fn eventually<F: Future<Output = bool>>(what: &str, mut check: impl FnMut() -> F) {
    for _ in 0..200 {
        if check().await {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("never happened: {what}");
}
