use expect_test::expect;
use ulid::Ulid;

use super::*;
use crate::log::State;
use crate::{Hold, Provenance};

fn digest(name: &str) -> Digest {
    registry::sha256(name.as_bytes())
}

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn entry(kind: Kind, from: &str, to: &str, actor: &str, at: &str) -> Entry {
    let bundle = |name: &str| (!name.is_empty()).then(|| digest(name));
    Entry {
        id: Ulid::nil(),
        record: digest(at),
        parents: Vec::new(),
        channel: Channel::parse("dev").unwrap(),
        kind,
        from: bundle(from),
        to: bundle(to),
        source: None,
        version: None,
        revision: None,
        built: None,
        at: time(at),
        provenance: Provenance { actor: Some(actor.to_owned()), ..Provenance::default() },
        reason: None,
        break_glass: false,
        about: (kind == Kind::Approve).then(|| digest(to)),
        holds: Vec::new(),
        set: None,
        deleted: Vec::new(),
    }
}

/// A ledger of these entries, given newest first.
fn log(entries: Vec<Entry>) -> Log {
    Log {
        channel: Channel::parse("dev").unwrap(),
        current: entries.first().and_then(|entry| entry.to.clone()),
        head: entries.first().map(|entry| entry.record.clone()),
        entries,
        forks: Vec::new(),
        state: State::Clean,
        missing: Vec::new(),
        damaged: Vec::new(),
        claims: Vec::new(),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "reads better at every call")]
fn check(gates: &Gates, upstream: &Log, channel: &Log, now: &str, expected: expect_test::Expect) {
    let situation = Situation {
        bundle: &digest("new"),
        channel,
        upstream: Some(upstream),
        is_healthy: Some(false),
        is_signed: false,
        verdicts: &BTreeSet::from(["render".to_owned()]),
        now: time(now),
    };
    let lines = unmet(gates, &situation).into_iter().map(|unmet| format!("{unmet}\n"));
    expected.assert_eq(&lines.collect::<Vec<_>>().concat());
}

fn after_dev() -> Gates {
    Gates {
        after: Some(Channel::parse("dev").unwrap()),
        soak: Some(SignedDuration::from_mins(30)),
        ..Gates::default()
    }
}

