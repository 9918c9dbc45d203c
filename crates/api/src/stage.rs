//! The stage to which every failure belongs.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::reason::{KustomizationReason, ReceiverReason, SourceReason};

/// Where on the road from registry to running workload something happened.
///
/// The order is the order of the road. Every failure belongs to exactly one stage; the command line,
/// conditions, events, metrics and the dashboard all speak this enum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Stage {
    /// The registry did not give the bundle: unreachable, refused, unknown tag, broken bytes.
    Source,
    /// The bundle's signature or provenance is not what the source demands.
    Verify,
    /// The bundle does not become a set of objects: path, kustomization, substitution, YAML.
    Build,
    /// The API server refused an object, or a stale one could not be deleted.
    Apply,
    /// Objects are applied and do not become healthy.
    Rollout,
}

impl Stage {
    /// All stages in the order of the road.
    pub const ALL: [Self; 5] =
        [Self::Source, Self::Verify, Self::Build, Self::Apply, Self::Rollout];

    /// The stage's name as shown everywhere.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Source => "Source",
            Self::Verify => "Verify",
            Self::Build => "Build",
            Self::Apply => "Apply",
            Self::Rollout => "Rollout",
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Tells the stage that a condition of a Flux object speaks about.
///
/// `kind` is the object's kind, `condition` the condition's type and `reason` its reason. Covers every
/// reason that Flux 2.9 writes to sources, Kustomizations and Receivers, whoever wrote it: wharf's
/// engine or Flux's controllers. `None` when the kind or the reason is not one of theirs.
pub fn stage_of(kind: &str, condition: &str, reason: &str) -> Option<Stage> {
    match kind {
        "OCIRepository" | "GitRepository" | "Bucket" | "ExternalArtifact" => {
            let stage = SourceReason::parse(reason)?.stage();
            Some(if condition == "SourceVerified" { Stage::Verify } else { stage })
        }
        "Kustomization" => {
            let stage = KustomizationReason::parse(reason)?.stage();
            Some(if condition == "Healthy" { Stage::Rollout } else { stage })
        }
        "Receiver" => Some(ReceiverReason::parse(reason)?.stage()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Stage, stage_of};

    #[test]
    fn each_failure_has_the_stage_a_person_would_name() {
        let cases = [
            ("OCIRepository", "FetchFailed", "AuthenticationFailed", Stage::Source),
            ("OCIRepository", "FetchFailed", "OCIArtifactLayerOperationFailed", Stage::Source),
            ("OCIRepository", "Ready", "VerificationError", Stage::Verify),
            ("OCIRepository", "SourceVerified", "Succeeded", Stage::Verify),
            ("Kustomization", "Ready", "ArtifactFailed", Stage::Source),
            ("Kustomization", "Ready", "BuildFailed", Stage::Build),
            ("Kustomization", "Ready", "ReconciliationFailed", Stage::Apply),
            ("Kustomization", "Ready", "PruneFailed", Stage::Apply),
            ("Kustomization", "Ready", "HealthCheckFailed", Stage::Rollout),
            ("Kustomization", "Healthy", "Progressing", Stage::Rollout),
        ];
        for (kind, condition, reason, stage) in cases {
            assert_eq!(stage_of(kind, condition, reason), Some(stage), "{kind} {reason}");
        }
    }

    #[test]
    fn a_reason_of_somebody_else_has_no_stage() {
        assert_eq!(stage_of("Kustomization", "Ready", "OCIArtifactPullFailed"), None);
        assert_eq!(stage_of("Deployment", "Ready", "Succeeded"), None);
    }
}
