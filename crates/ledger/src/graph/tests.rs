use proptest::prelude::*;
use ulid::Ulid;

use super::*;
use crate::{Channel, Kind, Provenance};

fn entry(id: u64, parents: &[u64]) -> Entry {
    let record = |id: u64| registry::sha256(&id.to_be_bytes());
    Entry {
        id: Ulid::from_parts(id, 0),
        record: record(id),
        parents: parents.iter().map(|id| record(*id)).collect(),
        channel: Channel::parse("prod").unwrap(),
        kind: Kind::Push,
        from: None,
        to: None,
        source: None,
        version: None,
        revision: None,
        built: None,
        at: jiff::Timestamp::UNIX_EPOCH,
        provenance: Provenance::default(),
        reason: None,
        break_glass: false,
        about: None,
        holds: Vec::new(),
        set: None,
        deleted: Vec::new(),
    }
}

fn ids(ordered: &Ordered) -> Vec<u64> {
    ordered.entries.iter().map(|entry| entry.id.timestamp_ms()).collect()
}

#[test]
fn links_count_more_than_clocks() {
    let ordered = order(vec![entry(5, &[]), entry(3, &[5]), entry(4, &[3])]);
    assert_eq!(ids(&ordered), [4, 3, 5]);
    assert_eq!(ordered.heads.len(), 1);
}

#[test]
fn a_fork_has_two_heads_until_it_is_joined() {
    let mut entries = vec![entry(1, &[]), entry(2, &[1]), entry(3, &[1])];
    assert_eq!(order(entries.clone()).heads.len(), 2);
    entries.push(entry(4, &[2, 3]));
    let ordered = order(entries);
    assert_eq!((ids(&ordered), ordered.heads.len()), (vec![4, 3, 2, 1], 1));
}

#[test]
fn a_parent_that_is_gone_is_named() {
    let ordered = order(vec![entry(2, &[1])]);
    assert_eq!((ids(&ordered), ordered.missing.len()), (vec![2], 1));
}

proptest! {
    #[test]
    fn every_entry_comes_once_and_before_its_parents(
        links in prop::collection::vec(prop::collection::vec(any::<prop::sample::Index>(), 0..3), 1..20),
    ) {
        let entries: Vec<Entry> = links
            .iter()
            .enumerate()
            .map(|(id, parents)| {
                let mut parents: Vec<u64> = if id == 0 {
                    Vec::new()
                } else {
                    parents.iter().map(|parent| parent.index(id) as u64).collect()
                };
                parents.dedup();
                entry(id as u64, &parents)
            })
            .collect();
        let ordered = order(entries);
        prop_assert_eq!(ordered.entries.len(), links.len());
        for (at, entry) in ordered.entries.iter().enumerate() {
            for parent in &entry.parents {
                let place = ordered.entries.iter().position(|other| other.record == *parent);
                prop_assert!(place.unwrap() > at);
            }
        }
    }
}
