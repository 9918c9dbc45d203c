//! A server of one's own and a plain HTTP client.

use std::sync::Arc;

use registry::{Store, sha256};
use reqwest::{Client, Method, RequestBuilder, Response};
use wharf_registry_server::{Options, RegistryServer};

pub(crate) const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

pub(crate) struct World {
    pub(crate) server: RegistryServer,
    pub(crate) root: String,
    client: Client,
    _folder: tempfile::TempDir,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(Options::default()).await
    }

    pub(crate) async fn with(options: Options) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Arc::new(Store::open(folder.path()).unwrap());
        let server = RegistryServer::new(store, options);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let root = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(server.clone().serve(listener, std::future::pending()));
        let client = Client::builder().tls_certs_only([]).no_proxy().build().unwrap();
        Self { server, root, client, _folder: folder }
    }

    /// A request to a path, or to a `Location`.
    pub(crate) fn ask(&self, method: &str, path: &str) -> RequestBuilder {
        let url = if path.starts_with("http") { path.to_owned() } else { self.root.clone() + path };
        self.client.request(Method::from_bytes(method.as_bytes()).unwrap(), url)
    }

    pub(crate) async fn status(&self, method: &str, path: &str) -> u16 {
        self.ask(method, path).send().await.unwrap().status().as_u16()
    }

    pub(crate) async fn blob(&self, repository: &str, bytes: &str) -> String {
        let digest = sha256(bytes.as_bytes()).to_string();
        let path = format!("/v2/{repository}/blobs/uploads/?digest={digest}");
        let response = self.ask("POST", &path).body(bytes.to_owned()).send().await.unwrap();
        assert_eq!(response.status(), 201);
        digest
    }

    pub(crate) async fn put(&self, path: &str, manifest: &str) -> Response {
        let request = self.ask("PUT", path).header("content-type", MANIFEST);
        request.body(manifest.to_owned()).send().await.unwrap()
    }

    /// Opens an upload and returns its location.
    pub(crate) async fn upload(&self, repository: &str) -> String {
        let path = format!("/v2/{repository}/blobs/uploads/");
        let response = self.ask("POST", &path).header("content-length", 0).send().await.unwrap();
        assert_eq!(response.status(), 202);
        header(&response, "location")
    }
}

pub(crate) fn header(response: &Response, name: &str) -> String {
    response.headers().get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default()
}

/// The code of a refusal.
pub(crate) async fn code(response: Response) -> String {
    let body: serde_json::Value = serde_json::from_slice(&response.bytes().await.unwrap()).unwrap();
    body["errors"][0]["code"].as_str().unwrap().to_owned()
}
