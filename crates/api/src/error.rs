//! What can be wrong with a value of this API.

/// A value that does not read as the API defines it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A duration is not a sequence of numbers with units.
    #[error("`{text}` is not a duration such as `10m` or `1h30m`")]
    Interval {
        /// The text as written.
        text: String,
    },
    /// An inventory id has not four parts, or lacks its kind or name.
    #[error("`{text}` is not an inventory id of the form `namespace_name_group_kind`")]
    InventoryId {
        /// The text as written.
        text: String,
    },
}
