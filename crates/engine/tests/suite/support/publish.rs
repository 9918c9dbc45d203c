//! Putting things into the test's registry.

use std::collections::BTreeMap;

use bundle::{LayerKind, PackOptions};
use bytes::Bytes;
use k8s_openapi::jiff::Timestamp;
use manifest::Tree;
use oci_spec::image::MediaType;
use serde_json::json;

use super::World;

impl World {
    /// Pushes files as a bundle under a tag and returns its digest; `NS` and `HOST` are filled in.
    pub(crate) async fn push(&self, name: &str, files: &[(&str, &str)]) -> String {
        let mut tree = Tree::new();
        for (path, text) in files {
            tree.insert(path, self.fill(text)).unwrap();
        }
        let options = PackOptions {
            source: "https://git.example/app".to_owned(),
            revision: "main@sha1:0123456789abcdef".to_owned(),
            created: Timestamp::UNIX_EPOCH,
            annotations: BTreeMap::new(),
            layer: LayerKind::Flux,
        };
        let packed = bundle::pack(&tree, &options).unwrap();
        let reference = self.reference(name);
        for blob in [&packed.config, &packed.layer] {
            self.registry.push_blob(&reference, blob.clone()).await.unwrap();
        }
        let media_type = MediaType::ImageManifest;
        self.registry.push_manifest(&reference, &media_type, packed.manifest).await.unwrap();
        packed.digest.to_string()
    }

    /// Pushes one layer of any bytes as an artifact and returns its digest.
    pub(crate) async fn push_layer(&self, name: &str, layer: Bytes) -> String {
        let reference = self.reference(name);
        let config = Bytes::from_static(b"{}");
        self.registry.push_blob(&reference, config.clone()).await.unwrap();
        self.registry.push_blob(&reference, layer.clone()).await.unwrap();
        let descriptor = |media_type: &str, bytes: &Bytes| {
            let digest = registry::sha256(bytes).to_string();
            json!({ "mediaType": media_type, "size": bytes.len(), "digest": digest })
        };
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": descriptor("application/vnd.cncf.flux.config.v1+json", &config),
            "layers": [descriptor("application/vnd.cncf.flux.content.v1.tar+gzip", &layer)],
        });
        let (media_type, bytes) = (MediaType::ImageManifest, Bytes::from(manifest.to_string()));
        self.registry.push_manifest(&reference, &media_type, bytes).await.unwrap().to_string()
    }

    /// Pushes something that a kubelet would find when it looks for an image.
    pub(crate) async fn push_image(&self, name: &str) -> String {
        self.push_layer(name, Bytes::from_static(b"image")).await;
        format!("{}/{name}", self.host)
    }
}
