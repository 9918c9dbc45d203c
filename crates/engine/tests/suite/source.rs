//! What a source follows, and what happens when the registry does not play along.

use std::io::Write as _;

use bytes::Bytes;
use serde_json::json;

use crate::support::{World, condition, config_map, ready};

#[tokio::test]
async fn the_highest_version_in_a_range_is_followed() {
    let world = World::start().await;
    let one = world.push("app:1.0.0", &[("a.yaml", &config_map("one", "1.0.0"))]).await;
    world.push("app:2.0.0", &[("a.yaml", &config_map("one", "2.0.0"))]).await;
    world.push("app:1.2.0-rc.1", &[("a.yaml", &config_map("one", "rc"))]).await;
    world.push("app:latest", &[("a.yaml", &config_map("one", "latest"))]).await;
    world.source("ref: {semver: '1.x', tag: latest}").await;
    world.kustomization("app", "prune: true").await;
    let applied = world.until_applied("app", &one).await;
    assert_eq!(applied["status"]["lastAppliedRevision"], format!("1.0.0@{one}"));

    let newer = world.push("app:v1.10.0", &[("a.yaml", &config_map("one", "1.10.0"))]).await;
    world.ask("OCIRepository", "app").await;
    let applied = world.until_applied("app", &newer).await;
    assert_eq!(applied["status"]["lastAppliedRevision"], format!("v1.10.0@{newer}"));

    let candidates = json!({ "spec": { "ref": { "semver": ">=1.0.0-0", "semverFilter": "-rc" } } });
    world.patch("OCIRepository", "app", candidates).await;
    world.until("ConfigMap", "one", |it| it["data"]["key"] == "rc").await;
}

#[tokio::test]
async fn a_range_that_no_tag_fits_is_a_failed_fetch() {
    let world = World::start().await;
    world.push("app:1.0.0", &[("a.yaml", &config_map("one", "1"))]).await;
    world.source("ref: {semver: '>=2.0.0'}").await;
    let failed = world.until_ready("OCIRepository", "app", "False", "ReadOperationFailed").await;
    assert!(ready(&failed).unwrap().2.contains("no match found for semver: >=2.0.0"));
}

#[tokio::test]
async fn a_digest_is_followed_verbatim() {
    let world = World::start().await;
    let first = world.push("app:latest", &[("a.yaml", &config_map("one", "1"))]).await;
    world.push("app:latest", &[("a.yaml", &config_map("one", "2"))]).await;
    world.source(&format!("ref: {{digest: '{first}', tag: latest}}")).await;
    world.kustomization("app", "prune: true").await;
    let applied = world.until_applied("app", &first).await;
    assert_eq!(applied["status"]["lastAppliedRevision"], first);
    assert_eq!(world.get("ConfigMap", "one").await.unwrap()["data"]["key"], "1");
}

#[tokio::test]
async fn a_registry_that_is_down_is_named_and_the_last_good_state_stays() {
    let mut world = World::start().await;
    let first = world.push("app:latest", &[("a.yaml", &config_map("one", "1"))]).await;
    world.source("timeout: 5s").await;
    world.kustomization("app", "prune: true").await;
    world.until_applied("app", &first).await;

    let second = world.push("app:latest", &[("a.yaml", &config_map("one", "2"))]).await;
    world.stop_registry().await;
    world.patch("OCIRepository", "app", crate::support::requested("down")).await;
    let failed = world.until_ready("OCIRepository", "app", "False", "ReadOperationFailed").await;
    let message = ready(&failed).unwrap().2;
    for named in [world.host.as_str(), "app:latest", "next attempt in"] {
        assert!(message.contains(named), "{named} in {message}");
    }
    assert_eq!(condition(&failed, "FetchFailed").unwrap().0, "True");
    let artifact = &failed["status"]["artifact"]["revision"];
    assert_eq!(artifact, &json!(format!("latest@{first}")));
    let kustomization = world.get("Kustomization", "app").await.unwrap();
    assert_eq!(ready(&kustomization).unwrap().0, "True");
    assert_eq!(world.get("ConfigMap", "one").await.unwrap()["data"]["key"], "1");

    world.start_registry();
    world.until_applied("app", &second).await;
    let source = world.until_ready("OCIRepository", "app", "True", "Succeeded").await;
    assert!(condition(&source, "FetchFailed").is_none());
}

