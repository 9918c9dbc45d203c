//! Why a delivery, a source or a receiver is not as it should be.

use std::error::Error as _;

use api::{KustomizationReason, ReceiverReason, SourceReason, Stage};
use cluster::ApplyFailure;
use registry::Retry;

/// A failure of exactly one stage.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The object itself cannot be read.
    #[error("the object cannot be read")]
    Unreadable(#[source] serde_json::Error),
    /// The spec asks for something that this engine does not do; it is never passed over.
    #[error("{field} is not supported by this engine")]
    Unsupported {
        /// The field, such as `spec.decryption`.
        field: String,
    },
    /// The source's URL cannot be used.
    #[error("{reason}")]
    Url {
        /// What is wrong with it.
        reason: String,
    },
    /// Secrets for the registry are not there or unusable.
    #[error("failed to configure authentication: {reason}")]
    Authentication {
        /// Which one, and what is wrong; never its content.
        reason: String,
    },
    /// The tag or digest to follow could not be found out.
    #[error("failed to determine the artifact revision of '{reference}'")]
    Resolve {
        /// What was looked for.
        reference: String,
        /// What the registry said.
        #[source]
        source: registry::Error,
    },
    /// No tag fits.
    #[error("failed to determine the artifact tag for '{url}': {reason}")]
    NoTag {
        /// The repository.
        url: String,
        /// Why none fits.
        reason: String,
    },
    /// The manifest or a layer could not be pulled.
    #[error("failed to pull artifact from '{reference}'")]
    Pull {
        /// What was pulled.
        reference: String,
        /// What the registry said.
        #[source]
        source: registry::Error,
    },
    /// The registry did not answer in the time that the source allows.
    #[error("the registry of '{url}' did not deliver within {seconds} s")]
    Slow {
        /// The repository.
        url: String,
        /// `spec.timeout` in seconds.
        seconds: u64,
    },
    /// The layer is not a safe archive, or not there.
    #[error("failed to extract layer contents from artifact '{reference}'")]
    Layer {
        /// What was pulled.
        reference: String,
        /// Why it was refused.
        #[source]
        source: Box<bundle::Error>,
    },
    /// The signature is not as demanded.
    #[error("failed to verify the signature using provider '{provider}'")]
    Verify {
        /// The way of verification.
        provider: String,
        /// What is missing.
        #[source]
        source: trust::Error,
    },
    /// The source of a Kustomization, or its content, is not there.
    #[error("{reason}")]
    Artifact {
        /// What is missing.
        reason: String,
        /// Whether the source's own change will bring it, so that waiting is enough.
        is_pending: bool,
    },
    /// The source is in a namespace that may not be referred to.
    #[error("{reason}")]
    Access {
        /// Which reference.
        reason: String,
    },
    /// Another Kustomization has to be ready first.
    #[error("{reason}")]
    Dependency {
        /// Which one, and why it is not.
        reason: String,
    },
    /// The bundle does not become a set of objects.
    #[error("{reason}")]
    Build {
        /// What is wrong, with file and line where known.
        reason: String,
    },
    /// The API server refused objects; all of them are named.
    #[error("{0}")]
    Apply(ApplyFailure),
    /// Stale objects could not be deleted; all of them are named.
    #[error("{reason}")]
    Prune {
        /// One sentence per object.
        reason: String,
    },
    /// Objects did not become healthy; all of them are named.
    #[error("{reason}")]
    Unhealthy {
        /// Which, and the first cause of each.
        reason: String,
    },
    /// Waiting for health ended because there is something newer to deliver.
    #[error("health check canceled: a newer revision or spec has to be delivered")]
    Superseded,
    /// The API server could not be asked.
    #[error("the API server did not answer")]
    Cluster(#[source] cluster::Error),
    /// The token of a receiver is not there.
    #[error("{reason}")]
    Token {
        /// Which Secret or key.
        reason: String,
    },
    /// A receiver's spec contradicts itself.
    #[error("{reason}")]
    Invalid {
        /// How.
        reason: String,
    },
}

impl Error {
    /// The reason that conditions and events carry, in Flux's words.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Unsupported { .. } => KustomizationReason::FeatureGateDisabled.as_str(),
            Self::Url { .. } => SourceReason::URLInvalid.as_str(),
            Self::Authentication { .. } => SourceReason::AuthenticationFailed.as_str(),
            Self::Resolve { .. } | Self::NoTag { .. } => SourceReason::ReadOperationFailed.as_str(),
            Self::Pull { .. } | Self::Slow { .. } => SourceReason::OCIArtifactPullFailed.as_str(),
            Self::Layer { .. } => SourceReason::OCIArtifactLayerOperationFailed.as_str(),
            Self::Verify { .. } => SourceReason::VerificationError.as_str(),
            Self::Artifact { .. } => KustomizationReason::ArtifactFailed.as_str(),
            Self::Access { .. } => KustomizationReason::AccessDenied.as_str(),
            Self::Dependency { .. } => KustomizationReason::DependencyNotReady.as_str(),
            Self::Unreadable(_) | Self::Build { .. } => KustomizationReason::BuildFailed.as_str(),
            Self::Apply(_) | Self::Cluster(_) => KustomizationReason::ReconciliationFailed.as_str(),
            Self::Prune { .. } => KustomizationReason::PruneFailed.as_str(),
            Self::Unhealthy { .. } => KustomizationReason::HealthCheckFailed.as_str(),
            Self::Superseded => KustomizationReason::HealthCheckCanceled.as_str(),
            Self::Token { .. } => ReceiverReason::TokenNotFound.as_str(),
            Self::Invalid { .. } => ReceiverReason::ValidationFailed.as_str(),
        }
    }

    /// The one stage that failed.
    pub fn stage(&self) -> Stage {
        match self {
            Self::Url { .. }
            | Self::Authentication { .. }
            | Self::Resolve { .. }
            | Self::NoTag { .. }
            | Self::Pull { .. }
            | Self::Slow { .. }
            | Self::Layer { .. }
            | Self::Artifact { .. }
            | Self::Access { .. }
            | Self::Token { .. }
            | Self::Invalid { .. } => Stage::Source,
            Self::Verify { .. } => Stage::Verify,
            Self::Unreadable(_) | Self::Unsupported { .. } | Self::Build { .. } => Stage::Build,
            Self::Dependency { .. } | Self::Apply(_) | Self::Prune { .. } | Self::Cluster(_) => {
                Stage::Apply
            }
            Self::Unhealthy { .. } | Self::Superseded => Stage::Rollout,
        }
    }

    /// When another attempt makes sense.
    pub fn retry(&self) -> Retry {
        match self {
            Self::Resolve { source, .. } | Self::Pull { source, .. } => source.retry(),
            Self::Verify { source, .. } => source.retry(),
            Self::Superseded | Self::Slow { .. } | Self::Cluster(_) => Retry::Soon,
            _ => Retry::WhenChanged,
        }
    }

    /// Tells whether only a change of the object can help, so that trying again is pointless.
    pub fn is_stalling(&self) -> bool {
        matches!(
            self,
            Self::Unreadable(_)
                | Self::Unsupported { .. }
                | Self::Url { .. }
                | Self::Access { .. }
                | Self::Invalid { .. }
        )
    }

    /// The whole story in one line: what was attempted, then each cause once.
    pub fn sentence(&self) -> String {
        let mut text = self.to_string();
        let mut next = self.source();
        while let Some(cause) = next {
            let said = cause.to_string();
            if !text.contains(&said) {
                text = format!("{text}: {said}");
            }
            next = cause.source();
        }
        text
    }
}

impl From<cluster::Error> for Error {
    fn from(error: cluster::Error) -> Self {
        Self::Cluster(error)
    }
}
