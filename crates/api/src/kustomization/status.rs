//! What is known about a delivery.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::inventory::Inventory;

/// What a Kustomization last tried, applied and owns.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct KustomizationStatus {
    /// The generation that was last acted upon.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// Ready, Reconciling, Stalled, Healthy.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Condition>,
    /// The last revision that was applied wholly.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_applied_revision: Option<String>,
    /// The commit that the last applied revision came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_applied_origin_revision: Option<String>,
    /// The last revision that was tried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_attempted_revision: Option<String>,
    /// The value of `reconcile.fluxcd.io/requestedAt` that was last acted upon.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_handled_reconcile_at: Option<String>,
    /// The objects that are owned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inventory: Option<Inventory>,
    /// The last five different outcomes, newest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub history: Vec<Snapshot>,
}

/// One outcome, and how often it came about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Snapshot {
    /// Digest of the built YAML.
    pub digest: String,
    /// When this outcome came first.
    pub first_reconciled: Time,
    /// When this outcome came last.
    pub last_reconciled: Time,
    /// How long the last reconciliation took, as Go writes durations.
    pub last_reconciled_duration: String,
    /// The reason of `Ready` at its end.
    pub last_reconciled_status: String,
    /// How often it came.
    pub total_reconciliations: i64,
    /// `revision` and `originRevision`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<BTreeMap<String, String>>,
}

impl KustomizationStatus {
    /// How many outcomes are kept.
    pub const HISTORY_LIMIT: usize = 5;

    /// Enters an outcome into the history.
    ///
    /// An outcome with the same digest and status as a known one renews that one and moves it to the
    /// front; `snapshot.first_reconciled` and `snapshot.total_reconciliations` count only for a new one.
    pub fn record(&mut self, mut snapshot: Snapshot) {
        let same = |old: &Snapshot| {
            old.digest == snapshot.digest
                && old.last_reconciled_status == snapshot.last_reconciled_status
        };
        if let Some(position) = self.history.iter().position(same) {
            let old = self.history.remove(position);
            snapshot.first_reconciled = old.first_reconciled;
            snapshot.total_reconciliations = old.total_reconciliations + 1;
        }
        self.history.insert(0, snapshot);
        self.history.truncate(Self::HISTORY_LIMIT);
    }
}

#[cfg(test)]
mod tests {
    use super::{KustomizationStatus, Snapshot, Time};
    use k8s_openapi::jiff::Timestamp;

    fn outcome(digest: &str, second: i64) -> Snapshot {
        let time = Time(Timestamp::from_second(second).unwrap());
        Snapshot {
            digest: digest.to_owned(),
            first_reconciled: time.clone(),
            last_reconciled: time,
            last_reconciled_duration: "1s".to_owned(),
            last_reconciled_status: "ReconciliationSucceeded".to_owned(),
            total_reconciliations: 1,
            metadata: None,
        }
    }

    #[test]
    fn the_same_outcome_is_counted_and_others_are_kept_up_to_five() {
        let mut status = KustomizationStatus::default();
        for (second, digest) in ["a", "b", "a", "c", "d", "e", "f"].iter().enumerate() {
            status.record(outcome(digest, i64::try_from(second).unwrap()));
        }
        let seen: Vec<_> =
            status.history.iter().map(|s| (s.digest.as_str(), s.total_reconciliations)).collect();
        assert_eq!(seen, [("f", 1), ("e", 1), ("d", 1), ("c", 1), ("a", 2)]);
        assert_eq!(status.history[4].first_reconciled.0.as_second(), 0);
    }
}
