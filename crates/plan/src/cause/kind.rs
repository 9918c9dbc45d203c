//! The kinds of cause, most telling first.

use std::fmt;

/// What went wrong, in the order of preference when several things did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
pub enum CauseKind {
    /// The registry does not have the image.
    ImageNotFound,
    /// The image reference cannot be parsed.
    ImageNameInvalid,
    /// A named image pull secret does not exist.
    PullSecretMissing,
    /// The registry refuses the pull.
    ImageRefused,
    /// The image has no variant for the node.
    ImagePlatform,
    /// The registry cannot be reached or answers errors.
    RegistryUnreachable,
    /// The pull fails in another way.
    ImagePull,
    /// A ConfigMap, a Secret or a key that the container refers to does not exist.
    ConfigMissing,
    /// The container cannot be set up as described.
    ContainerConfig,
    /// The container was killed for using too much memory.
    OutOfMemory,
    /// A liveness or startup probe fails, so the container is restarted.
    LivenessFailing,
    /// The process ends again and again.
    CrashLoop,
    /// The process has ended with an error.
    Crashed,
    /// The container's command cannot be started.
    StartFailed,
    /// No node takes the pod.
    Unschedulable,
    /// A volume claim is not bound.
    VolumeUnbound,
    /// A volume cannot be mounted or attached.
    VolumeMount,
    /// The pod's network or sandbox cannot be made.
    Sandbox,
    /// The pod was evicted or refused by its node.
    Evicted,
    /// A readiness probe fails.
    ReadinessFailing,
    /// A resource quota or limit range forbids the pod.
    QuotaExceeded,
    /// The service account does not exist.
    ServiceAccountMissing,
    /// Admission (pod security, a webhook, a policy) refuses the pod.
    AdmissionDenied,
    /// Pods cannot be created for another reason.
    CreateFailed,
    /// A Job has used up its retries.
    RetriesUsedUp,
    /// A deadline has passed.
    DeadlineExceeded,
    /// The object says so itself in a condition.
    Condition,
}

impl CauseKind {
    /// Tells whether the cause is about pulling an image.
    pub fn is_about_image(self) -> bool {
        self <= Self::ImagePull && self != Self::PullSecretMissing
    }

    /// Says it of a named image.
    pub(super) fn about_image(self, image: &str) -> String {
        match self {
            Self::ImageNotFound => format!("image `{image}` does not exist"),
            Self::ImageNameInvalid => format!("`{image}` is not an image name"),
            Self::ImageRefused => format!("the registry refuses the pull of image `{image}`"),
            Self::ImagePlatform => format!("image `{image}` has no variant for the node"),
            Self::RegistryUnreachable => format!("the registry of image `{image}` does not answer"),
            _ => format!("image `{image}` cannot be pulled"),
        }
    }

    /// Says it in general, lower case, without a period.
    pub fn phrase(self) -> &'static str {
        match self {
            Self::ImageNotFound => "the image does not exist",
            Self::ImageNameInvalid => "the image name is invalid",
            Self::PullSecretMissing => "the image pull secret does not exist",
            Self::ImageRefused => "the registry refuses the pull",
            Self::ImagePlatform => "the image has no variant for the node",
            Self::RegistryUnreachable => "the registry does not answer",
            Self::ImagePull => "the image cannot be pulled",
            Self::ConfigMissing => "a ConfigMap, Secret or key that it refers to does not exist",
            Self::ContainerConfig => "the container cannot be set up as described",
            Self::OutOfMemory => "the container was killed for using too much memory",
            Self::LivenessFailing => "the liveness probe fails, so the container is restarted",
            Self::CrashLoop => "the process keeps exiting",
            Self::Crashed => "the process has exited",
            Self::StartFailed => "the container's command cannot be started",
            Self::Unschedulable => "no node takes the pod",
            Self::VolumeUnbound => "a volume claim is not bound",
            Self::VolumeMount => "a volume cannot be mounted",
            Self::Sandbox => "the pod's network cannot be set up",
            Self::Evicted => "the node gave the pod up",
            Self::ReadinessFailing => "the readiness probe fails",
            Self::QuotaExceeded => "the resource quota forbids the pod",
            Self::ServiceAccountMissing => "the service account does not exist",
            Self::AdmissionDenied => "admission refuses the pod",
            Self::CreateFailed => "pods cannot be created",
            Self::RetriesUsedUp => "the job has used up its retries",
            Self::DeadlineExceeded => "the deadline has passed",
            Self::Condition => "the object reports a failure",
        }
    }
}

impl fmt::Display for CauseKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}
