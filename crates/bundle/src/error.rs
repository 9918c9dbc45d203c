//! What can be wrong with a bundle.

use std::io;

/// Why a bundle was not packed or not unpacked; each refusal has its own variant.
///
/// No variant is worth a retry with the same bytes.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// An entry's path climbs out with `..`.
    #[error("`{path}` in the archive climbs out of the bundle with `..`")]
    Traversal {
        /// The name as the archive has it.
        path: String,
    },
    /// An entry's path starts with `/`.
    #[error("`{path}` in the archive is an absolute name")]
    AbsoluteName {
        /// The name as the archive has it.
        path: String,
    },
    /// An entry's path has a backslash or a NUL.
    #[error("{path:?} in the archive holds a backslash or a NUL")]
    ForbiddenCharacter {
        /// The name as the archive has it.
        path: String,
    },
    /// An entry has no name at all.
    #[error("an entry of the archive has an empty name")]
    EmptyName,
    /// An entry's name is not UTF-8.
    #[error("the name {path:?} in the archive is not UTF-8")]
    NameNotUtf8 {
        /// The name with every invalid byte replaced.
        path: String,
    },
    /// A link points out of the bundle.
    #[error("`{path}` in the archive is a link out of the bundle, to `{target}`")]
    LinkLeavesTree {
        /// The link's own name.
        path: String,
        /// Where it points.
        target: String,
    },
    /// A hard link names a file that the archive did not hold before it.
    #[error("`{path}` in the archive is a hard link to `{target}`, which is not there")]
    LinkTargetMissing {
        /// The link's own name.
        path: String,
        /// Where it points.
        target: String,
    },
    /// An entry is a device, a fifo or another kind that a tree of manifests cannot hold.
    #[error("`{path}` in the archive is {kind}")]
    SpecialFile {
        /// The entry's name.
        path: String,
        /// What it is, in words with their article.
        kind: &'static str,
    },
    /// Two entries have the same path, or one path is a file and a folder.
    #[error("`{path}` is in the archive twice")]
    Duplicate {
        /// The path after cleaning.
        path: String,
    },
    /// The unpacked stream is larger than allowed.
    #[error("the bundle unpacks to more than {limit} bytes")]
    TooLarge {
        /// [`crate::Limits::bytes`].
        limit: u64,
    },
    /// The archive has more entries than allowed.
    #[error("the bundle has more than {limit} entries")]
    TooManyEntries {
        /// [`crate::Limits::entries`].
        limit: u64,
    },
    /// A path has more segments than allowed.
    #[error("`{path}` in the archive is more than {limit} folders deep")]
    TooDeep {
        /// The path after cleaning.
        path: String,
        /// [`crate::Limits::depth`].
        limit: usize,
    },
    /// A path, link target or extended header is longer than allowed.
    #[error("a path in the archive is longer than {limit} bytes")]
    PathTooLong {
        /// [`crate::Limits::path_bytes`].
        limit: usize,
    },
    /// The stream expands as only a bomb does.
    #[error("the bundle unpacks to more than {limit} times its size")]
    TooCompressed {
        /// [`crate::Limits::ratio`].
        limit: u64,
    },
    /// The stream ends before the archive does.
    #[error("the archive is cut off")]
    Truncated,
    /// Bytes follow the end of the archive.
    #[error("bytes follow the end of the archive")]
    TrailingGarbage,
    /// The compressed stream is damaged.
    #[error("the compressed stream is damaged")]
    Corrupt(#[source] io::Error),
    /// A header of the archive says nothing sensible.
    #[error("the archive has a bad header: {what}")]
    BadHeader {
        /// What is wrong with it.
        what: &'static str,
    },
    /// The layer is neither a tar, nor a compressed tar, nor a file with a title.
    #[error("the layer is no archive")]
    NotAnArchive,
    /// The layer uses a format that wharf does not read.
    #[error("the layer uses {what}, which is not supported")]
    Unsupported {
        /// The format's name.
        what: &'static str,
    },
    /// The manifest lists no layers.
    #[error("the artifact has no layers")]
    NoLayers,
    /// No layer has the media type that was asked for.
    #[error("the artifact has no layer of type `{media_type}`")]
    NoSuchLayer {
        /// The selector.
        media_type: String,
    },
    /// The manifest or config is not the JSON it should be.
    #[error("the artifact's {what} cannot be read")]
    BadJson {
        /// `manifest` or `config`.
        what: &'static str,
        /// What the parser said.
        #[source]
        source: serde_json::Error,
    },
    /// The `created` annotation given is not a time.
    #[error("the annotation `org.opencontainers.image.created` is `{text}`, not an RFC 3339 time")]
    Created {
        /// What was given.
        text: String,
        /// What the parser said.
        #[source]
        source: jiff::Error,
    },
    /// The tree refused a path that passed every check here.
    #[error("the tree does not take `{path}`")]
    Tree {
        /// The path after cleaning.
        path: String,
        /// Why.
        #[source]
        source: manifest::Error,
    },
}
