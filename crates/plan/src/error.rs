//! What can be wrong with the objects that a plan is asked to carry out.

use manifest::ObjectId;

/// Why a plan could not be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// An object lacks one of the fields that make it addressable.
    #[error("`{object}` has no {field}")]
    Unaddressable {
        /// What is known of the object.
        object: ObjectId,
        /// `apiVersion`, `kind` or `name`.
        field: &'static str,
    },
    /// A Secret still holds SOPS ciphertext; applying it would hand ciphertext to the workload.
    #[error("`{object}` is encrypted with SOPS and was not decrypted")]
    StillEncrypted {
        /// The Secret.
        object: ObjectId,
    },
    /// The same object occurs twice in one delivery, so its final state would depend on luck.
    #[error("`{object}` occurs more than once")]
    Duplicate {
        /// The object.
        object: ObjectId,
    },
    /// An inventory id does not have four `_`-separated parts.
    #[error("`{id}` is not an inventory id")]
    InventoryId {
        /// The text as found.
        id: String,
    },
    /// A rule's selector cannot be read.
    #[error("`{text}` is not a {what}")]
    Selector {
        /// The text as written.
        text: String,
        /// `pattern` or `label selector`.
        what: &'static str,
    },
    /// An ignore path is not a JSON pointer.
    #[error("`{path}` is not a JSON pointer: it must begin with `/`")]
    Pointer {
        /// The text as written.
        path: String,
    },
}
