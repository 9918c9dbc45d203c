//! Why the API server did not do what was asked.

/// A request that failed, or a cluster that cannot be reached.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The kubeconfig, the service account or the address cannot be used.
    #[error("no usable cluster configuration: {reason}")]
    Configuration {
        /// What is missing or wrong.
        reason: String,
    },
    /// No answer came.
    #[error("no answer from the API server to {request}: {reason}")]
    Unreachable {
        /// Method and path.
        request: String,
        /// What the network said.
        reason: String,
    },
    /// The API server said no.
    #[error("{message}")]
    Refused {
        /// HTTP status.
        code: u16,
        /// Machine-readable reason, such as `Invalid` or `Forbidden`; may be empty.
        reason: String,
        /// The server's explanation.
        message: String,
    },
    /// The answer is not what an API server answers.
    #[error("the API server answered {request} with something unreadable: {reason}")]
    Garbage {
        /// Method and path.
        request: String,
        /// What is wrong with it.
        reason: String,
    },
    /// No such kind is served.
    #[error("no matches for kind \"{kind}\" in version \"{api_version}\"")]
    UnknownKind {
        /// Kind.
        kind: String,
        /// API version, or the group when no version was asked for.
        api_version: String,
    },
    /// A namespaced object names no namespace.
    #[error("namespace not specified")]
    NoNamespace,
}

impl Error {
    /// Tells whether the thing asked for does not exist.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Refused { code: 404, .. })
    }

    /// Tells whether somebody else wrote in between, or the object exists already.
    pub fn is_conflict(&self) -> bool {
        matches!(self, Self::Refused { code: 409, .. })
    }

    /// Tells whether the server said no for good, rather than failed for the moment.
    pub fn is_refusal(&self) -> bool {
        match self {
            Self::Refused { code, .. } => *code < 500 && *code != 429,
            Self::UnknownKind { .. } | Self::NoNamespace => true,
            _ => false,
        }
    }

    /// The machine-readable reason, empty when there is none.
    pub fn reason(&self) -> &str {
        match self {
            Self::Refused { reason, .. } => reason,
            Self::UnknownKind { .. } => "NotFound",
            _ => "",
        }
    }

    /// Puts a client library's error into this crate's words.
    pub(crate) fn from_kube(error: kube::Error, request: &str) -> Self {
        match error {
            kube::Error::Api(status) => Self::Refused {
                code: status.code,
                reason: status.reason.clone(),
                message: status.message.clone(),
            },
            kube::Error::SerdeError(source) => {
                Self::Garbage { request: request.to_owned(), reason: source.to_string() }
            }
            other => Self::Unreachable { request: request.to_owned(), reason: causes(&other) },
        }
    }
}

/// An error and what is behind it, each said once.
fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let said = cause.to_string();
        if !text.contains(&said) {
            text = format!("{text}: {said}");
        }
        next = cause.source();
    }
    text
}
