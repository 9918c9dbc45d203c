//! What can go wrong between wharf and a registry, and when trying again makes sense.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use oci_spec::image::Digest;

use crate::Reference;

/// When a failed operation is worth another attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// The same request may work in a moment: the network broke, or the registry is unwell.
    Soon,
    /// The registry asked for this much patience.
    After(Duration),
    /// Not before somebody changes the reference, the credentials or the registry.
    WhenChanged,
}

/// The request that failed, as people quote it: `PUT /v2/acme/shop/manifests/1.4.2` on a host.
///
/// Query strings are left out: they hold signatures and upload state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestLine {
    /// The registry's name as the user wrote it, or the host that a redirect led to.
    pub host: String,
    /// The HTTP method.
    pub method: String,
    /// The path, without the query.
    pub path: String,
}

/// Why a registry, a layout folder or a credential source did not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The text is no reference to anything in a registry.
    #[error("`{text}` is no reference: {reason}")]
    BadReference {
        /// What was read, at most 512 characters.
        text: String,
        /// Which part is wrong.
        reason: String,
    },
    /// No answer came: no such host, refused, reset, timed out, or TLS failed.
    #[error("no answer from `{}` to {request}", request.host)]
    Unreachable {
        /// What was asked.
        request: RequestLine,
        /// What the network said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The registry wants credentials and none, or wrong ones, were given.
    #[error("`{}` asks for a login: {}", answer.request.host, answer)]
    Unauthorized {
        /// The refusal.
        answer: Box<Answer>,
    },
    /// The credentials are known, but not good for this.
    #[error("`{}` denies access: {}", answer.request.host, answer)]
    Denied {
        /// The refusal.
        answer: Box<Answer>,
    },
    /// The manifest, blob, repository or upload is not there.
    #[error("not found on `{}`: {}", answer.request.host, answer)]
    NotFound {
        /// The refusal.
        answer: Box<Answer>,
    },
    /// The registry cannot do this at all, for example delete a tag.
    #[error("`{}` does not support this: {}", answer.request.host, answer)]
    Unsupported {
        /// The refusal.
        answer: Box<Answer>,
    },
    /// Any other answer that means no, after the retries that it allowed.
    #[error("`{}` refused: {}", answer.request.host, answer)]
    Refused {
        /// The refusal.
        answer: Box<Answer>,
    },
    /// The answer breaks the protocol: no JSON, a missing header, an impossible redirect.
    #[error("`{}` answered {request} with something that is not OCI: {reason}", request.host)]
    Garbage {
        /// What was asked.
        request: RequestLine,
        /// What is wrong with the answer.
        reason: String,
    },
    /// The stored bytes are no manifest of the kind that they claim to be.
    #[error("`{reference}` is no image manifest or index")]
    BadManifest {
        /// Which one.
        reference: Box<Reference>,
        /// Where it does not parse.
        #[source]
        source: serde_json::Error,
    },
    /// The bytes are not the ones that the digest names.
    #[error("the bytes of {what} have digest `{found}` instead of `{expected}`")]
    DigestMismatch {
        /// What was read or written.
        what: String,
        /// The digest that was asked for.
        expected: Box<Digest>,
        /// The digest of what came.
        found: Box<Digest>,
    },
    /// More or fewer bytes came than the descriptor says.
    #[error("{what} has {found} bytes instead of {expected}")]
    SizeMismatch {
        /// What was read or written.
        what: String,
        /// The size in the descriptor.
        expected: u64,
        /// The size of what came; for an endless answer, where reading stopped.
        found: u64,
    },
    /// The content is larger than the caller accepts.
    #[error("{what} is larger than the limit of {limit} bytes")]
    TooLarge {
        /// What was read.
        what: String,
        /// The most bytes that are accepted.
        limit: u64,
    },
    /// A digest uses an algorithm that cannot be checked here.
    #[error("digest `{digest}` uses an algorithm other than sha256, sha384 and sha512")]
    UnknownAlgorithm {
        /// The digest.
        digest: Digest,
    },
    /// The tag is not where the caller believed it to be; nothing was written.
    #[error("{_0}")]
    TagMoved(Box<TagMoved>),
    /// A credential source (a docker config, a helper, a Secret) cannot be used.
    #[error("credentials from {origin} cannot be used: {reason}")]
    Credentials {
        /// Which file, helper or Secret; never its content.
        origin: String,
        /// What is wrong with it; never its content.
        reason: String,
    },
    /// The certificates, keys or proxy of the settings cannot be used.
    #[error("the connection settings cannot be used: {reason}")]
    BadSettings {
        /// What is wrong with them.
        reason: String,
    },
    /// The layout folder cannot be read or written.
    #[error("cannot {doing} `{}`", path.display())]
    Folder {
        /// `read`, `write`, `delete`, …
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// What the file system said.
        #[source]
        source: std::io::Error,
    },
    /// The layout folder is none, or its index breaks the format.
    #[error("`{}` is no OCI image layout: {reason}", path.display())]
    BadLayout {
        /// The folder or file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A local content store has no such blob, manifest or tag.
    #[error("{what} is not in the store")]
    Missing {
        /// The digest or name that was asked for.
        what: String,
    },
    /// The caller's own source of bytes failed while it was sent.
    #[error("cannot read the content to push")]
    Source {
        /// What the source said.
        #[source]
        source: std::io::Error,
    },
}

/// A registry's refusal: what was asked, the status, and the first error of its body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// What was asked.
    pub request: RequestLine,
    /// The HTTP status.
    pub status: u16,
    /// The registry's code, for example `MANIFEST_UNKNOWN`; empty when it gave none.
    pub code: String,
    /// The registry's text, one line of at most 300 characters; empty when it gave none.
    pub message: String,
    /// How long the registry asks to wait.
    pub retry_after: Option<Duration>,
}

