//! Why a question could not be answered.

use registry::Retry;

/// A question without an answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The API server did not answer.
    #[error("cannot read {what} from the cluster")]
    Cluster {
        /// What was asked for.
        what: String,
        /// Why not.
        #[source]
        source: Box<cluster::Error>,
    },
    /// There is no such object.
    #[error("`{object}` does not exist")]
    NotFound {
        /// `Kind/namespace/name`.
        object: String,
    },
    /// No Kustomization has applied the object, so there is nothing to tell about its delivery.
    #[error("`{object}` was not delivered by a Kustomization")]
    NotDelivered {
        /// `Kind/namespace/name`.
        object: String,
    },
    /// There is no such app.
    #[error("no source in the cluster follows an app named `{app}`")]
    UnknownApp {
        /// The name asked for.
        app: String,
    },
    /// The text does not name an object.
    #[error("`{text}` does not name an object; write `KIND/NAME`")]
    Target {
        /// The text.
        text: String,
    },
}

impl Error {
    /// Says when asking again may help.
    pub fn retry(&self) -> Retry {
        match self {
            Self::Cluster { source, .. } if !source.is_refusal() => Retry::Soon,
            _ => Retry::WhenChanged,
        }
    }
}
