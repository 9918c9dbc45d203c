//! The embedded Kubernetes API, driven by a real `kubectl`.

use std::{future::Future, pin::Pin, sync::Arc, sync::OnceLock, thread};

use localcluster::{ImageLookup, ImageState, LocalCluster, Options};

use crate::kubectl::World;

crate::kubectl::agreements!(world);

/// Registries of this machine have no images.
struct NothingLocal;

impl ImageLookup for NothingLocal {
    fn look_up<'a>(
        &'a self,
        image: &'a str,
    ) -> Pin<Box<dyn Future<Output = ImageState> + Send + 'a>> {
        let state = if image.starts_with("127.0.0.1:") {
            ImageState::NotFound(format!("{image}: not found"))
        } else {
            ImageState::Found
        };
        Box::pin(async { state })
    }
}

/// One cluster for all tests, as the real one is.
fn world() -> World {
    static KUBECONFIG: OnceLock<String> = OnceLock::new();
    World::new(KUBECONFIG.get_or_init(serve))
}

/// Serves from a thread of its own, until the process ends.
fn serve() -> String {
    let (tell, told) = std::sync::mpsc::channel();
    thread::spawn(move || {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime starts");
        runtime.block_on(async {
            let options = Options { images: Some(Arc::new(NothingLocal)), ..Options::in_memory() };
            let cluster = LocalCluster::start(options).await.expect("the cluster starts");
            tell.send(cluster.kubeconfig()).expect("somebody waits");
            std::future::pending::<()>().await;
        });
    });
    told.recv().expect("the cluster starts")
}
