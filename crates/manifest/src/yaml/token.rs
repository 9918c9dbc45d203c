//! The words between bytes and nodes: places, tokens, comments.

use crate::yaml::node::{Style, Text};

/// A place in the input, counted in characters from 0.
///
/// Signed, because the rules that place comments step back by one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) index: i32,
    pub(super) line: i32,
    pub(super) column: i32,
}

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TokenKind {
    StreamStart,
    StreamEnd,
    VersionDirective,
    TagDirective,
    DocumentStart,
    DocumentEnd,
    BlockSequenceStart,
    BlockMappingStart,
    BlockEnd,
    FlowSequenceStart,
    FlowSequenceEnd,
    FlowMappingStart,
    FlowMappingEnd,
    BlockEntry,
    FlowEntry,
    Key,
    Value,
    Alias,
    Anchor,
    Tag,
    Scalar,
}

/// One token.
#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    /// Of scalars only.
    pub(super) style: Style,
    pub(super) start: Mark,
    pub(super) end: Mark,
    /// The scalar, the anchor, the alias, the version, or the tag's handle.
    pub(super) value: Text,
    /// The tag's suffix, or the prefix that a directive gives to a handle.
    pub(super) suffix: Text,
}

impl Token {
    pub(super) fn new(kind: TokenKind, start: Mark, end: Mark) -> Self {
        Self {
            kind,
            style: Style::Plain,
            start,
            end,
            value: Text::const_new(""),
            suffix: Text::const_new(""),
        }
    }
}

/// Where a comment belongs, as seen from the token it is tied to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Placement {
    Head,
    Line,
    Foot,
}

/// A comment on its way from the scanner to a node.
#[derive(Clone, Debug)]
pub(super) struct Comment {
    /// Where the scan that found it began.
    pub(super) scan: Mark,
    /// The token it is tied to.
    pub(super) token: Mark,
    /// Its first `#`.
    pub(super) start: Mark,
    /// Where it ends.
    pub(super) end: Mark,
    pub(super) placement: Placement,
    /// Empty once it was handed on.
    pub(super) text: String,
}
