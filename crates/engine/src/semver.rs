//! Versions and ranges by the rules of Masterminds' semver, which Flux uses.

use std::cmp::Ordering;
use std::fmt;

mod constraint;

pub use constraint::Range;

/// A version of three numbers, with an optional pre-release and optional build metadata.
///
/// A leading `v` and leading zeros are allowed; build metadata does not take part in the order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    pub(crate) major: u64,
    pub(crate) minor: u64,
    pub(crate) patch: u64,
    /// Dot-separated identifiers; empty for a release.
    pub(crate) prerelease: String,
}

impl Version {
    /// Reads a tag as a version; `None` for every tag that is none.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > 256 {
            return None;
        }
        let text = text.strip_prefix('v').unwrap_or(text);
        let (text, build) = text.split_once('+').map_or((text, None), |(a, b)| (a, Some(b)));
        let (core, prerelease) = text.split_once('-').map_or((text, None), |(a, b)| (a, Some(b)));
        if [build, prerelease].into_iter().flatten().any(|part| !is_dotted(part)) {
            return None;
        }
        let mut numbers = core.split('.').map(number);
        let (major, minor, patch) = (numbers.next()??, numbers.next()??, numbers.next()??);
        if numbers.next().is_some() {
            return None;
        }
        let prerelease = prerelease.unwrap_or_default().to_owned();
        Some(Self { major, minor, patch, prerelease })
    }

    /// Tells whether this is a pre-release.
    pub fn is_prerelease(&self) -> bool {
        !self.prerelease.is_empty()
    }

    fn core(&self) -> (u64, u64, u64) {
        (self.major, self.minor, self.patch)
    }
}

/// Finds the tag with the highest version in a range, among the tags that pass a filter.
///
/// Tags that are no versions are passed over. Of tags with equal versions the lexically last wins, so
/// the answer does not depend on the order of `tags`.
///
/// # Source
///
/// facts/flux.md §2.4 step 3.
pub fn newest<'a>(
    tags: impl IntoIterator<Item = &'a str>,
    range: &Range,
    filter: Option<&regex::Regex>,
) -> Option<&'a str> {
    tags.into_iter()
        .filter(|tag| filter.is_none_or(|filter| filter.is_match(tag)))
        .filter_map(|tag| Some((Version::parse(tag)?, tag)))
        .filter(|(version, _)| range.contains(version))
        .max_by(|(a, tag_a), (b, tag_b)| a.cmp(b).then_with(|| tag_a.cmp(tag_b)))
        .map(|(_, tag)| tag)
}

fn number(text: &str) -> Option<u64> {
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

/// Identifiers of letters, digits and hyphens between dots.
pub(crate) fn is_dotted(text: &str) -> bool {
    text.split('.').all(|part| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    })
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        self.core()
            .cmp(&other.core())
            .then_with(|| compare_prereleases(&self.prerelease, &other.prerelease))
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// `SemVer` 2.0.0, section 11: none is more than any; numbers before words; longer after shorter.
pub(crate) fn compare_prereleases(a: &str, b: &str) -> Ordering {
    match (a.is_empty(), b.is_empty()) {
        (true, true) => return Ordering::Equal,
        (true, false) => return Ordering::Greater,
        (false, true) => return Ordering::Less,
        (false, false) => {}
    }
    let (mut left, mut right) = (a.split('.'), b.split('.'));
    loop {
        let order = match (left.next(), right.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some(a), Some(b)) => compare_identifiers(a, b),
        };
        if order.is_ne() {
            return order;
        }
    }
}

fn compare_identifiers(a: &str, b: &str) -> Ordering {
    match (number(a), number(b)) {
        (Some(a), Some(b)) => a.cmp(&b),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => a.cmp(b),
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)?;
        if self.is_prerelease() {
            write!(f, "-{}", self.prerelease)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
