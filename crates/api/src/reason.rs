//! The closed sets of condition and event reasons, in Flux's spelling.

use crate::stage::Stage;

/// Declares a closed reason enum with its exact strings and stages.
macro_rules! reasons {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident => $stage:ident,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$variant_doc])* $variant,)+ }

        impl $name {
            /// Every reason of this kind.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The reason as it stands in conditions and events.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => stringify!($variant),)+ }
            }

            /// Reads a reason; `None` when it is not one of this kind's.
            pub fn parse(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|reason| reason.as_str() == text)
            }

            /// The stage that the reason speaks about.
            pub const fn stage(self) -> Stage {
                match self { $(Self::$variant => Stage::$stage,)+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }
    };
}

reasons! {
    /// Why a source (OCIRepository, Bucket, GitRepository, ExternalArtifact) is as it is.
    ///
    /// # Source
    ///
    /// Flux 2.9, source-controller API v1 and `pkg/apis/meta`.
    SourceReason {
        /// The artifact is there.
        Succeeded => Source,
        /// Work is going on.
        Progressing => Source,
        /// Work goes on after a failure.
        ProgressingWithRetry => Source,
        /// The registry has a revision that is not stored yet.
        NewRevision => Source,
        /// An event: a new artifact was stored.
        NewArtifact => Source,
        /// Nothing new upstream.
        ArtifactUpToDate => Source,
        /// The registry refused the credentials, or they could not be read.
        AuthenticationFailed => Source,
        /// The URL in the spec cannot be used.
        URLInvalid => Source,
        /// A tag, digest or tag list could not be read.
        ReadOperationFailed => Source,
        /// The manifest or a blob could not be pulled.
        OCIArtifactPullFailed => Source,
        /// The layer is not a safe archive.
        OCIArtifactLayerOperationFailed => Source,
        /// A storage folder could not be made.
        DirectoryCreationFailed => Source,
        /// A stored file could not be inspected.
        StatOperationFailed => Source,
        /// A path in the spec or the archive is not usable.
        InvalidPath => Source,
        /// The artifact could not be archived.
        ArchiveOperationFailed => Source,
        /// The object could not be patched.
        PatchOperationFailed => Source,
        /// The `latest` link could not be moved.
        SymlinkUpdateFailed => Source,
        /// The spec asks for something that is switched off or not served.
        FeatureGateDisabled => Source,
        /// Old artifacts were removed.
        GarbageCollectionSucceeded => Source,
        /// Old artifacts could not be removed.
        GarbageCollectionFailed => Source,
        /// The ignore rules could not be read.
        SourceIgnoreError => Source,
        /// A stored artifact no longer has its digest.
        ArtifactVerificationFailed => Source,
        /// A signature is missing or wrong.
        VerificationError => Verify,
        /// An ExternalArtifact's own verification failed.
        VerificationFailed => Verify,
        /// A failed fetch (ExternalArtifact).
        FetchFailed => Source,
        /// A failed write (ExternalArtifact).
        StorageOperationFailed => Source,
        /// A bucket refused (Bucket).
        BucketOperationFailed => Source,
        /// Git refused (GitRepository).
        GitOperationFailed => Source,
        /// An included repository is not there (GitRepository).
        IncludeUnavailable => Source,
    }
}

reasons! {
    /// Why a Kustomization is as it is.
    ///
    /// # Source
    ///
    /// Flux 2.9, kustomize-controller API v1 and `pkg/apis/meta`.
    KustomizationReason {
        /// The revision is applied, and healthy where that was asked for.
        ReconciliationSucceeded => Rollout,
        /// An object was refused by the API server.
        ReconciliationFailed => Apply,
        /// The bundle does not become a set of objects.
        BuildFailed => Build,
        /// The source, its artifact or the path in it is not there.
        ArtifactFailed => Source,
        /// Another Kustomization has to be ready first.
        DependencyNotReady => Apply,
        /// A stale object could not be deleted.
        PruneFailed => Apply,
        /// An object did not become healthy.
        HealthCheckFailed => Rollout,
        /// Waiting ended because a newer revision came.
        HealthCheckCanceled => Rollout,
        /// An expression in the spec does not compile.
        InvalidCELExpression => Build,
        /// A reference into another namespace is not allowed.
        AccessDenied => Source,
        /// The spec asks for something that is switched off or not served.
        FeatureGateDisabled => Build,
        /// A working folder could not be made.
        DirectoryCreationFailed => Build,
        /// All objects are healthy (condition `Healthy`).
        Succeeded => Rollout,
        /// Work is going on; the source is there, so it starts with the build.
        Progressing => Build,
        /// Work goes on after a failure; `Ready` has the reason of the failure.
        ProgressingWithRetry => Build,
    }
}

reasons! {
    /// Why a Receiver is as it is; what it triggers is a source's fetch.
    ///
    /// # Source
    ///
    /// Flux 2.9, notification-controller API v1.
    ReceiverReason {
        /// The webhook path is served.
        Succeeded => Source,
        /// The Secret with the token is not there or has no token.
        TokenNotFound => Source,
        /// The spec contradicts itself or asks for something that is not served.
        ValidationFailed => Source,
        /// An expression in the spec does not compile.
        InvalidCELExpression => Source,
        /// Work is going on.
        Progressing => Source,
        /// Work goes on after a failure.
        ProgressingWithRetry => Source,
    }
}
