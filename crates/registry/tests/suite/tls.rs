//! TLS: private roots, client certificates, and hosts that turn out to speak it or not.
//!
//! The certificates in `tls/` are for `127.0.0.1` and last a hundred years; their root's key is gone.

use std::sync::Arc;

use registry_server::{Options, RegistryServer};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use wharf_registry::{Error, Keychain, PlainHttp, Registry, RetryPolicy, Settings, Store, Tls};

use crate::world::{serve, settings};

const ROOT: &[u8] = include_bytes!("tls/ca.pem");
const SERVER: &[u8] = include_bytes!("tls/server.pem");
const SERVER_KEY: &[u8] = include_bytes!("tls/server.key");
const CLIENT: &[u8] = include_bytes!("tls/client.pem");
const CLIENT_KEY: &[u8] = include_bytes!("tls/client.key");

struct TlsListener {
    listener: TcpListener,
    acceptor: TlsAcceptor,
}

impl axum::serve::Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = std::net::SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            let (stream, address) = self.listener.accept().await.unwrap();
            if let Ok(stream) = self.acceptor.accept(stream).await {
                return (stream, address);
            }
        }
    }

    fn local_addr(&self) -> std::io::Result<Self::Addr> {
        self.listener.local_addr()
    }
}

/// Serves a registry with TLS; with `asks_client`, only clients with a certificate get in.
async fn tls_host(asks_client: bool) -> String {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(ROOT).unwrap()).unwrap();
    let roots = Arc::new(roots);
    let verifier =
        rustls::server::WebPkiClientVerifier::builder_with_provider(roots, provider.clone());
    let builder = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap();
    let builder = if asks_client {
        builder.with_client_cert_verifier(verifier.build().unwrap())
    } else {
        builder.with_no_client_auth()
    };
    let certificate = vec![CertificateDer::from_pem_slice(SERVER).unwrap()];
    let key = PrivateKeyDer::from_pem_slice(SERVER_KEY).unwrap();
    let config = builder.with_single_cert(certificate, key).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host = listener.local_addr().unwrap().to_string();
    let listener = TlsListener { listener, acceptor: TlsAcceptor::from(Arc::new(config)) };
    let server = RegistryServer::new(Arc::new(Store::memory()), Options::default());
    tokio::spawn(async move { axum::serve(listener, server.router()).await });
    host
}

fn identity() -> Vec<u8> {
    [CLIENT, CLIENT_KEY].concat()
}

async fn reaches(host: &str, tls: Tls, plain_http: PlainHttp) -> Result<(), Error> {
    let settings =
        Settings { tls, plain_http, retry: RetryPolicy::once(), ..settings(Keychain::anonymous()) };
    let registry = Registry::new(settings)?;
    registry.ping(&format!("{host}/shop").parse().unwrap()).await
}

fn root() -> Tls {
    Tls { roots_pem: Some(ROOT.to_vec()), ..Tls::default() }
}

#[tokio::test]
async fn a_private_root_is_enough_and_needed() {
    let host = tls_host(false).await;
    for plain_http in [PlainHttp::Never, PlainHttp::Local, PlainHttp::Allowed] {
        reaches(&host, root(), plain_http).await.unwrap();
        let error = reaches(&host, Tls::default(), plain_http).await.unwrap_err();
        assert!(matches!(error, Error::Unreachable { .. } | Error::Refused { .. }), "{error}");
    }
    let any = Tls { accept_any_certificate: true, ..Tls::default() };
    reaches(&host, any, PlainHttp::Allowed).await.unwrap();
}

#[tokio::test]
async fn a_client_certificate_is_shown_where_it_is_asked_for() {
    let host = tls_host(true).await;
    assert!(reaches(&host, root(), PlainHttp::Never).await.is_err());
    let tls = Tls { identity_pem: Some(identity()), ..root() };
    reaches(&host, tls, PlainHttp::Never).await.unwrap();
}

#[tokio::test]
async fn a_local_host_in_plain_http_is_reached_unless_that_is_forbidden() {
    let router = RegistryServer::new(Arc::new(Store::memory()), Options::default()).router();
    let host = serve(router).await;
    for tls in [Tls::default(), root()] {
        reaches(&host, tls.clone(), PlainHttp::Local).await.unwrap();
        reaches(&host, tls.clone(), PlainHttp::Allowed).await.unwrap();
        assert!(reaches(&host, tls, PlainHttp::Never).await.is_err());
    }
}

#[test]
fn certificates_that_are_none_are_refused_before_anything_is_sent() {
    let bad = |tls| Registry::new(Settings { tls, ..Settings::default() }).unwrap_err();
    for tls in [
        Tls { roots_pem: Some(b"hello".to_vec()), ..Tls::default() },
        Tls { identity_pem: Some(b"hello".to_vec()), ..Tls::default() },
        Tls { identity_pem: Some(CLIENT.to_vec()), ..Tls::default() },
    ] {
        assert!(matches!(bad(tls), Error::BadSettings { .. }));
    }
}
