//! in-toto statements: something is said about some digests.

use std::collections::BTreeMap;

use oci_spec::image::Digest;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Error;

/// The predicate of a plain cosign signature: "I signed this", and nothing else.
pub const SIGN_PREDICATE: &str = "https://sigstore.dev/cosign/sign/v1";

/// The statement types that are read; the first is written.
const TYPES: [&str; 2] = ["https://in-toto.io/Statement/v1", "https://in-toto.io/Statement/v0.1"];

/// A predicate about subjects.
///
/// # Source
///
/// in-toto Attestation Framework, "Statement" v1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    #[serde(rename = "_type")]
    kind: String,
    /// What is spoken of.
    pub subject: Vec<Subject>,
    /// The type of the predicate, a URI.
    #[serde(rename = "predicateType")]
    pub predicate_type: String,
    /// What is said.
    #[serde(default)]
    pub predicate: Value,
}

/// One thing that a statement speaks of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// Its name; means nothing for the verification.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its digests, by algorithm.
    pub digest: BTreeMap<String, String>,
}

impl Statement {
    /// A statement about one digest.
    pub fn new(subject: &Digest, predicate_type: &str, predicate: Value) -> Self {
        Self {
            kind: TYPES[0].to_owned(),
            subject: vec![Subject::new(subject)],
            predicate_type: predicate_type.to_owned(),
            predicate,
        }
    }

    /// Reads a statement.
    ///
    /// # Errors
    ///
    /// [`Error::BadSignature`] when it is none.
    pub fn read(json: &[u8]) -> Result<Self, Error> {
        let bad = |reason: String| Error::BadSignature { reason };
        let statement: Self = serde_json::from_slice(json)
            .map_err(|error| bad(format!("the payload is no in-toto statement: {error}")))?;
        if !TYPES.contains(&statement.kind.as_str()) {
            return Err(bad(format!("a statement of type `{}` is not known here", statement.kind)));
        }
        Ok(statement)
    }

    /// Whether it speaks of this digest.
    pub fn is_about(&self, digest: &Digest) -> bool {
        self.subject.iter().any(|subject| {
            subject.digest.get(digest.algorithm().as_ref()).map(String::as_str)
                == Some(digest.digest())
        })
    }
}

impl Subject {
    /// A subject without a name.
    pub fn new(digest: &Digest) -> Self {
        let algorithm = digest.algorithm().as_ref().to_owned();
        Self { name: None, digest: BTreeMap::from([(algorithm, digest.digest().to_owned())]) }
    }

    /// The same with a name.
    #[must_use]
    pub fn named(self, name: &str) -> Self {
        Self { name: Some(name.to_owned()), ..self }
    }
}
