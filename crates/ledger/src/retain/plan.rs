//! Which tags stay and which go. Pure.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use oci_spec::image::Digest;
use serde::Serialize;

use crate::channel::Slot;
use crate::gate::matches;
use crate::retain::{RETENTION, Retention, is_expired, promised};
use crate::{Channel, Entry, Log};

/// A claim this old is left over from a writer that died.
const CLAIM_AGE: SignedDuration = SignedDuration::from_hours(24);

/// What a prune would do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PrunePlan {
    /// The tags that stay because the ledger needs them, with the reason.
    pub keep: Vec<Kept>,
    /// The tags that go, with the reason.
    pub delete: Vec<Doomed>,
    /// Bundles and records that no tag names afterwards.
    pub manifests: Vec<Digest>,
}

/// A tag that stays.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Kept {
    /// The tag.
    pub tag: String,
    /// Why it stays.
    pub why: String,
}

/// A tag that goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Doomed {
    /// The tag.
    pub tag: String,
    /// What it names.
    pub digest: Digest,
    /// The preview that goes with it as a whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<Channel>,
    /// Why it goes.
    pub why: String,
}

/// Whether a tag may be a version: neither a channel's nor one of the ledger's own.
pub(super) fn may_be_version(tag: &str, logs: &[Log]) -> bool {
    let is_channel = |log: &Log| log.channel.as_str() == tag || log.channel.head_tag() == tag;
    Channel::of_tag(tag).is_none() && Channel::parse(tag).is_ok() && !logs.iter().any(is_channel)
}

/// Plans a prune from everything that is known; `versions` are tags of bundles that the ledger knows.
pub(super) fn plan(
    retention: &Retention,
    now: Timestamp,
    tags: &[String],
    logs: &[Log],
    versions: &BTreeMap<String, Digest>,
) -> PrunePlan {
    let mut plan = PrunePlan::default();
    let mut live: BTreeSet<String> = BTreeSet::new();
    let mut bundles: BTreeMap<String, Digest> = BTreeMap::new();
    for log in logs {
        let moved = log.moves().filter_map(|entry| entry.to.clone());
        bundles.extend(moved.map(|digest| (digest.to_string(), digest)));
        if is_expired(log, retention, now) {
            expire(log, &mut plan);
        } else {
            let promised = promised(log, retention, now);
            live.extend(promised.iter().map(ToString::to_string));
            records(log, retention, now, &promised, &mut plan);
        }
    }
    for (tag, digest) in versions {
        let is_pinned = retention.pins.iter().any(|pattern| matches(pattern, tag));
        if is_pinned || live.contains(digest.as_ref()) {
            live.insert(digest.to_string());
            let why = if is_pinned { "pinned" } else { "names a bundle that stays" };
            plan.keep.push(Kept { tag: tag.clone(), why: why.to_owned() });
        } else {
            let why = "no channel can go back to it any more".to_owned();
            plan.delete.push(Doomed {
                tag: tag.clone(),
                digest: digest.clone(),
                channel: None,
                why,
            });
        }
    }
    stale_claims(tags, now, &mut plan);
    let bundles = bundles.into_iter().filter(|(key, _)| !live.contains(key));
    let records = plan.delete.iter().filter(|doomed| {
        Channel::of_tag(&doomed.tag).is_some_and(|(_, slot, _)| slot == Slot::Move)
    });
    let records = records.map(|doomed| doomed.digest.clone());
    plan.manifests = bundles.map(|(_, digest)| digest).chain(records).collect();
    plan
}

/// A preview goes as a whole: its tag, its head, and every record.
fn expire(log: &Log, plan: &mut PrunePlan) {
    let newest = log.entries.iter().map(|entry| entry.at).max();
    let why = newest.map(|at| format!("the preview was last moved at {at}")).unwrap_or_default();
    let mut doom = |tag: String, digest: &Digest| {
        let channel = Some(log.channel.clone());
        plan.delete.push(Doomed { tag, digest: digest.clone(), channel, why: why.clone() });
    };
    if let Some(current) = &log.current {
        doom(log.channel.to_string(), current);
    }
    for entry in &log.entries {
        doom(log.channel.move_tag(entry.id), &entry.record);
    }
    if let Some(head) = &log.head {
        doom(log.channel.head_tag(), head);
    }
}

/// Of a channel that goes on, the records of its newest line, its window and its candidates stay.
fn records(
    log: &Log,
    retention: &Retention,
    now: Timestamp,
    promised: &[Digest],
    plan: &mut PrunePlan,
) {
    let mut held = BTreeSet::new();
    for entry in &log.entries {
        let tag = log.channel.move_tag(entry.id);
        match reason_to_stay(entry, log, retention, now, promised, &mut held) {
            Some(why) => plan.keep.push(Kept { tag, why: why.to_owned() }),
            None => plan.delete.push(Doomed {
                tag,
                digest: entry.record.clone(),
                channel: None,
                why: format!("a {} of {}", entry.kind, crate::gate::told(entry.at)),
            }),
        }
    }
}

#[expect(clippy::too_many_arguments, reason = "one decision from everything that counts")]
fn reason_to_stay(
    entry: &Entry,
    log: &Log,
    retention: &Retention,
    now: Timestamp,
    promised: &[Digest],
    held: &mut BTreeSet<String>,
) -> Option<&'static str> {
    // The newest record of a move to each promised bundle is the one that holds it.
    let holds_candidate = entry.kind.is_move()
        && entry.to.as_ref().is_some_and(|to| promised.contains(to) && held.insert(to.to_string()));
    if log.head.as_ref() == Some(&entry.record) || log.forks.contains(&entry.record) {
        Some("the newest line")
    } else if log.channel.as_str() == RETENTION {
        Some("what was pruned stays known")
    } else if entry.at.duration_until(now) <= retention.window {
        Some("within the window")
    } else if holds_candidate {
        Some("holds a rollback candidate")
    } else {
        None
    }
}

fn stale_claims(tags: &[String], now: Timestamp, plan: &mut PrunePlan) {
    for tag in tags {
        let Some((_, Slot::Claim, id)) = Channel::of_tag(tag) else { continue };
        let millis = i64::try_from(id.timestamp_ms()).unwrap_or(i64::MAX);
        let Ok(at) = Timestamp::from_millisecond(millis) else { continue };
        if at.duration_until(now) > CLAIM_AGE {
            let (digest, channel) = (registry::sha256(b""), None);
            let why = format!("a claim of {at}");
            plan.delete.push(Doomed { tag: tag.clone(), digest, channel, why });
        }
    }
}
