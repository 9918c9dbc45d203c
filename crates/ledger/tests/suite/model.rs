//! The turn-taking protocol as a machine, with every interleaving and every death tried.
//!
//! `docs/ledger.md` describes the protocol; each [`At`] here is one of its steps, and each step is one
//! request to the registry. What is modelled: single tags are read and written atomically; the tag
//! list is any earlier state of itself; movers die at any step; a dead mover's claim may be taken for
//! gone, a living one's only where `leases_fail`.

use std::collections::BTreeSet;

use stateright::{Checker as _, Model, Property};

/// A claim's identifier: lower goes first. Every attempt of a mover has its own.
type Claim = u8;

/// Attempts of one mover before it gives up.
const ATTEMPTS: u8 = 3;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Record {
    by: u8,
    parent: Option<u8>,
}

/// Where a mover is in the protocol: the next thing that it does.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum At {
    Raise,
    List,
    /// Looks at the flags of these, all lower.
    LookLower(BTreeSet<Claim>, BTreeSet<Claim>),
    /// Takes its claim back and waits for this one.
    StepBack(Claim),
    WaitLower(Claim),
    WaitHigher(BTreeSet<Claim>),
    ReadHead,
    /// Finishes what a dead mover recorded: its own tag, then the channel.
    FinishTag(u8),
    FinishChannel(u8),
    /// Writes its record on top of this one.
    WriteHead(Option<u8>),
    WriteTag(u8),
    WriteChannel(u8),
    /// Takes its claim back, having moved the channel or not.
    Release(bool),
    Won,
    Lost,
    GaveUp,
    Dead,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct World {
    movers: Vec<(At, u8)>,
    /// Claims in the order in which they were written, and how many of them the tag list shows.
    created: Vec<Claim>,
    shown: usize,
    /// Claims that stand.
    up: BTreeSet<Claim>,
    records: Vec<Record>,
    head: Option<u8>,
    /// Records that have a tag of their own.
    tagged: BTreeSet<u8>,
    /// The record that the channel follows.
    channel: Option<u8>,
    deaths: u8,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Step {
    Act(u8),
    /// Takes the claim that it waits for to be dead.
    Presume(u8),
    Die(u8),
    /// The tag list catches up by one.
    Show,
}

/// A protocol to check.
#[derive(Clone, Copy)]
struct Protocol {
    movers: u8,
    /// Movers from this one on expect nothing; those before expect a channel without records.
    indifferent: u8,
    deaths: u8,
    list_is_old: bool,
    /// The registry compares before it writes.
    compares: bool,
    /// A living mover may be taken for dead.
    leases_fail: bool,
}

const USUAL: Protocol = Protocol {
    movers: 2,
    indifferent: 1,
    deaths: 1,
    list_is_old: true,
    compares: false,
    leases_fail: false,
};

fn claim(mover: u8, attempt: u8) -> Claim {
    mover * (ATTEMPTS + 1) + attempt
}

fn owner(claim: Claim) -> u8 {
    claim / (ATTEMPTS + 1)
}

impl World {
    fn is_over(at: &At) -> bool {
        matches!(at, At::Won | At::Lost | At::GaveUp | At::Dead)
    }

    fn all_over(&self) -> bool {
        self.movers.iter().all(|(at, _)| Self::is_over(at))
    }

    fn in_turn(&self) -> usize {
        let inside = |at: &At| {
            matches!(
                at,
                At::FinishTag(_)
                    | At::FinishChannel(_)
                    | At::WriteHead(_)
                    | At::WriteTag(_)
                    | At::WriteChannel(_)
            )
        };
        self.movers.iter().filter(|(at, _)| inside(at)).count()
    }

    fn awaited(&self, mover: u8) -> Option<Claim> {
        match &self.movers[usize::from(mover)].0 {
            At::WaitLower(other) => Some(*other),
            At::WaitHigher(others) => others.first().copied(),
            _ => None,
        }
    }
}

impl Protocol {
    /// Whether a mover that sees this head may go on.
    fn is_expected(self, mover: u8, head: Option<u8>) -> bool {
        mover >= self.indifferent || head.is_none()
    }

    /// What a mover does next, as one request; `None` while it has to wait.
    #[expect(clippy::too_many_lines, reason = "one table of steps, to be read beside the document")]
    fn act(self, world: &World, mover: u8) -> Option<World> {
        let mut next = world.clone();
        let (at, attempt) = world.movers[usize::from(mover)].clone();
        let own = claim(mover, attempt);
        let then = match at {
            At::Raise => {
                next.created.push(own);
                next.up.insert(own);
                if !self.list_is_old {
                    next.shown = next.created.len();
                }
                At::List
            }
            At::List => {
                let shown = &world.created[..world.shown];
                if !shown.contains(&own) {
                    return None;
                }
                let others = shown.iter().copied().filter(|other| owner(*other) != mover);
                let (lower, higher) = others.partition(|other| *other < own);
                At::LookLower(lower, higher)
            }
            At::LookLower(mut lower, higher) => match lower.pop_first() {
                Some(other) if world.up.contains(&other) => At::StepBack(other),
                Some(_) => At::LookLower(lower, higher),
                None => At::WaitHigher(higher),
            },
            At::StepBack(other) => {
                next.up.remove(&own);
                At::WaitLower(other)
            }
            At::WaitLower(other) if !world.up.contains(&other) => {
                // Looks whether its wish still makes sense before it tries again.
                let attempt = attempt + 1;
                next.movers[usize::from(mover)].1 = attempt;
                if !self.is_expected(mover, world.head) {
                    At::Lost
                } else if attempt > ATTEMPTS {
                    At::GaveUp
                } else {
                    At::Raise
                }
            }
            At::WaitHigher(mut others) => match others.pop_first() {
                Some(other) if world.up.contains(&other) => return None,
                Some(_) => At::WaitHigher(others),
                None => At::ReadHead,
            },
            At::ReadHead => match world.head {
                Some(head) if !world.tagged.contains(&head) => At::FinishTag(head),
                head => self.after_tag(world, mover, head),
            },
            At::FinishTag(head) => {
                next.tagged.insert(head);
                self.after_tag(world, mover, Some(head))
            }
            At::FinishChannel(head) => {
                let parent = world.records[usize::from(head)].parent;
                if !self.compares || world.channel == parent {
                    next.channel = Some(head);
                }
                self.decide(mover, Some(head))
            }
            At::WriteHead(parent) => {
                if self.compares && world.head != parent {
                    At::Release(false)
                } else {
                    let record = u8::try_from(world.records.len()).unwrap();
                    next.records.push(Record { by: mover, parent });
                    next.head = Some(record);
                    At::WriteTag(record)
                }
            }
            At::WriteTag(record) => {
                next.tagged.insert(record);
                At::WriteChannel(record)
            }
            At::WriteChannel(record) => {
                let parent = world.records[usize::from(record)].parent;
                if !self.compares || world.channel == parent {
                    next.channel = Some(record);
                }
                At::Release(true)
            }
            At::Release(has_won) => {
                next.up.remove(&own);
                if has_won { At::Won } else { At::Lost }
            }
            At::WaitLower(_) | At::Won | At::Lost | At::GaveUp | At::Dead => return None,
        };
        next.movers[usize::from(mover)].0 = then;
        Some(next)
    }

    /// The head has its tag; does the channel follow it?
    fn after_tag(self, world: &World, mover: u8, head: Option<u8>) -> At {
        match head {
            Some(head) if world.channel != Some(head) => At::FinishChannel(head),
            head => self.decide(mover, head),
        }
    }

    fn decide(self, mover: u8, head: Option<u8>) -> At {
        if self.is_expected(mover, head) { At::WriteHead(head) } else { At::Release(false) }
    }
}

impl Model for Protocol {
    type State = World;
    type Action = Step;

    fn init_states(&self) -> Vec<World> {
        vec![World {
            movers: vec![(At::Raise, 0); usize::from(self.movers)],
            created: Vec::new(),
            shown: 0,
            up: BTreeSet::new(),
            records: Vec::new(),
            head: None,
            tagged: BTreeSet::new(),
            channel: None,
            deaths: 0,
        }]
    }

    fn actions(&self, world: &World, steps: &mut Vec<Step>) {
        for mover in 0..self.movers {
            if World::is_over(&world.movers[usize::from(mover)].0) {
                continue;
            }
            if self.act(world, mover).is_some() {
                steps.push(Step::Act(mover));
            }
            let awaited = world.awaited(mover).filter(|claim| world.up.contains(claim));
            let is_dead = |claim| world.movers[usize::from(owner(claim))].0 == At::Dead;
            if awaited.is_some_and(|claim| self.leases_fail || is_dead(claim)) {
                steps.push(Step::Presume(mover));
            }
            if world.deaths < self.deaths {
                steps.push(Step::Die(mover));
            }
        }
        if world.shown < world.created.len() {
            steps.push(Step::Show);
        }
    }

    fn next_state(&self, world: &World, step: Step) -> Option<World> {
        let mut next = world.clone();
        match step {
            Step::Act(mover) => return self.act(world, mover),
            Step::Presume(mover) => {
                // Takes the claim away, as the implementation does.
                next.up.remove(&world.awaited(mover)?);
            }
            Step::Die(mover) => {
                next.movers[usize::from(mover)].0 = At::Dead;
                next.deaths += 1;
            }
            Step::Show => next.shown += 1,
        }
        Some(next)
    }

    #[expect(clippy::too_many_lines, reason = "one table of promises")]
    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always("one at a time has the turn", |_, world: &World| world.in_turn() <= 1),
            Property::always("the records are one chain", |_, world: &World| {
                let parents: BTreeSet<Option<u8>> =
                    world.records.iter().map(|record| record.parent).collect();
                parents.len() == world.records.len()
            }),
            Property::always(
                "no move is lost: a record on top has all others below it",
                |_, world: &World| {
                    let mut below = 0;
                    let mut at = world.head;
                    while let Some(record) = at {
                        below += 1;
                        at = world.records[usize::from(record)].parent;
                    }
                    below == world.records.len()
                },
            ),
            Property::always("what is below the head has a tag of its own", |_, world: &World| {
                (0..world.records.len()).all(|record| {
                    let record = u8::try_from(record).unwrap();
                    world.head == Some(record) || world.tagged.contains(&record)
                })
            }),
            Property::always(
                "in the end the channel follows the head, or its mover died",
                |_, world: &World| {
                    let Some(head) = world.head.filter(|_| world.all_over()) else { return true };
                    let writer = usize::from(world.records[usize::from(head)].by);
                    world.channel == Some(head) || world.movers[writer].0 == At::Dead
                },
            ),
            Property::always(
                "who wins is recorded once, who loses not at all",
                |_, world: &World| {
                    world.movers.iter().enumerate().all(|(mover, (at, _))| {
                        let by = |record: &&Record| usize::from(record.by) == mover;
                        let count = world.records.iter().filter(by).count();
                        match at {
                            At::Won => count == 1,
                            At::Lost | At::GaveUp => count == 0,
                            _ => count <= 1,
                        }
                    })
                },
            ),
            Property::always("if anybody lives, somebody moves the channel", |_, world: &World| {
                let has_survivor = world.movers.iter().any(|(at, _)| *at != At::Dead);
                !world.all_over() || !has_survivor || !world.records.is_empty()
            }),
            Property::always("nobody waits for ever", |protocol: &Self, world: &World| {
                let mut steps = Vec::new();
                protocol.actions(world, &mut steps);
                world.all_over() || steps.iter().any(|step| !matches!(step, Step::Die(_)))
            }),
            Property::sometimes("the first mover wins", |_, world: &World| {
                world.movers[0].0 == At::Won
            }),
            Property::sometimes("the last mover wins", |_, world: &World| {
                world.movers.last().is_some_and(|(at, _)| *at == At::Won)
            }),
        ]
    }
}

