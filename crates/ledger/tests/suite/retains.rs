//! Retention keeps what a channel can go back to, says why, and records what it deletes.

use expect_test::expect;
use jiff::SignedDuration;
use ledger::history::{RollbackTo, rollback_target};
use ledger::retain::RETENTION;
use ledger::{Kind, PruneRequest, Retention, State};

use crate::world::{Habit, World, somebody};

/// Every tick of the world is a minute.
fn minutes(window: i64, candidates: usize) -> Retention {
    Retention { candidates, window: SignedDuration::from_mins(window), ..Retention::default() }
}

fn request(world: &World) -> PruneRequest {
    let (at, id) = world.now();
    PruneRequest { provenance: somebody("cron"), reason: None, at, id }
}

/// Six bundles went through prod, each with a version tag.
async fn six(habits: &[Habit]) -> (World, Vec<oci_spec::image::Digest>) {
    let world = World::new(habits).await;
    let mut bundles = Vec::new();
    for day in 1..=6 {
        let bundle = world.bundle(day).await;
        let exact = world.ledger.repository().with_digest(bundle.clone());
        world.ledger.registry().tag(&exact, &format!("1.{day}")).await.unwrap();
        world.shift("prod", &bundle, Kind::Push).await.unwrap();
        bundles.push(bundle);
    }
    (world, bundles)
}

fn short(tag: &str) -> String {
    match tag.rsplit_once(".move-") {
        Some((channel, id)) => {
            format!("{channel}.move-{}", id.trim_start_matches('0').chars().last().unwrap())
        }
        None => tag.to_owned(),
    }
}

#[tokio::test]
async fn a_prune_is_planned_with_reasons_done_and_recorded() {
    let (world, bundles) = six(&[]).await;
    let (now, _) = world.now();
    let plan = world.ledger.plan_prune(&minutes(1, 2), now).await.unwrap();
    let keep = plan.keep.iter().map(|kept| format!("keep {}: {}\n", short(&kept.tag), kept.why));
    let delete =
        plan.delete.iter().map(|doomed| format!("delete {}: {}\n", short(&doomed.tag), doomed.why));
    expect![[r#"
        keep prod.move-6: the newest line
        keep prod.move-5: holds a rollback candidate
        keep prod.move-4: holds a rollback candidate
        keep 1.4: names a bundle that stays
        keep 1.5: names a bundle that stays
        keep 1.6: names a bundle that stays
        delete prod.move-3: a push of 2026-11-20 10:02:00 UTC
        delete prod.move-2: a push of 2026-11-20 10:01:00 UTC
        delete prod.move-1: a push of 2026-11-20 10:00:00 UTC
        delete 1.1: no channel can go back to it any more
        delete 1.2: no channel can go back to it any more
        delete 1.3: no channel can go back to it any more
    "#]]
    .assert_eq(&keep.chain(delete).collect::<Vec<_>>().concat());
    assert_eq!(world.log("prod").await.entries.len(), 6, "a plan changes nothing");

    let pruned = world.ledger.prune(&plan, &request(&world)).await.unwrap();
    assert_eq!((pruned.deleted.len(), pruned.undeletable.len()), (plan.delete.len(), 0));
    world.store.collect_garbage().unwrap();
    let log = world.log("prod").await;
    assert_eq!((log.state.clone(), log.entries.len(), log.missing.len()), (State::Clean, 3, 1));
    let recorded = world.log(RETENTION).await.entries.remove(0);
    assert_eq!((recorded.kind, recorded.deleted.len()), (Kind::Prune, plan.delete.len()));
    assert_eq!(world.ledger.channels().await.unwrap().len(), 1, "retention is no channel");

    // Every promise holds after the collector ran: both candidates can be rolled back to.
    let target = rollback_target(&log, &RollbackTo::Steps(2)).unwrap();
    assert_eq!(target, bundles[3]);
    for promise in world.ledger.check_retention(&minutes(1, 2), now).await.unwrap() {
        assert!(promise.readiness.unwrap().is_ready());
    }
    world.shift("prod", &target, Kind::Rollback).await.unwrap();
    let again = world.ledger.plan_prune(&minutes(1000, 2), now).await.unwrap();
    assert!(again.delete.is_empty(), "{again:?}");
}

#[tokio::test]
async fn what_no_record_knows_is_never_deleted() {
    let (world, _) = six(&[]).await;
    let stranger = world.bundle(9).await;
    world.tag_with_another_tool("somebody-elses", &stranger).await;
    let (now, _) = world.now();
    let plan = world.ledger.plan_prune(&minutes(0, 0), now).await.unwrap();
    assert!(
        plan.delete.iter().all(|doomed| doomed.tag != "somebody-elses" && doomed.tag != "prod")
    );
    let pinned = Retention { pins: vec!["1.*".to_owned()], ..minutes(0, 0) };
    let plan = world.ledger.plan_prune(&pinned, now).await.unwrap();
    assert!(plan.delete.iter().all(|doomed| !doomed.tag.starts_with("1.")));
}

#[tokio::test]
async fn a_preview_ends_as_a_whole_and_shares_its_bundle_safely() {
    let world = World::new(&[]).await;
    let one = world.bundle(1).await;
    world.shift("pr-17", &one, Kind::Push).await.unwrap();
    for day in 1..=3 {
        let bundle = world.bundle(day).await;
        world.shift("prod", &bundle, Kind::Push).await.unwrap();
    }
    let previews = vec![("pr-*".to_owned(), SignedDuration::from_mins(1))];
    let retention = Retention { previews, ..minutes(1000, 10) };
    let plan = world.ledger.plan_prune(&retention, world.now().0).await.unwrap();
    assert!(plan.delete.iter().all(|doomed| doomed.tag.starts_with("pr-17")), "{plan:?}");
    world.ledger.prune(&plan, &request(&world)).await.unwrap();
    assert_eq!(world.log("pr-17").await.state, State::Unused);
    world.store.collect_garbage().unwrap();
    let readiness = world.ledger.preflight(&"prod".parse().unwrap(), &one).await.unwrap();
    assert!(readiness.is_ready(), "{readiness:?}");
}

#[tokio::test]
async fn a_registry_that_cannot_delete_is_told_so_and_nothing_recorded() {
    let (world, _) = six(&[Habit::NoDelete]).await;
    let (now, _) = world.now();
    let plan = world.ledger.plan_prune(&minutes(0, 0), now).await.unwrap();
    let pruned = world.ledger.prune(&plan, &request(&world)).await.unwrap();
    assert!(pruned.deleted.is_empty());
    assert_eq!(pruned.undeletable.len(), plan.delete.len());
    assert_eq!(world.log(RETENTION).await.state, State::Unused);
}

#[tokio::test]
async fn what_became_current_since_the_plan_is_spared() {
    let (world, bundles) = six(&[]).await;
    let (now, _) = world.now();
    let plan = world.ledger.plan_prune(&minutes(0, 0), now).await.unwrap();
    assert!(plan.delete.iter().any(|doomed| doomed.tag == "1.1"));
    world.shift("prod", &bundles[0], Kind::Rollback).await.unwrap();
    let pruned = world.ledger.prune(&plan, &request(&world)).await.unwrap();
    assert!(!pruned.deleted.contains(&"1.1".to_owned()));
    assert_eq!(world.current("prod").await.as_ref(), Some(&bundles[0]));
}
