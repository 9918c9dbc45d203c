//! Many movers at once: one chain, no lost record, no unrecorded tag, every loser told who won.

use std::collections::BTreeSet;

use ledger::{Error, Expect, Kind, State};

use crate::world::{Habit, World, somebody};

async fn race(habits: &[Habit], movers: u8) {
    let world = World::new(habits).await;
    let start = world.bundle(1).await;
    world.shift("prod", &start, Kind::Push).await.unwrap();
    let target = world.bundle(2).await;
    let mut running = tokio::task::JoinSet::new();
    for number in 0..movers {
        let mut request = world.request("prod", &target, Kind::Push);
        request.expect = Expect::At(start.clone());
        request.provenance = somebody(&format!("mover-{number}"));
        let ledger = world.other();
        running.spawn(async move { (number, ledger.move_channel(&request).await) });
    }
    let (mut winners, mut losers) = (Vec::new(), Vec::new());
    while let Some(done) = running.join_next().await {
        match done.unwrap() {
            (number, Ok(moved)) => winners.push((number, moved)),
            (number, Err(error)) => losers.push((number, error)),
        }
    }
    assert_eq!(winners.len(), 1, "exactly one wins: {losers:?}");
    let winner = format!("mover-{}", winners[0].0);
    for (number, error) in &losers {
        let Error::Moved { winner: named, .. } = error else {
            unreachable!("mover-{number}: {error:?}")
        };
        let named = named.0.as_ref().unwrap().provenance.actor.as_deref();
        assert_eq!(named, Some(winner.as_str()));
    }
    let log = world.log("prod").await;
    assert_eq!((log.entries.len(), log.forks.len()), (2, 0));
    assert_eq!((log.state, log.current), (State::Clean, Some(target)));
    assert!(log.claims.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_64_movers_one_wins_where_the_registry_compares() {
    race(&[], 64).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_64_movers_one_wins_where_the_last_writer_wins() {
    race(&[Habit::Unconditional], 64).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_24_movers_one_wins_on_the_oldest_registries() {
    race(&[Habit::Unconditional, Habit::NoReferrers, Habit::NoDelete], 24).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_24_movers_one_wins_where_tag_lists_lag_behind() {
    race(&[Habit::Unconditional, Habit::OldLists], 24).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn movers_that_expect_nothing_all_move_one_after_the_other() {
    let world = World::new(&[Habit::Unconditional]).await;
    let mut bundles = Vec::new();
    for day in 1..=16 {
        bundles.push(world.bundle(day).await);
    }
    let mut running = tokio::task::JoinSet::new();
    for bundle in bundles.clone() {
        let mut request = world.request("prod", &bundle, Kind::Push);
        (request.break_glass, request.reason) = (true, Some("any order will do".to_owned()));
        let ledger = world.other();
        running.spawn(async move { ledger.move_channel(&request).await });
    }
    while let Some(done) = running.join_next().await {
        assert!(done.unwrap().unwrap().is_moved);
    }
    let log = world.log("prod").await;
    assert_eq!((log.entries.len(), log.forks.len()), (16, 0));
    assert_eq!(log.state, State::Clean);
    let recorded: BTreeSet<String> =
        log.entries.iter().filter_map(|entry| Some(entry.to.as_ref()?.to_string())).collect();
    assert_eq!(recorded, bundles.iter().map(ToString::to_string).collect());
    for (child, parent) in log.entries.iter().zip(log.entries.iter().skip(1)) {
        assert_eq!(child.parents, std::slice::from_ref(&parent.record));
        assert_eq!(child.from, parent.to);
    }
}

#[tokio::test]
async fn released_claims_of_yesterday_cost_nobody_a_request() {
    let world = World::new(&[Habit::Unconditional, Habit::NoDelete]).await;
    let bundles = [world.bundle(1).await, world.bundle(2).await, world.bundle(3).await];
    for bundle in &bundles[..2] {
        world.shift("prod", bundle, Kind::Push).await.unwrap();
    }
    let claims = |requests: Vec<String>| {
        requests.iter().filter(|line| line.starts_with("HEAD") && line.contains(".claim-")).count()
    };
    let mut today = world.request("prod", &bundles[2], Kind::Push);
    world.count_from_here();
    world.log("prod").await;
    assert_eq!(claims(world.requests()), 2, "today's claims are looked at");
    today.id = ulid::Ulid::from_parts(today.id.timestamp_ms() + 2 * 86_400_000, 1);
    world.count_from_here();
    world.other().move_channel(&today).await.unwrap();
    assert_eq!(claims(world.requests()), 0, "{:#?}", world.requests());
}