/// Checks every state that a protocol can reach; returns how many there are.
fn check(protocol: Protocol) -> usize {
    let checker = protocol.checker().threads(2).spawn_bfs().join();
    checker.assert_properties();
    checker.unique_state_count()
}

#[test]
fn three_movers_and_two_deaths_keep_every_promise() {
    assert!(check(Protocol { movers: 3, deaths: 2, ..USUAL }) > 50_000);
}

#[test]
fn three_movers_that_expect_nothing_keep_every_promise() {
    assert!(check(Protocol { movers: 3, indifferent: 0, ..USUAL }) > 10_000);
}

#[test]
fn three_movers_that_all_expect_the_same_keep_every_promise() {
    assert!(check(Protocol { movers: 3, indifferent: 3, ..USUAL }) > 10_000);
}

#[test]
fn where_the_registry_compares_not_even_failing_leases_break_a_promise_of_the_ledger() {
    let protocol = Protocol { compares: true, leases_fail: true, deaths: 0, ..USUAL };
    let checker = protocol.checker().threads(2).spawn_bfs().join();
    for promise in
        ["the records are one chain", "no move is lost: a record on top has all others below it"]
    {
        checker.assert_no_discovery(promise);
    }
}

#[test]
fn the_machine_finds_what_goes_wrong_without_leases_and_comparison() {
    let protocol = Protocol { leases_fail: true, deaths: 0, ..USUAL };
    let checker = protocol.checker().threads(2).spawn_bfs().join();
    checker.assert_any_discovery("one at a time has the turn");
    checker.assert_any_discovery("the records are one chain");
}
