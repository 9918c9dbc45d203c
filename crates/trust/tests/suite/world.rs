//! A registry with one artifact, and two keys.

use std::sync::Arc;

use oci_spec::image::MediaType;
use registry::{Pinned, Registry, Settings, Store};
use registry_server::{Options, RegistryServer};
use wharf_trust::KeyPair;

pub(crate) struct World {
    pub(crate) registry: Registry,
    pub(crate) store: Arc<Store>,
    pub(crate) pinned: Pinned,
    pub(crate) key: KeyPair,
    pub(crate) other: KeyPair,
}

impl World {
    pub(crate) async fn new() -> Self {
        let store = Arc::new(Store::memory());
        let server = RegistryServer::new(store.clone(), Options::default());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let host = listener.local_addr().unwrap();
        tokio::spawn(server.serve(listener, std::future::pending()));
        let registry = Registry::new(Settings::default()).unwrap();
        let tag = format!("{host}/acme/shop:1").parse().unwrap();
        let (key, other) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
        let pinned = push(&registry, &tag, "one").await;
        Self { registry, store, pinned, key, other }
    }

    /// Another artifact in the same repository.
    pub(crate) async fn another(&self) -> Pinned {
        push(&self.registry, &self.pinned.reference.with_tag("2").unwrap(), "two").await
    }
}

async fn push(registry: &Registry, tag: &registry::Reference, note: &str) -> Pinned {
    let bytes = format!(r#"{{"schemaVersion":2,"annotations":{{"note":"{note}"}}}}"#);
    let digest =
        registry.push_manifest(tag, &MediaType::ImageManifest, bytes.into()).await.unwrap();
    tag.pin(digest)
}
