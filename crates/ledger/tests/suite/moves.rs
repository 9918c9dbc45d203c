use expect_test::expect;
use ledger::history::{RollbackTo, candidates, rollback_target};
use ledger::{Channel, Error, Expect, Kind};

use crate::world::{Habit, World, day, show};

#[tokio::test]
async fn a_ledger_tells_every_move_newest_first() {
    let world = World::new(&[]).await;
    let (one, two) = (world.bundle(1).await, world.bundle(2).await);
    world.shift("prod", &one, Kind::Push).await.unwrap();
    world.shift("prod", &two, Kind::Promote).await.unwrap();
    world.shift("prod", &one, Kind::Rollback).await.unwrap();
    let log = world.log("prod").await;
    expect![[r#"
        "Clean"
        rollback day2 -> day1 by ann at 2026-11-20T10:02:00Z (it was broken)
        promote day1 -> day2 by ann at 2026-11-20T10:01:00Z
        push - -> day1 by ann at 2026-11-20T10:00:00Z
    "#]]
    .assert_eq(&show(&log));
    assert_eq!(world.current("prod").await, Some(one));
    assert!(log.forks.is_empty() && log.missing.is_empty() && log.damaged.is_empty());
    assert!(log.claims.is_empty(), "every claim is taken back");
}

#[tokio::test]
async fn everything_that_was_said_of_a_move_is_kept() {
    let world = World::new(&[]).await;
    let one = world.bundle(1).await;
    let mut request = world.request("prod", &one, Kind::Promote);
    request.source = Some("preprod".parse().unwrap());
    request.version = Some("1.4.2".to_owned());
    request.reason = Some("release day".to_owned());
    request.provenance.commit = Some("6b7f".to_owned());
    request.provenance.run_id = Some("17".to_owned());
    request.provenance.system = Some("github".to_owned());
    request.provenance.change_request = Some("https://git.example.com/pulls/3".to_owned());
    let moved = world.ledger.move_channel(&request).await.unwrap();
    let read = world.log("prod").await.entries.remove(0);
    assert_eq!(Some(&read), moved.entry.as_ref());
    assert_eq!(read.provenance, request.provenance);
    assert_eq!(read.source.as_deref(), Some("preprod"));
    assert_eq!(read.version, request.version);
    assert_eq!(read.reason, request.reason);
    assert_eq!(read.at, request.at);
    assert_eq!(read.built, Some("2026-01-01T00:00:00Z".parse().unwrap()));
}

#[tokio::test]
async fn the_record_is_written_before_the_tag() {
    let world = World::new(&[]).await;
    let one = world.bundle(1).await;
    world.count_from_here();
    world.shift("prod", &one, Kind::Push).await.unwrap();
    let requests = world.requests();
    let puts =
        |end: &str| requests.iter().position(|line| line.starts_with("PUT") && line.contains(end));
    let claim = puts("/manifests/prod.claim-").unwrap();
    let record = puts("/manifests/prod.move-").unwrap();
    let tag = requests.iter().position(|line| line == "PUT /v2/acme/shop/manifests/prod").unwrap();
    assert!(claim < record && record < tag, "{requests:#?}");
}

#[tokio::test]
async fn the_record_is_what_other_tools_expect_of_it() {
    let world = World::new(&[]).await;
    let one = world.bundle(1).await;
    let entry = world.shift("prod", &one, Kind::Push).await.unwrap().entry.unwrap();
    let exact = world.ledger.repository().with_digest(entry.record.clone());
    let manifest = world.ledger.registry().manifest(&exact).await.unwrap();
    let json: serde_json::Value = serde_json::from_slice(&manifest.bytes).unwrap();
    assert_eq!(json["artifactType"], "application/vnd.wharf.move.v1+json");
    assert_eq!(json["subject"]["digest"], one.as_ref());
    assert_eq!(json["layers"][0]["mediaType"], "application/vnd.in-toto+json");
    assert_eq!(json["layers"][1]["digest"], one.as_ref(), "the bundle's manifest is a blob of it");
    let repository = world.ledger.repository();
    let move_type = Some("application/vnd.wharf.move.v1+json");
    let referrers = world.ledger.registry().referrers(repository, &one, move_type).await.unwrap();
    assert_eq!(referrers.len(), 1);
    let statement: oci_spec::image::Descriptor =
        serde_json::from_value(json["layers"][0].clone()).unwrap();
    let statement = world.ledger.registry().blob(repository, &statement, 1 << 20).await.unwrap();
    let statement: serde_json::Value = serde_json::from_slice(&statement).unwrap();
    assert_eq!(statement["_type"], "https://in-toto.io/Statement/v1");
    assert_eq!(statement["subject"][0]["digest"]["sha256"], one.digest());
    assert_eq!(statement["predicate"]["digest"], one.as_ref());
    assert_eq!(statement["predicate"]["tags"][0], "prod");
}

#[tokio::test]
async fn a_tag_that_moved_under_my_feet_is_refused_and_the_winner_named() {
    let world = World::new(&[]).await;
    let (one, two, three) = (world.bundle(1).await, world.bundle(2).await, world.bundle(3).await);
    world.shift("prod", &one, Kind::Push).await.unwrap();
    world.shift("prod", &two, Kind::Push).await.unwrap();
    let mut late = world.request("prod", &three, Kind::Push);
    late.expect = Expect::At(one);
    let error = world.ledger.move_channel(&late).await.unwrap_err();
    expect!["`prod` has moved: it is at `day2`, not at `day1`; push by ann at 2026-11-20T10:01:00Z came first"].assert_eq(&crate::world::names(&error.to_string()));
    assert_eq!(world.current("prod").await, Some(two));
    assert_eq!(world.log("prod").await.entries.len(), 2, "a refused move leaves no record");
    let mut first = world.request("prod", &three, Kind::Push);
    first.expect = Expect::Absent;
    assert!(matches!(world.ledger.move_channel(&first).await, Err(Error::Moved { .. })));
}

#[tokio::test]
async fn moving_to_where_it_is_writes_nothing() {
    let world = World::new(&[]).await;
    let one = world.bundle(1).await;
    world.shift("prod", &one, Kind::Push).await.unwrap();
    let again = world.shift("prod", &one, Kind::Push).await.unwrap();
    assert!(!again.is_moved);
    assert_eq!(world.log("prod").await.entries.len(), 1);
}

#[tokio::test]
async fn an_older_build_is_refused_unless_it_is_a_rollback() {
    let world = World::new(&[]).await;
    let (one, two) = (world.bundle(1).await, world.bundle(2).await);
    world.shift("prod", &two, Kind::Push).await.unwrap();
    let error = world.shift("prod", &one, Kind::Push).await.unwrap_err();
    expect!["`prod` is at a bundle of 2026-01-02T00:00:00Z, and this one is older, of 2026-01-01T00:00:00Z"].assert_eq(&error.to_string());
    world.shift("prod", &one, Kind::Rollback).await.unwrap();
    assert_eq!(world.current("prod").await, Some(one));
}

#[tokio::test]
async fn a_bundle_that_is_nowhere_is_refused() {
    let world = World::new(&[]).await;
    let nowhere = crate::world::packed(9).digest;
    let error = world.shift("prod", &nowhere, Kind::Push).await.unwrap_err();
    assert!(matches!(error, Error::Gone { .. }), "{error}");
}

#[tokio::test]
async fn a_rollback_without_a_reason_is_refused() {
    let world = World::new(&[]).await;
    let one = world.bundle(1).await;
    let mut request = world.request("prod", &one, Kind::Rollback);
    request.reason = Some("  ".to_owned());
    let refused = world.ledger.move_channel(&request).await;
    assert!(matches!(refused, Err(Error::ReasonMissing { kind: Kind::Rollback })));
}

#[tokio::test]
async fn rolling_back_twice_goes_back_two_states() {
    let world = World::new(&[]).await;
    for number in 1..=4 {
        let bundle = world.bundle(number).await;
        world.shift("prod", &bundle, Kind::Push).await.unwrap();
    }
    let target =
        |log: &ledger::Log, to: RollbackTo| rollback_target(log, &to).map(|digest| day(&digest));
    let log = world.log("prod").await;
    assert_eq!(target(&log, RollbackTo::Previous).unwrap(), "day3");
    assert_eq!(target(&log, RollbackTo::Steps(3)).unwrap(), "day1");
    expect!["`prod` has nothing to roll back to: it has 3 earlier states, not 4"]
        .assert_eq(&target(&log, RollbackTo::Steps(4)).unwrap_err().to_string());
    let three = world.bundle(3).await;
    world.shift("prod", &three, Kind::Rollback).await.unwrap();
    let log = world.log("prod").await;
    assert_eq!(target(&log, RollbackTo::Previous).unwrap(), "day2");
    let lines = candidates(&log).into_iter().map(|candidate| {
        let held =
            candidate.hold.map(|hold| format!(" {}", hold.reason.unwrap())).unwrap_or_default();
        format!("{}{held}\n", day(&candidate.digest))
    });
    expect![[r#"
        day4 rolled back: it was broken
        day2
        day1
    "#]]
    .assert_eq(&lines.collect::<String>());
}

#[tokio::test]
async fn channels_are_found_by_their_ledgers_and_keep_apart() {
    let world = World::new(&[]).await;
    let one = world.bundle(1).await;
    for channel in ["prod", "dev", "pr-17", "prod.eu"] {
        world.shift(channel, &one, Kind::Push).await.unwrap();
    }
    let channels = world.ledger.channels().await.unwrap();
    let names: Vec<&str> = channels.iter().map(Channel::as_str).collect();
    assert_eq!(names, ["dev", "pr-17", "prod", "prod.eu"]);
    assert_eq!(world.log("prod").await.entries.len(), 1);
}

#[test]
fn a_channel_that_would_be_taken_for_a_record_is_refused() {
    for name in ["", ".x", "-x", "a b", "prod.move-x", "prod.claim-x", &"x".repeat(96)] {
        assert!(Channel::parse(name).is_err(), "{name}");
    }
    assert!(Channel::parse(&"x".repeat(95)).is_ok());
    let id = ulid::Ulid::from_parts(1, 1);
    let record = Channel::parse("prod").unwrap().move_tag(id);
    for (tag, is_own) in [
        (record.as_str(), true),
        ("prod.head", true),
        ("prod", false),
        ("1.4.2", false),
        ("prod.move-2", false),
    ] {
        assert_eq!(Channel::is_ledger_tag(tag), is_own, "{tag}");
    }
}

#[tokio::test]
async fn a_later_move_never_sorts_before_an_earlier_one_whatever_the_clocks_say() {
    let world = World::new(&[]).await;
    let (one, two) = (world.bundle(1).await, world.bundle(2).await);
    let early = world.request("prod", &two, Kind::Push);
    world.shift("prod", &one, Kind::Push).await.unwrap();
    world.ledger.move_channel(&early).await.unwrap();
    let log = world.log("prod").await;
    assert!(log.entries[0].id > log.entries[1].id);
    assert_eq!(log.entries[0].to, Some(two));
    assert_eq!(log.at("2026-11-20T10:30:00Z".parse().unwrap()).unwrap().kind, Kind::Push);
}

#[tokio::test]
async fn a_promotion_costs_no_more_than_16_requests_where_nothing_helps() {
    let world = World::new(&[Habit::Unconditional]).await;
    let (one, two) = (world.bundle(1).await, world.bundle(2).await);
    world.shift("prod", &one, Kind::Push).await.unwrap();
    world.shift("dev", &two, Kind::Push).await.unwrap();
    world.count_from_here();
    world.shift("prod", &two, Kind::Promote).await.unwrap();
    assert!(world.requests().len() <= 16, "{:#?}", world.requests());
}