#[test]
fn everything_that_is_not_met_is_said_at_once() {
    let gates = Gates {
        healthy: true,
        signed: true,
        approvals: Some(Approvals { count: 2, from: vec!["*@acme.example".to_owned()] }),
        verdicts: vec!["render".to_owned(), "policy".to_owned()],
        windows: vec![Window::parse("Mon-Thu 09:00-16:00 Europe/Berlin").unwrap()],
        freezes: vec![Freeze {
            from: time("2026-11-20T00:00:00Z"),
            until: time("2026-11-30T00:00:00Z"),
            reason: "black friday".to_owned(),
        }],
        ..after_dev()
    };
    let approvals = log(vec![
        entry(Kind::Approve, "", "new", "ann@acme.example", "2026-11-20T10:00:00Z"),
        entry(Kind::Approve, "", "new", "ann@acme.example", "2026-11-20T09:00:00Z"),
        entry(Kind::Approve, "", "new", "eve@evil.example", "2026-11-20T08:00:00Z"),
        entry(Kind::Approve, "", "old", "bob@acme.example", "2026-11-20T07:00:00Z"),
    ]);
    check(
        &gates,
        &log(Vec::new()),
        &approvals,
        "2026-11-20T12:00:00Z",
        expect![["
            the bundle was never on `dev`
            the environment before is not healthy
            2 approvals are needed, 1 given (by ann@acme.example)
            the bundle carries no signature that is trusted
            the check `policy` has no passing verdict
            moves are allowed again from 2026-11-23 08:00:00 UTC
            moves are frozen until 2026-11-30 00:00:00 UTC: black friday
        "]],
    );
    check(&Gates::default(), &log(Vec::new()), &approvals, "2026-11-20T12:00:00Z", expect![[""]]);
}

#[test]
fn a_bundle_soaks_from_when_it_came_until_it_left() {
    let there = vec![entry(Kind::Push, "old", "new", "ci", "2026-11-20T12:00:00Z")];
    let none = log(Vec::new());
    check(
        &after_dev(),
        &log(there.clone()),
        &none,
        "2026-11-20T12:29:59Z",
        expect![["
            the bundle must stay on `dev` until 2026-11-20 12:30:00 UTC
        "]],
    );
    check(&after_dev(), &log(there.clone()), &none, "2026-11-20T12:30:00Z", expect![[""]]);
    let gone = |at| {
        let left = vec![entry(Kind::Push, "new", "newer", "ci", at)];
        log(left.into_iter().chain(there.clone()).collect())
    };
    let later = "2026-11-21T00:00:00Z";
    check(
        &after_dev(),
        &gone("2026-11-20T12:10:00Z"),
        &none,
        later,
        expect![["
        the bundle was not on `dev` for long enough
    "]],
    );
    check(&after_dev(), &gone("2026-11-20T13:00:00Z"), &none, later, expect![[""]]);
}

#[test]
fn what_the_channel_before_rolled_back_does_not_go_on() {
    let mut back = entry(Kind::Rollback, "new", "old", "ann", "2026-11-20T13:00:00Z");
    back.holds.push(Hold {
        digest: Some(digest("new")),
        since: Ulid::nil(),
        at: back.at,
        actor: None,
        reason: Some("rolled back: it leaks".to_owned()),
    });
    let upstream = log(vec![back, entry(Kind::Push, "old", "new", "ci", "2026-11-20T12:00:00Z")]);
    check(
        &after_dev(),
        &upstream,
        &log(Vec::new()),
        "2026-11-20T14:00:00Z",
        expect![["
        `dev` refuses the bundle: rolled back: it leaks
    "]],
    );
}

#[test]
fn approvals_from_before_a_rollback_do_not_count() {
    let wanted = Approvals { count: 1, from: Vec::new() };
    let approve = |at| entry(Kind::Approve, "", "new", "ann", at);
    let rollback = entry(Kind::Rollback, "new", "old", "bob", "2026-11-20T12:00:00Z");
    let before = log(vec![rollback.clone(), approve("2026-11-20T11:00:00Z")]);
    assert!(approved_by(&before, &digest("new"), &wanted).is_empty());
    let after = log(vec![approve("2026-11-20T13:00:00Z"), rollback]);
    assert_eq!(approved_by(&after, &digest("new"), &wanted), ["ann"]);
}

#[test]
fn patterns_match_whole_names() {
    for (pattern, text, expected) in [
        ("*@acme.example", "ann@acme.example", true),
        ("*@acme.example", "ann@acme.example.evil", false),
        ("ann", "ann", true),
        ("ann", "anna", false),
        ("a*n*", "Ann", true),
        ("*", "", true),
        ("a*a", "a", false),
    ] {
        assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
    }
}

#[test]
fn windows_follow_the_clocks_of_their_zone() {
    let window = Window::parse("Mon-Fri 09:00-17:00 Europe/Berlin").unwrap();
    for (now, is_open) in [
        ("2026-11-20T07:59:59Z", false), // 08:59 in Berlin, a Friday in winter
        ("2026-11-20T08:00:00Z", true),
        ("2026-11-20T15:59:59Z", true),
        ("2026-11-20T16:00:00Z", false),
        ("2026-07-17T07:00:00Z", true),  // 09:00 in summer
        ("2026-11-21T10:00:00Z", false), // Saturday
    ] {
        assert_eq!(window.is_open(time(now)), is_open, "{now}");
    }
    let opens = window.next_opening(time("2026-11-20T20:00:00Z"));
    assert_eq!(opens, Some(time("2026-11-23T08:00:00Z")));
    assert!(Window::parse("Sat-Mon 00:00-24:00").unwrap().is_open(time("2026-11-22T23:59:59Z")));
    for text in
        ["", "Mon", "Mon 9-17", "Xyz 09:00-17:00", "* 17:00-09:00", "* 09:00-17:00 Mars/Base"]
    {
        assert!(Window::parse(text).is_err(), "{text}");
    }
}
