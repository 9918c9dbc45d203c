use expect_test::expect;
use ledger::{Error, Kind};

use crate::world::{World, names, show};

#[tokio::test]
async fn after_a_rollback_the_bad_bundle_is_refused_until_released() {
    let world = World::new(&[]).await;
    let (one, two) = (world.bundle(1).await, world.bundle(2).await);
    world.shift("prod", &one, Kind::Push).await.unwrap();
    world.shift("prod", &two, Kind::Push).await.unwrap();
    world.shift("prod", &one, Kind::Rollback).await.unwrap();
    let error = world.shift("prod", &two, Kind::Promote).await.unwrap_err();
    expect!["`prod` is held against `day2` by ann since 2026-11-20 10:02:00 UTC: rolled back: it was broken"].assert_eq(&names(&error.to_string()));
    world.ledger.unhold(&world.mark("prod", Some(&two), "fixed upstream")).await.unwrap();
    world.shift("prod", &two, Kind::Promote).await.unwrap();
    expect![[r#"
        "Clean"
        promote day1 -> day2 by ann at 2026-11-20T10:05:00Z
        release day1 -> day1 by eve at 2026-11-20T10:04:00Z (fixed upstream)
        rollback day2 -> day1 by ann at 2026-11-20T10:02:00Z (it was broken)
        push day1 -> day2 by ann at 2026-11-20T10:01:00Z
        push - -> day1 by ann at 2026-11-20T10:00:00Z
    "#]]
    .assert_eq(&show(&world.log("prod").await));
}

#[tokio::test]
async fn a_held_channel_refuses_everything_but_a_rollback() {
    let world = World::new(&[]).await;
    let (one, two, three) = (world.bundle(1).await, world.bundle(2).await, world.bundle(3).await);
    world.shift("prod", &one, Kind::Push).await.unwrap();
    world.shift("prod", &two, Kind::Push).await.unwrap();
    world.ledger.hold(&world.mark("prod", None, "freeze")).await.unwrap();
    for kind in [Kind::Push, Kind::Promote] {
        let refused = world.shift("prod", &three, kind).await;
        assert!(matches!(refused, Err(Error::Held { .. })), "{refused:?}");
    }
    world.shift("prod", &one, Kind::Rollback).await.unwrap();
    let mut forced = world.request("prod", &three, Kind::Push);
    forced.break_glass = true;
    assert!(matches!(world.ledger.move_channel(&forced).await, Err(Error::ReasonMissing { .. })));
    forced.reason = Some("the building burns".to_owned());
    let moved = world.ledger.move_channel(&forced).await.unwrap();
    assert!(moved.entry.unwrap().break_glass);
    world.ledger.unhold(&world.mark("prod", None, "thaw")).await.unwrap();
    assert!(world.log("prod").await.newest().unwrap().holds.is_empty());
}

#[tokio::test]
async fn a_hold_may_come_before_the_first_move() {
    let world = World::new(&[]).await;
    let one = world.bundle(1).await;
    world.ledger.hold(&world.mark("prod", Some(&one), "vulnerable")).await.unwrap();
    let refused = world.shift("prod", &one, Kind::Push).await;
    assert!(matches!(refused, Err(Error::Held { .. })), "{refused:?}");
    let two = world.bundle(2).await;
    world.shift("prod", &two, Kind::Push).await.unwrap();
    let log = world.log("prod").await;
    assert_eq!((log.entries.len(), log.entries[0].parents.len()), (2, 1));
}