/// A tag that is not where a writer believed it to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagMoved {
    /// The tag.
    pub reference: Reference,
    /// Where the writer believed it to be; `None` for a new tag.
    pub expected: Option<Digest>,
    /// Where it is; `None` when it does not exist.
    pub found: Option<Digest>,
}

impl Error {
    /// When trying again makes sense; the command line, the controllers and the console all ask this.
    pub fn retry(&self) -> Retry {
        match self {
            Self::Unreachable { .. }
            | Self::Garbage { .. }
            | Self::DigestMismatch { .. }
            | Self::SizeMismatch { .. }
            | Self::Source { .. }
            | Self::Folder { .. } => Retry::Soon,
            Self::Refused { answer } => match answer.retry_after {
                Some(wait) => Retry::After(wait),
                None if is_passing(answer.status) => Retry::Soon,
                None => Retry::WhenChanged,
            },
            Self::BadReference { .. }
            | Self::Unauthorized { .. }
            | Self::Denied { .. }
            | Self::NotFound { .. }
            | Self::Unsupported { .. }
            | Self::TooLarge { .. }
            | Self::UnknownAlgorithm { .. }
            | Self::TagMoved(_)
            | Self::Credentials { .. }
            | Self::BadSettings { .. }
            | Self::BadLayout { .. }
            | Self::BadManifest { .. }
            | Self::Missing { .. } => Retry::WhenChanged,
        }
    }

    /// Whether the thing asked for does not exist, in a registry or in a store.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::NotFound { .. } | Self::Missing { .. })
    }

    /// The refusal behind this error, when a registry answered with one.
    pub fn answer(&self) -> Option<&Answer> {
        match self {
            Self::Unauthorized { answer }
            | Self::Denied { answer }
            | Self::NotFound { answer }
            | Self::Unsupported { answer }
            | Self::Refused { answer } => Some(answer),
            _ => None,
        }
    }

    /// The error that a refusal means.
    pub(crate) fn refused(answer: Answer) -> Self {
        let unsupported = answer.code == "UNSUPPORTED" || answer.status == 405;
        let answer = Box::new(answer);
        match answer.status {
            401 => Self::Unauthorized { answer },
            403 => Self::Denied { answer },
            404 => Self::NotFound { answer },
            _ if unsupported => Self::Unsupported { answer },
            _ => Self::Refused { answer },
        }
    }
}

/// Whether a status speaks of the moment rather than of the request.
pub(crate) fn is_passing(status: u16) -> bool {
    matches!(status, 408 | 425 | 429 | 500 | 502 | 503 | 504)
}

fn at(digest: Option<&Digest>) -> String {
    digest.map_or_else(|| "absent".to_owned(), |digest| format!("at `{digest}`"))
}

impl fmt::Display for RequestLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)
    }
}

impl fmt::Display for TagMoved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (found, expected) = (at(self.found.as_ref()), at(self.expected.as_ref()));
        write!(f, "`{}` has moved: it is {found}, not {expected}", self.reference)
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.status)?;
        if !self.code.is_empty() {
            write!(f, " {}", self.code)?;
        }
        write!(f, " to {}", self.request)?;
        if !self.message.is_empty() {
            write!(f, ": {}", self.message)?;
        }
        Ok(())
    }
}
