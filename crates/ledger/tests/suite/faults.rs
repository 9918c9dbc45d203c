//! Every single request may fail, and every mover may die: afterwards the ledger tells the truth.

use ledger::{Kind, Log, State, Way};
use oci_spec::image::Digest;

use crate::world::{Fault, Habit, World, show};

/// What must hold whatever happened: no fork, nothing unrecorded, nothing damaged.
async fn check_truth(world: &World, one: &Digest, two: &Digest, context: &str) -> Log {
    let log = world.log("prod").await;
    assert!(log.forks.is_empty() && log.damaged.is_empty() && log.missing.is_empty(), "{context}");
    let current = log.current.as_ref();
    match &log.state {
        State::Clean => assert_eq!(current, log.newest().unwrap().to.as_ref(), "{context}"),
        State::Unfinished { to } => {
            assert_eq!((to, current), (two, Some(one)), "{context}");
            assert_eq!(log.entries.len(), 2, "{context}");
        }
        state => unreachable!("{context}: {state:?}\n{}", show(&log)),
    }
    log
}

/// Lets one fault happen at every request of a promotion, one world each; returns how many there were.
async fn at_every_request(habits: &[Habit], fault: Fault) -> usize {
    let mut at = 0;
    loop {
        let world = World::new(habits).await;
        let (one, two) = (world.bundle(1).await, world.bundle(2).await);
        world.shift("prod", &one, Kind::Push).await.unwrap();
        let request = world.request("prod", &two, Kind::Promote);
        let mover = world.other();
        world.count_from_here();
        world.plan(at, fault);
        let outcome = world.until_killed(mover.move_channel(&request)).await;
        if world.forget_plan() {
            return at;
        }
        let context = format!("{fault:?} at request {at} of {:#?}: {outcome:?}", world.requests());
        let log = check_truth(&world, &one, &two, &context).await;
        if let Some(Ok(moved)) = &outcome {
            assert!(moved.is_moved && log.state == State::Clean, "{context}");
        }
        // The next command completes what is recorded and goes on.
        if at % 2 == 0 && matches!(log.state, State::Unfinished { .. }) {
            let repaired =
                world.impatient().repair(&world.repair("prod", Way::Finish)).await.unwrap();
            assert_eq!(repaired.current, two, "{context}");
        }
        let three = world.bundle(3).await;
        let next = world.impatient().move_channel(&world.request("prod", &three, Kind::Push)).await;
        let next = next.unwrap_or_else(|error| unreachable!("{context}: {error}"));
        assert!(next.is_moved, "{context}");
        let log = check_truth(&world, &one, &two, &context).await;
        assert_eq!((log.state, log.current), (State::Clean, Some(three)), "{context}");
        at += 1;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn any_single_request_may_be_refused() {
    assert!(at_every_request(&[Habit::Unconditional], Fault::RefusedBefore).await > 8);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn any_single_answer_may_be_wrong_about_what_was_done() {
    assert!(at_every_request(&[Habit::Unconditional], Fault::RefusedAfter).await > 8);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mover_may_be_killed_before_any_request() {
    assert!(at_every_request(&[], Fault::KilledBefore).await > 8);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mover_may_be_killed_after_any_request() {
    let habits = [Habit::Unconditional, Habit::NoDelete, Habit::NoReferrers];
    assert!(at_every_request(&habits, Fault::KilledAfter).await > 8);
}

#[tokio::test]
async fn a_write_that_met_another_in_the_registrys_files_is_tried_again() {
    let world = World::new(&[Habit::Unconditional, Habit::Raced]).await;
    let registry = registry::Registry::new(registry::Settings::default()).unwrap();
    let ledger = ledger::Ledger::new(registry, world.ledger.repository());
    let mut bundles = Vec::new();
    for day in 1..=2 {
        let packed = crate::world::packed(day);
        let store = &world.store;
        store.write_blob(&packed.config).unwrap();
        store.write_blob(&packed.layer).unwrap();
        let kind = packed.manifest_descriptor.media_type().clone();
        let manifest = registry::Manifest::new(kind, packed.manifest.clone());
        store.put_manifest("acme/shop", &manifest, None, registry::Condition::None).unwrap();
        bundles.push(packed.digest);
    }
    for bundle in &bundles {
        assert!(
            ledger.move_channel(&world.request("prod", bundle, Kind::Push)).await.unwrap().is_moved
        );
    }
    assert_eq!(world.log("prod").await.entries.len(), 2);
}
