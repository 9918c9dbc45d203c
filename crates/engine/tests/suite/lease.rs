//! Several engines, of which one works.

use std::time::{Duration, Instant};

use cluster::lease::Terms;
use wharf_engine::Engine;

use crate::support::{World, config_map};

fn quick(identity: &str) -> Terms {
    Terms {
        duration: Duration::from_secs(2),
        renew_within: Duration::from_millis(1500),
        retry: Duration::from_millis(200),
        ..Terms::new("NS", "wharf", identity)
    }
}

async fn until(is_so: impl Fn() -> bool) {
    let started = Instant::now();
    while !is_so() {
        assert!(started.elapsed() < Duration::from_secs(20), "nobody took over");
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
}

#[tokio::test]
async fn one_engine_works_and_another_takes_over_when_it_stops() {
    let mut world = World::start().await;
    world.stop_engine().await;
    let mut terms = quick("one");
    terms.namespace.clone_from(&world.namespace);
    let with = |identity: &str| {
        let terms = Terms { identity: identity.to_owned(), ..terms.clone() };
        let mut settings = world.settings();
        settings.lease = Some(terms);
        settings
    };
    let first = Engine::start(with("one")).await.unwrap();
    until(|| first.is_leading()).await;
    let second = Engine::start(with("two")).await.unwrap();
    let digest = world.push("app:latest", &[("a.yaml", &config_map("one", "1"))]).await;
    world.source("").await;
    world.kustomization("app", "prune: true").await;
    world.until_applied("app", &digest).await;
    assert!(first.is_leading() && !second.is_leading());

    first.shutdown().await;
    until(|| second.is_leading()).await;
    let next = world.push("app:latest", &[("a.yaml", &config_map("one", "2"))]).await;
    world.ask("OCIRepository", "app").await;
    world.until_applied("app", &next).await;
    second.shutdown().await;
}

#[tokio::test]
async fn an_engine_that_dies_is_replaced_when_its_lease_has_run_out() {
    let mut world = World::start().await;
    world.stop_engine().await;
    let mut settings = world.settings();
    settings.lease = Some(Terms { namespace: world.namespace.clone(), ..quick("one") });
    let first = Engine::start(settings.clone()).await.unwrap();
    until(|| first.is_leading()).await;
    // Dropped, not shut down: the lease is not given back.
    drop(first);
    settings.lease = Some(Terms { namespace: world.namespace.clone(), ..quick("two") });
    let second = Engine::start(settings).await.unwrap();
    until(|| second.is_leading()).await;
    second.shutdown().await;
}