#[tokio::test]
async fn a_tag_that_does_not_exist_is_a_failed_fetch_until_it_does() {
    let world = World::start().await;
    world.source("ref: {tag: prod}").await;
    world.kustomization("app", "prune: true").await;
    world.until_ready("OCIRepository", "app", "False", "ReadOperationFailed").await;
    world
        .until("Kustomization", "app", |it| {
            ready(it).is_some_and(|(_, reason, message)| {
                reason == "ArtifactFailed" && message.contains("Source artifact not found")
            })
        })
        .await;
    let digest = world.push("app:prod", &[("a.yaml", &config_map("one", "1"))]).await;
    world.until_applied("app", &digest).await;
}

#[tokio::test]
async fn an_archive_that_climbs_out_is_refused_and_the_last_good_state_stays() {
    let world = World::start().await;
    let good = world.push("app:latest", &[("a.yaml", &config_map("one", "1"))]).await;
    world.source("").await;
    world.kustomization("app", "prune: true").await;
    world.until_applied("app", &good).await;

    world.push_layer("app:latest", hostile_archive()).await;
    world.patch("OCIRepository", "app", crate::support::requested("hostile")).await;
    let refused =
        world.until_ready("OCIRepository", "app", "False", "OCIArtifactLayerOperationFailed").await;
    let message = ready(&refused).unwrap().2;
    assert!(message.contains("../../etc/evil.yaml"), "{message}");
    let kustomization = world.get("Kustomization", "app").await.unwrap();
    assert_eq!(ready(&kustomization).unwrap().0, "True");
    assert_eq!(world.get("ConfigMap", "one").await.unwrap()["data"]["key"], "1");
}

#[tokio::test]
async fn bytes_that_do_not_have_their_digest_are_refused() {
    let world = World::start().await;
    let (address, _serving) = lying_registry().await;
    world
        .apply(&format!(
            "apiVersion: source.toolkit.fluxcd.io/v1\nkind: OCIRepository\n\
             metadata: {{name: app, namespace: NS}}\n\
             spec: {{interval: 10m, timeout: 10s, url: 'oci://{address}/app'}}\n"
        ))
        .await;
    let refused = world.until_ready("OCIRepository", "app", "False", "OCIArtifactPullFailed").await;
    let message = ready(&refused).unwrap().2;
    assert!(message.contains("instead of"), "{message}");
    assert!(refused["status"]["artifact"].is_null());
}

#[tokio::test]
async fn a_registry_that_talks_nonsense_is_a_failed_fetch() {
    let world = World::start().await;
    let nonsense = axum::Router::new().fallback(async || "<html>hello</html>");
    let (address, _serving) = listen(nonsense).await;
    world
        .apply(&format!(
            "apiVersion: source.toolkit.fluxcd.io/v1\nkind: OCIRepository\n\
             metadata: {{name: app, namespace: NS}}\n\
             spec: {{interval: 10m, timeout: 10s, url: 'oci://{address}/app'}}\n"
        ))
        .await;
    world
        .until("OCIRepository", "app", |it| {
            condition(it, "FetchFailed").is_some_and(|failed| failed.0 == "True")
        })
        .await;
}

#[tokio::test]
async fn a_registry_that_never_answers_is_given_up_after_the_timeout() {
    let world = World::start().await;
    let silent = axum::Router::new().fallback(async || std::future::pending::<String>().await);
    let (address, _serving) = listen(silent).await;
    world
        .apply(&format!(
            "apiVersion: source.toolkit.fluxcd.io/v1\nkind: OCIRepository\n\
             metadata: {{name: app, namespace: NS}}\n\
             spec: {{interval: 10m, timeout: 1s, url: 'oci://{address}/app'}}\n"
        ))
        .await;
    let failed = world.until_ready("OCIRepository", "app", "False", "OCIArtifactPullFailed").await;
    assert!(ready(&failed).unwrap().2.contains("within 1 s"));
}

#[tokio::test]
async fn a_tag_in_the_url_is_stalled_until_the_spec_changes() {
    let world = World::start().await;
    let digest = world.push("app:latest", &[("a.yaml", &config_map("one", "1"))]).await;
    world.source("").await;
    let url = |tag: &str| json!({ "spec": { "url": world.fill(&format!("oci://HOST/app{tag}")) } });
    world.patch("OCIRepository", "app", url(":v1")).await;
    let stalled = world.until_ready("OCIRepository", "app", "False", "URLInvalid").await;
    assert_eq!(ready(&stalled).unwrap().2, "URL must not contain a tag; remove ':v1'");
    assert_eq!(condition(&stalled, "Stalled").unwrap().0, "True");
    world.patch("OCIRepository", "app", url("")).await;
    let healed = world.until_ready("OCIRepository", "app", "True", "Succeeded").await;
    assert!(condition(&healed, "Stalled").is_none());
    assert!(healed["status"]["artifact"]["revision"].as_str().unwrap().ends_with(&digest));
}

