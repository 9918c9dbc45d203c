//! The labels and annotations by which an object steers its own delivery.

use manifest::Object;

use crate::fields::{Fields, metadata};

/// The prefix of every mark.
const PREFIX: &str = "kustomize.toolkit.fluxcd.io";

/// How an object's own marks say that it is to be applied.
///
/// # Source
///
/// facts/flux.md §4.6, the table of `ssa`, `force`, `prune` and `reconcile`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApplyMode {
    /// Fields are taken over from known earlier managers; the default.
    Override,
    /// Fields of other managers are left to them.
    Merge,
    /// The object is created, never updated.
    IfNotPresent,
    /// The object is left alone.
    Ignore,
}

/// Why an object is not applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Skip {
    /// `ssa: Ignore`, on the desired or the live object.
    Ignored,
    /// `reconcile: disabled`, on the desired or the live object.
    Disabled,
    /// `ssa: IfNotPresent`, and the object exists.
    Present,
}

/// What is to happen to one desired object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judgement {
    /// Dry-run it, compare, and apply it when it differs.
    Apply,
    /// Leave it alone; it stays in the inventory.
    Skip(Skip),
}

/// Decides from the marks on both sides whether an object may be applied.
pub fn judge(desired: &Object, live: Option<&Fields>) -> Judgement {
    let sides = || std::iter::once(&desired.value).chain(live);
    if sides().any(|side| is(side, "reconcile", "disabled")) {
        Judgement::Skip(Skip::Disabled)
    } else if sides().any(|side| mode(side) == ApplyMode::Ignore) {
        Judgement::Skip(Skip::Ignored)
    } else if live.is_some() && mode(&desired.value) == ApplyMode::IfNotPresent {
        Judgement::Skip(Skip::Present)
    } else {
        Judgement::Apply
    }
}

/// Tells whether the object may be deleted and created again when a field cannot be changed.
///
/// `policy` is the Kustomization's own `spec.force`.
pub fn is_forced(desired: &Object, live: Option<&Fields>, policy: bool) -> bool {
    policy || std::iter::once(&desired.value).chain(live).any(|side| is(side, "force", "enabled"))
}

/// Tells whether fields of other managers must be left to them (`ssa: Merge`).
pub fn keeps_foreign_managers(desired: &Object, live: Option<&Fields>) -> bool {
    std::iter::once(&desired.value).chain(live).any(|side| mode(side) == ApplyMode::Merge)
}

/// Tells whether a live object says that it must never be garbage-collected.
pub(crate) fn is_kept(live: &Fields) -> bool {
    is(live, "prune", "disabled") || is(live, "reconcile", "disabled")
}

fn mode(object: &Fields) -> ApplyMode {
    if is(object, "ssa", "Ignore") {
        ApplyMode::Ignore
    } else if is(object, "ssa", "IfNotPresent") {
        ApplyMode::IfNotPresent
    } else if is(object, "ssa", "Merge") {
        ApplyMode::Merge
    } else {
        ApplyMode::Override
    }
}

fn is(object: &Fields, mark: &str, value: &str) -> bool {
    let key = format!("{PREFIX}/{mark}");
    ["labels", "annotations"]
        .iter()
        .filter_map(|which| metadata(object, which, &key))
        .any(|found| found.eq_ignore_ascii_case(value))
}
