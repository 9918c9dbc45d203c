//! What the local cluster promises, through the clients that people use.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

mod objects;
mod workloads;

use std::sync::Arc;

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
