//! A push that is noticed at once.

use crate::support::{World, condition, config_map, ready};

const SECRET: &str = "apiVersion: v1\nkind: Secret\nmetadata: {name: token, namespace: NS}\n\
    stringData: {token: secret}\n";

fn receiver(kind: &str) -> String {
    format!(
        "apiVersion: notification.toolkit.fluxcd.io/v1\nkind: Receiver\n\
         metadata: {{name: push, namespace: NS}}\n\
         spec: {{type: {kind}, secretRef: {{name: token}}, \
         resources: [{{kind: OCIRepository, name: app}}]}}\n"
    )
}

async fn post(world: &World, path: &str, signature: Option<&str>) -> u16 {
    let address = world.engine().receiver_address().unwrap();
    let mut call = reqwest::Client::new().post(format!("http://{address}{path}")).body("{}");
    if let Some(signature) = signature {
        call = call.header("X-Signature", signature);
    }
    call.send().await.unwrap().status().as_u16()
}

async fn path(world: &World) -> String {
    let receiver = world.until_ready("Receiver", "push", "True", "Succeeded").await;
    let path = receiver["status"]["webhookPath"].as_str().unwrap().to_owned();
    assert_eq!(ready(&receiver).unwrap().2, format!("Receiver initialized for path: {path}"));
    path
}

#[tokio::test]
async fn a_call_makes_the_source_look_at_once() {
    let world = World::start().await;
    let first = world.push("app:latest", &[("a.yaml", &config_map("one", "1"))]).await;
    world.source("interval: 1h").await;
    world.kustomization("app", "prune: true\ninterval: 1h").await;
    world.until_applied("app", &first).await;
    world.apply(SECRET).await;
    world.apply(&receiver("generic")).await;
    let path = path(&world).await;
    let made = registry::sha256(world.fill("secretpushNS").as_bytes());
    assert_eq!(path, format!("/hook/{}", made.digest()));

    let second = world.push("app:latest", &[("a.yaml", &config_map("one", "2"))]).await;
    assert_eq!(post(&world, &path, None).await, 200);
    world.until_applied("app", &second).await;
}

#[tokio::test]
async fn a_signed_receiver_answers_as_flux_does() {
    let world = World::start().await;
    world.push("app:latest", &[("a.yaml", &config_map("one", "1"))]).await;
    world.source("").await;
    world.apply(SECRET).await;
    world.apply(&receiver("generic-hmac")).await;
    let path = path(&world).await;
    let good = "sha256=77325902caca812dc259733aacd046b73817372c777b8d95b402647474516e13";
    assert_eq!(post(&world, &path, Some(good)).await, 200);
    assert_eq!(post(&world, &path, Some("sha256=00")).await, 400);
    assert_eq!(post(&world, &path, None).await, 400);
    assert_eq!(post(&world, "/hook/unknown", None).await, 404);
    let suspend = serde_json::json!({ "spec": { "suspend": true } });
    world.patch("Receiver", "push", suspend).await;
    let started = std::time::Instant::now();
    while post(&world, &path, Some(good)).await != 503 {
        assert!(started.elapsed().as_secs() < 10, "a suspended receiver answers 503");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn an_object_that_cannot_be_triggered_is_an_error() {
    let world = World::start().await;
    world.apply(SECRET).await;
    world.apply(&receiver("generic")).await;
    let path = path(&world).await;
    assert_eq!(post(&world, &path, None).await, 500);
}

#[tokio::test]
async fn without_its_token_a_receiver_is_closed() {
    let world = World::start().await;
    world.apply(&receiver("generic")).await;
    let closed = world.until_ready("Receiver", "push", "False", "TokenNotFound").await;
    assert!(ready(&closed).unwrap().2.contains(&world.fill("Secret 'NS/token' not found")));
    assert!(condition(&closed, "Stalled").is_none());
}

#[tokio::test]
async fn the_engine_tells_its_health_and_numbers() {
    let world = World::start().await;
    let digest = world.push("app:latest", &[("a.yaml", &config_map("one", "1"))]).await;
    world.source("").await;
    world.kustomization("app", "prune: true").await;
    world.until_applied("app", &digest).await;
    let address = world.engine().status_address().unwrap();
    let get = async |path: &str| {
        let response = reqwest::get(format!("http://{address}{path}")).await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    };
    assert_eq!(get("/healthz").await.0, 200);
    assert_eq!(get("/readyz").await.0, 200);
    let numbers = get("/metrics").await.1;
    assert!(numbers.contains("gotk_reconcile_duration_seconds_count{kind=\"Kustomization\""));
}
