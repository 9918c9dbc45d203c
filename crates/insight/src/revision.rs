//! Flux's revisions, `tag@sha256:…`, taken apart.

use std::fmt;

use serde::{Serialize, Serializer};

/// What a source offers or a Kustomization applied: a digest, and the tag or branch it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revision {
    /// The tag or branch; empty when only a digest is known.
    pub tag: String,
    /// `sha256:…`, or `sha1:…` for Git; the whole text when there is no digest in it.
    pub digest: String,
}

impl Revision {
    /// Reads a revision; `None` when the text is empty.
    pub fn parse(text: &str) -> Option<Self> {
        let (tag, digest) = text.rsplit_once('@').unwrap_or(("", text));
        (!text.is_empty()).then(|| Self { tag: tag.to_owned(), digest: digest.to_owned() })
    }

    /// The digest without its algorithm, first twelve characters: `4f2a91c0d7be`.
    pub fn short(&self) -> &str {
        short(&self.digest)
    }

    /// As a person reads it: `main@61a7bf9df9f5`, or the short digest alone.
    pub fn name(&self) -> String {
        match self.tag.as_str() {
            "" => self.short().to_owned(),
            tag => format!("{tag}@{}", self.short()),
        }
    }
}

/// The first twelve characters of a digest, without the algorithm.
pub(crate) fn short(digest: &str) -> &str {
    let hex = digest.split_once(':').map_or(digest, |(_, hex)| hex);
    hex.char_indices().nth(12).map_or(hex, |(end, _)| &hex[..end])
}

/// Cuts each long digest in a text to twelve characters: `sha256:4f2a91c0d7be…`.
pub(crate) fn shorten(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("sha256:").map(|at| at + "sha256:".len()) {
        let (before, after) = rest.split_at(start);
        let length = after.bytes().take_while(u8::is_ascii_hexdigit).count();
        result.push_str(before);
        if length == 64 {
            result.push_str(&after[..12]);
            result.push('…');
        } else {
            result.push_str(&after[..length]);
        }
        rest = &after[length..];
    }
    result + rest
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.tag.is_empty() {
            f.write_str(&self.digest)
        } else {
            write!(f, "{}@{}", self.tag, self.digest)
        }
    }
}

impl Serialize for Revision {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::{Revision, shorten};

    #[test]
    fn only_whole_digests_are_shortened() {
        let long = format!("a sha256:{} b sha256:abc c", "0123456789abcdef".repeat(4));
        assert_eq!(shorten(&long), "a sha256:0123456789ab… b sha256:abc c");
    }

    #[test]
    fn a_revision_is_taken_apart_and_written_back() {
        for (text, tag, short) in [
            ("prod@sha256:0123456789abcdef", "prod", "0123456789ab"),
            ("sha256:0123456789abcdef", "", "0123456789ab"),
            ("main@sha1:abc", "main", "abc"),
            ("ünïcödé-without-digest", "", "ünïcödé-with"),
        ] {
            let revision = Revision::parse(text).unwrap();
            assert_eq!((revision.tag.as_str(), revision.short()), (tag, short));
            assert_eq!(revision.to_string(), text);
        }
        assert_eq!(Revision::parse(""), None);
    }
}
