//! After trouble the ledger tells the truth, and repair ends it.

use expect_test::expect;
use ledger::{Error, Kind, State, Way};

use crate::world::{World, names, show};

#[tokio::test]
async fn a_tag_moved_by_another_tool_is_shown_refused_and_adopted() {
    let world = World::new(&[]).await;
    let (one, two, three) = (world.bundle(1).await, world.bundle(2).await, world.bundle(3).await);
    world.shift("prod", &one, Kind::Push).await.unwrap();
    world.tag_with_another_tool("prod", &two).await;
    let log = world.log("prod").await;
    let (digest, recorded) = (Some(two.clone()), Some(one));
    assert_eq!(log.state, State::OutOfBand { digest, recorded });
    let error = world.shift("prod", &three, Kind::Push).await.unwrap_err();
    expect!["`prod` was moved by another tool: it is at `day2`, and the ledger left it at `day1`"]
        .assert_eq(&names(&error.to_string()));
    world.ledger.repair(&world.repair("prod", Way::Adopt)).await.unwrap();
    let log = world.log("prod").await;
    expect![[r#"
        "Clean"
        repair day1 -> day2 by rob at 2026-11-20T10:02:00Z (tidying up)
        push - -> day1 by ann at 2026-11-20T10:00:00Z
    "#]]
    .assert_eq(&show(&log));
    world.shift("prod", &three, Kind::Push).await.unwrap();
}

#[tokio::test]
async fn a_foreign_move_can_be_taken_back() {
    let world = World::new(&[]).await;
    let (one, two) = (world.bundle(1).await, world.bundle(2).await);
    world.shift("prod", &one, Kind::Push).await.unwrap();
    world.tag_with_another_tool("prod", &two).await;
    world.ledger.repair(&world.repair("prod", Way::Restore)).await.unwrap();
    assert_eq!(world.current("prod").await, Some(one));
    expect![[r#"
        "Clean"
        repair day2 -> day1 by rob at 2026-11-20T10:01:00Z (tidying up)
        push - -> day1 by ann at 2026-11-20T10:00:00Z
    "#]]
    .assert_eq(&show(&world.log("prod").await));
}

#[tokio::test]
async fn a_deleted_tag_is_out_of_band_and_can_be_restored() {
    let world = World::new(&[]).await;
    let one = world.bundle(1).await;
    world.shift("prod", &one, Kind::Push).await.unwrap();
    let two = world.bundle(2).await;
    world.shift("prod", &two, Kind::Push).await.unwrap();
    world.store.delete_tag("acme/shop", "prod").unwrap();
    let log = world.log("prod").await;
    assert_eq!(log.state, State::OutOfBand { digest: None, recorded: Some(two.clone()) });
    world.ledger.repair(&world.repair("prod", Way::Restore)).await.unwrap();
    assert_eq!(world.current("prod").await, Some(two));
}

#[tokio::test]
async fn a_channel_that_another_tool_made_can_be_taken_over() {
    let world = World::new(&[]).await;
    let (one, two) = (world.bundle(1).await, world.bundle(2).await);
    world.tag_with_another_tool("prod", &one).await;
    assert_eq!(
        world.log("prod").await.state,
        State::OutOfBand { digest: Some(one.clone()), recorded: None }
    );
    world.shift("prod", &two, Kind::Push).await.unwrap();
    let log = world.log("prod").await;
    assert_eq!((&log.state, &log.entries[0].from), (&State::Clean, &Some(one)));
}

#[tokio::test]
async fn an_unused_channel_is_no_trouble() {
    let world = World::new(&[]).await;
    assert_eq!(world.log("prod").await.state, State::Unused);
    let refused = world.ledger.repair(&world.repair("prod", Way::Finish)).await;
    assert!(matches!(refused, Err(Error::NothingToRepair { .. })));
}

#[tokio::test]
async fn a_damaged_record_is_reported_and_hides_no_other() {
    let world = World::new(&[]).await;
    let one = world.bundle(1).await;
    world.shift("prod", &one, Kind::Push).await.unwrap();
    world.tag_with_another_tool("prod.move-01KADPT3C00000000000000009", &one).await;
    let log = world.log("prod").await;
    assert_eq!(log.entries.len(), 1);
    assert_eq!(log.damaged.len(), 1, "{:?}", log.damaged);
    let two = world.bundle(2).await;
    world.shift("prod", &two, Kind::Push).await.unwrap();
    assert_eq!(world.log("prod").await.entries.len(), 2);
}

#[tokio::test]
async fn a_fork_is_visible_and_the_next_move_joins_it() {
    let world = World::new(&[]).await;
    let (one, two, three) = (world.bundle(1).await, world.bundle(2).await, world.bundle(3).await);
    world.shift("prod", &one, Kind::Push).await.unwrap();
    let fork = world.ledger.channels().await.unwrap().remove(0);
    // Two records on the same parent, as writers without turns would leave them.
    let mut request = world.request("prod", &two, Kind::Push);
    request.id = ulid::Ulid::from_parts(request.id.timestamp_ms() + 86_400_000, 1);
    let first = world.ledger.move_channel(&request).await.unwrap().entry.unwrap();
    let tag = fork.move_tag(first.id);
    let record = world.ledger.repository().with_tag(&tag).unwrap();
    let kept = world.ledger.registry().manifest(&record).await.unwrap();
    for lost in [tag.as_str(), "prod.head"] {
        world.store.delete_tag("acme/shop", lost).unwrap();
    }
    world.tag_with_another_tool("prod", &one).await;
    world.other().move_channel(&world.request("prod", &three, Kind::Push)).await.unwrap();
    let kind = kept.media_type.clone();
    world.ledger.registry().push_manifest(&record, &kind, kept.bytes).await.unwrap();
    let log = world.log("prod").await;
    assert_eq!(log.forks.len(), 1, "{log:#?}");
    assert_eq!(log.state, State::Clean);
    let four = world.bundle(4).await;
    world.other().move_channel(&world.request("prod", &four, Kind::Push)).await.unwrap();
    let log = world.log("prod").await;
    assert!(log.forks.is_empty());
    assert_eq!(log.entries[0].parents.len(), 2);
}