#[tokio::test]
async fn a_signature_that_cannot_be_verified_is_never_passed_over() {
    let world = World::start().await;
    world.push("app:latest", &[("a.yaml", &config_map("one", "1"))]).await;
    world.source("verify: {provider: cosign, secretRef: {name: keys}}").await;
    world.kustomization("app", "prune: true").await;
    let refused = world.until_ready("OCIRepository", "app", "False", "VerificationError").await;
    assert_eq!(condition(&refused, "SourceVerified").unwrap().0, "False");
    assert!(refused["status"]["artifact"].is_null());
    assert!(world.get("ConfigMap", "one").await.is_none());
}

#[tokio::test]
async fn only_what_a_key_of_the_secret_signed_is_delivered() {
    let world = World::start().await;
    let (key, other) = (trust::KeyPair::generate().unwrap(), trust::KeyPair::generate().unwrap());
    let first = world.push("app:latest", &[("a.yaml", &config_map("one", "1"))]).await;
    sign(&world, &first, &other, trust::Layout::Bundle).await;
    let pem = |key: &trust::KeyPair| json!(key.public().to_pem()).to_string();
    let unused = trust::KeyPair::generate().unwrap();
    let keys = format!("{{a.pub: {}, b.pub: {}, c.txt: x}}", pem(&unused), pem(&key));
    let secret = format!(
        "apiVersion: v1\nkind: Secret\nmetadata: {{name: keys, namespace: NS}}\nstringData: {keys}\n"
    );
    world.apply(&secret).await;
    world.source("verify: {provider: cosign, secretRef: {name: keys}}").await;
    world.kustomization("app", "prune: true").await;
    let refused = world.until_ready("OCIRepository", "app", "False", "VerificationError").await;
    let message = ready(&refused).unwrap().2;
    assert!(message.contains("no matching signatures were found for"), "{message}");
    assert!(world.get("ConfigMap", "one").await.is_none());

    sign(&world, &first, &key, trust::Layout::Bundle).await;
    world.ask("OCIRepository", "app").await;
    world.until_applied("app", &first).await;
    let verified = world.until_ready("OCIRepository", "app", "True", "Succeeded").await;
    assert_eq!(condition(&verified, "SourceVerified").unwrap().0, "True");

    let second = world.push("app:latest", &[("a.yaml", &config_map("one", "2"))]).await;
    sign(&world, &second, &key, trust::Layout::Legacy).await;
    world.ask("OCIRepository", "app").await;
    world.until_applied("app", &second).await;

    world.push("app:latest", &[("a.yaml", &config_map("one", "3"))]).await;
    world.ask("OCIRepository", "app").await;
    world.until_ready("OCIRepository", "app", "False", "VerificationError").await;
    assert_eq!(world.get("ConfigMap", "one").await.unwrap()["data"]["key"], "2");
}

async fn sign(world: &World, digest: &str, key: &trust::KeyPair, layout: trust::Layout) {
    let pinned = world.reference("app").pin(digest.parse().unwrap());
    trust::sign(&world.registry, &pinned, key, &[layout], jiff::Timestamp::UNIX_EPOCH)
        .await
        .unwrap();
}

#[tokio::test]
async fn ignored_files_are_left_out() {
    let world = World::start().await;
    let files = [("a.yaml", &*config_map("one", "1")), ("b/broken.yaml", "kind: [")];
    let digest = world.push("app:latest", &files).await;
    world.source("ignore: |\n  b/").await;
    world.kustomization("app", "prune: true").await;
    world.until_applied("app", &digest).await;
}

#[tokio::test]
async fn a_missing_secret_is_an_authentication_failure() {
    let world = World::start().await;
    world.push("app:latest", &[("a.yaml", &config_map("one", "1"))]).await;
    world.source("secretRef: {name: pull}").await;
    let failed = world.until_ready("OCIRepository", "app", "False", "AuthenticationFailed").await;
    assert!(ready(&failed).unwrap().2.contains(&world.fill("Secret 'NS/pull' not found")));
}

#[tokio::test]
async fn after_a_restart_a_suspended_source_still_serves_its_content() {
    let mut world = World::start().await;
    let digest = world.push("app:latest", &[("a.yaml", &config_map("one", "1"))]).await;
    world.source("").await;
    world.kustomization("app", "prune: true").await;
    world.until_applied("app", &digest).await;
    world.patch("OCIRepository", "app", json!({ "spec": { "suspend": true } })).await;
    world.push("app:latest", &[("a.yaml", &config_map("one", "2"))]).await;
    world.stop_engine().await;
    world.delete("ConfigMap", "one").await;
    world.start_engine().await;
    world.until("ConfigMap", "one", |it| it["data"]["key"] == "1").await;
}

