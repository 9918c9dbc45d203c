//! Several channels move together or not at all, and a half-done set is seen.

use std::time::Duration;

use bytes::Bytes;
use ledger::set::UndoRequest;
use ledger::{
    Error, Expect, Kind, Ledger, Options, SetMember, State, move_set, set_progress, undo_set,
};
use oci_spec::image::Digest;
use ulid::Ulid;

use crate::world::{Fault, Habit, World, packed, somebody};

struct Apps {
    world: World,
    ledgers: Vec<Ledger>,
}

/// Three apps in three repositories, each with prod at the bundle of day 1 and the one of day 2 pushed.
async fn apps() -> Apps {
    let world = World::new(&[Habit::Unconditional]).await;
    let registry = world.ledger.registry().clone();
    let options = Options { lease: Duration::from_secs(2), ..world.options() };
    let mut ledgers = Vec::new();
    for app in ["cart", "shop", "till"] {
        let repository = world.ledger.repository().with_repository(&format!("acme/{app}")).unwrap();
        for day in [1, 2] {
            let packed = packed(day);
            for blob in [packed.config.clone(), packed.layer.clone()] {
                registry.push_blob(&repository, blob).await.unwrap();
            }
            let kind = packed.manifest_descriptor.media_type();
            let bytes: Bytes = packed.manifest.clone();
            registry.push_manifest(&repository, kind, bytes).await.unwrap();
        }
        let ledger = Ledger::new(registry.clone(), &repository).with_options(options);
        let first = world.request("prod", &packed(1).digest, Kind::Push);
        ledger.move_channel(&first).await.unwrap();
        ledgers.push(ledger);
    }
    Apps { world, ledgers }
}

impl Apps {
    fn set(&self) -> Vec<SetMember> {
        let member = |ledger: &Ledger| {
            let mut request = self.world.request("prod", &packed(2).digest, Kind::Promote);
            request.expect = Expect::At(packed(1).digest);
            SetMember { ledger: ledger.clone(), request }
        };
        self.ledgers.iter().map(member).collect()
    }

    async fn currents(&self) -> Vec<Option<Digest>> {
        let channel = "prod".parse().unwrap();
        let mut currents = Vec::new();
        for ledger in &self.ledgers {
            currents.push(ledger.current(&channel).await.unwrap());
        }
        currents
    }
}

#[tokio::test]
async fn a_set_moves_every_channel_and_every_record_names_the_others() {
    let apps = apps().await;
    let id = Ulid::from_parts(7, 7);
    let moved = move_set(id, &apps.set()).await.unwrap();
    assert!(moved.len() == 3 && moved.iter().all(|moved| moved.is_moved));
    assert_eq!(apps.currents().await, vec![Some(packed(2).digest); 3]);
    for ledger in &apps.ledgers {
        let log = ledger.log(&"prod".parse().unwrap()).await.unwrap();
        let mark = log.newest().unwrap().set.clone().unwrap();
        assert_eq!((mark.id, mark.members.len(), log.claims.len()), (id, 3, 0));
    }
    let again = move_set(id, &apps.set()).await.unwrap();
    assert!(again.iter().all(|moved| !moved.is_moved), "a set that is done is done");
}

#[tokio::test]
async fn one_refusal_stops_the_whole_set_before_anything_moves() {
    let apps = apps().await;
    let mark = apps.world.mark("prod", None, "freeze");
    apps.ledgers[2].hold(&mark).await.unwrap();
    let error = move_set(Ulid::from_parts(7, 7), &apps.set()).await.unwrap_err();
    assert!(error.member.ends_with("acme/till:prod") && error.done.is_empty(), "{error:?}");
    assert!(matches!(error.source, Error::Held { .. }));
    assert_eq!(apps.currents().await, vec![Some(packed(1).digest); 3]);
}

#[tokio::test]
async fn a_set_broken_at_any_request_is_resumed_or_undone() {
    let mut was_partial = false;
    for at in (0..).step_by(3) {
        let apps = apps().await;
        let (id, set) = (Ulid::from_parts(7, 7), apps.set());
        apps.world.count_from_here();
        apps.world.plan(at, Fault::RefusedBefore);
        let outcome = move_set(id, &set).await;
        if apps.world.forget_plan() {
            break;
        }
        let progress = set_progress(id, &set).await.unwrap();
        assert_eq!(progress.done.len() + progress.open.len(), 3);
        if let Err(error) = &outcome {
            assert!(error.done.len() <= progress.done.len(), "{error:?} {progress:?}");
        }
        was_partial |= !progress.done.is_empty() && !progress.open.is_empty();
        if at % 2 == 0 {
            move_set(id, &set)
                .await
                .unwrap_or_else(|error| unreachable!("request {at}: {error:?}"));
            assert_eq!(apps.currents().await, vec![Some(packed(2).digest); 3]);
        } else {
            let (when, _) = apps.world.now();
            let reason = "the other half failed".to_owned();
            let request = UndoRequest { id, provenance: somebody("eve"), reason, at: when };
            undo_set(&request, &set).await.unwrap_or_else(|error| unreachable!("{at}: {error:?}"));
            assert_eq!(apps.currents().await, vec![Some(packed(1).digest); 3]);
        }
        for ledger in &apps.ledgers {
            let log = ledger.log(&"prod".parse().unwrap()).await.unwrap();
            assert_eq!((log.state, log.forks.len()), (State::Clean, 0));
        }
    }
    assert!(was_partial, "the test met a half-done set");
}
