//! A registry behind TLS with a private authority and a login, as companies run them.

use std::{fs, path::Path, process::Command};

use registry::{Credential, Keychain, Reference, Registry, RetryPolicy, Settings, Tls};
use wharf_real_tests::{Server, Tool, program};

use crate::exchange::{World, agreements, pull, push, sample};

/// `crane:anchor`, as `htpasswd -B` writes it.
const LOGIN: &str = "crane:$2b$04$9HsOyAJkDY.7Eld6QWc1XeDNjwqzDlIMKH19HyQXD7M2fuOm0VW06";

agreements!(start);

#[tokio::test]
async fn without_a_login_the_registry_refuses() {
    let (server, _) = start();
    let registry = client(&server, Keychain::anonymous());
    let reference = Reference::parse(&format!("{}/shop:1", server.host())).expect("a reference");
    let error = registry.resolve(&reference).await.expect_err("a refusal");
    assert_eq!(error.answer().map(|answer| answer.status), Some(401), "{error}");
}

#[tokio::test]
async fn without_the_authority_the_connection_is_refused() {
    let (server, _) = start();
    let settings = Settings { retry: RetryPolicy::once(), ..Settings::default() };
    let settings = Settings { plain_http: registry::PlainHttp::Never, ..settings };
    let registry = Registry::new(settings).expect("good settings");
    let reference = Reference::parse(&format!("{}/shop:1", server.host())).expect("a reference");
    let error = registry.resolve(&reference).await.expect_err("an unknown authority");
    assert!(error.answer().is_none(), "{error}");
}

#[tokio::test]
async fn the_login_of_a_docker_config_is_used() {
    let (server, world) = start();
    let config = world.docker_config.clone().expect("the world has a config");
    let file = Path::new(&config).join("config.json");
    let keychain = Keychain::docker_config(&file, &[]).expect("a good config");
    let registry = client(&server, keychain);
    let to = Reference::parse(&format!("{}/shop:1", server.host())).expect("a reference");
    push(&registry, &to, &sample()).await;
    assert_eq!(pull(&registry, &to).await.len(), 2);
}

fn start() -> (Server, World) {
    let tool = Tool::built("distribution");
    let server = Server::start(|port, folder| serve(&tool, port, folder));
    let config = server.folder().join("docker");
    fs::create_dir(&config).expect("a folder can be made");
    let host = server.host();
    // `crane:anchor` in base64.
    let text = format!(r#"{{"auths": {{"{host}": {{"auth": "Y3JhbmU6YW5jaG9y"}}}}}}"#);
    fs::write(config.join("config.json"), text).expect("a file can be written");
    let login = Credential::Basic { username: "crane".into(), password: "anchor".into() };
    let world = World {
        registry: client(&server, Keychain::everywhere(login)),
        oras_flags: &["--insecure"],
        crane_flags: &["--insecure"],
        docker_config: Some(config.to_string_lossy().into_owned()),
        ..World::open(host, false)
    };
    (server, world)
}

fn client(server: &Server, credentials: Keychain) -> Registry {
    let tls = Tls::default().with_roots_file(&server.folder().join("ca.crt")).expect("roots");
    let plain_http = registry::PlainHttp::Never;
    let retry = RetryPolicy::once();
    let settings = Settings { credentials, tls, plain_http, retry, ..Settings::default() };
    Registry::new(settings).expect("good settings")
}

fn serve(tool: &Tool, port: u16, folder: &Path) -> Command {
    certify(folder);
    fs::write(folder.join("htpasswd"), LOGIN).expect("a file can be written");
    let config = folder.join("config.yml");
    let at = folder.display();
    let text = format!(
        "version: 0.1\nlog: {{level: warn}}\n\
         http: {{addr: '127.0.0.1:{port}', tls: {{certificate: {at}/server.crt, key: {at}/server.key}}}}\n\
         auth: {{htpasswd: {{realm: test, path: {at}/htpasswd}}}}\n\
         storage: {{filesystem: {{rootdirectory: {at}/storage}}, delete: {{enabled: true}}}}\n"
    );
    fs::write(&config, text).expect("a file can be written");
    tool.command(&["serve".as_ref(), config.as_os_str()])
}

/// Makes an authority (`ca.crt`) and a certificate of it for 127.0.0.1 (`server.crt`, `server.key`).
fn certify(folder: &Path) {
    let openssl = Tool::at(program(&["openssl"]));
    let file = |name: &str| folder.join(name).to_string_lossy().into_owned();
    let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
    let authority = ["req", "-x509", "-subj", "/CN=company", "-days", "2"];
    let out = ["-keyout", &file("ca.key"), "-out", &file("ca.crt")];
    openssl.run(&[&authority[..], &key, &out].concat());
    let server = ["req", "-x509", "-subj", "/CN=registry", "-days", "2"];
    let names = ["-addext", "subjectAltName=IP:127.0.0.1", "-addext", "basicConstraints=CA:FALSE"];
    let by = ["-CA", &file("ca.crt"), "-CAkey", &file("ca.key")];
    let out = ["-keyout", &file("server.key"), "-out", &file("server.crt")];
    openssl.run(&[&server[..], &key, &names, &by, &out].concat());
}