#[tokio::test]
async fn an_artifact_of_somebody_elses_controller_is_delivered_and_checked_by_its_digest() {
    let world = World::start().await;
    let mut tree = manifest::Tree::new();
    tree.insert("a.yaml", world.fill(&config_map("one", "1"))).unwrap();
    let options = bundle::PackOptions {
        source: String::new(),
        revision: String::new(),
        created: k8s_openapi::jiff::Timestamp::UNIX_EPOCH,
        annotations: std::collections::BTreeMap::new(),
        layer: bundle::LayerKind::Flux,
    };
    let archive = bundle::pack(&tree, &options).unwrap().layer;
    let digest = registry::sha256(&archive).to_string();
    let served = archive.clone();
    let (address, _serving) =
        listen(axum::Router::new().fallback(async move || served.clone())).await;
    world
        .apply(
            "apiVersion: source.toolkit.fluxcd.io/v1\nkind: ExternalArtifact\n\
             metadata: {name: app, namespace: NS}\nspec: {}\n---\n\
             apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\n\
             metadata: {name: app, namespace: NS}\nspec:\n  interval: 10m\n  prune: true\n  \
             sourceRef: {kind: ExternalArtifact, name: app}\n",
        )
        .await;
    world.until_ready("Kustomization", "app", "False", "ArtifactFailed").await;
    let publish = async |revision: &str, digest: &str| {
        let artifact = json!({
            "digest": digest, "revision": revision, "path": "a", "url": format!("http://{address}/a"),
            "lastUpdateTime": "2026-01-01T00:00:00Z",
        });
        let api_version = "source.toolkit.fluxcd.io/v1";
        let resource = world.cluster.resource(api_version, "ExternalArtifact").await.unwrap();
        let patch = json!({ "status": { "artifact": artifact } });
        let place = (world.namespace.as_str(), "app");
        world.cluster.patch_status(&resource, place, "other", &patch).await.unwrap();
    };
    publish("main@sha1:1", &digest).await;
    world.until_applied("app", "main@sha1:1").await;
    assert_eq!(world.get("ConfigMap", "one").await.unwrap()["data"]["key"], "1");
    publish("main@sha1:2", registry::sha256(b"other").as_ref()).await;
    let refused = world.until_ready("Kustomization", "app", "False", "ArtifactFailed").await;
    assert!(ready(&refused).unwrap().2.contains("instead of"), "{refused}");
}

/// A gzipped tar with one entry that leads out of the tree.
fn hostile_archive() -> Bytes {
    let mut header = [0_u8; 512];
    let name = b"../../etc/evil.yaml";
    header[..name.len()].copy_from_slice(name);
    header[100..108].copy_from_slice(b"0000644\0");
    header[124..136].copy_from_slice(b"00000000000\0");
    header[136..148].copy_from_slice(b"00000000000\0");
    header[156] = b'0';
    header[257..263].copy_from_slice(b"ustar\0");
    header[263..265].copy_from_slice(b"00");
    header[148..156].fill(b' ');
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(&header).unwrap();
    encoder.write_all(&[0; 1024]).unwrap();
    encoder.finish().unwrap().into()
}

/// A registry whose layer has other bytes than its manifest says.
async fn lying_registry() -> (String, tokio::task::AbortHandle) {
    let promised = registry::sha256(b"good");
    let config = registry::sha256(b"{}");
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": { "mediaType": "application/json", "size": 2, "digest": config.to_string() },
        "layers": [{
            "mediaType": "application/vnd.cncf.flux.content.v1.tar+gzip",
            "size": 4,
            "digest": promised.to_string(),
        }],
    })
    .to_string();
    let digest = registry::sha256(manifest.as_bytes()).to_string();
    let router = axum::Router::new().fallback(async move |uri: axum::http::Uri| {
        let body =
            if uri.path().contains("/blobs/") { "evil".to_owned() } else { manifest.clone() };
        let headers = [
            ("Content-Type", "application/vnd.oci.image.manifest.v1+json".to_owned()),
            ("Docker-Content-Digest", digest.clone()),
        ];
        (headers, body)
    });
    listen(router).await
}

async fn listen(router: axum::Router) -> (String, tokio::task::AbortHandle) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let serving = tokio::spawn(async move { drop(axum::serve(listener, router).await) });
    (address, serving.abort_handle())
}
