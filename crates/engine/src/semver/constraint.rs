//! Ranges such as `>=1.2.0 <2.0.0-0 || ~3.1`.

use super::{Version, compare_prereleases, is_dotted};

/// Alternatives of bounds that all have to hold.
///
/// # Source
///
/// The documented behavior of Masterminds/semver v3: comparison operators, `~`, `^`, wildcards, hyphen
/// ranges, `,` or space for "and", `||` for "or". A pre-release is in a range only where a bound names
/// a pre-release itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Range {
    alternatives: Vec<Vec<Bound>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Bound {
    operator: Operator,
    version: Version,
    /// Which part of the bound was left open (`x`, `*`, or not written).
    open: Open,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
    Tilde,
    Caret,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Open {
    Nothing,
    Patch,
    Minor,
    All,
}

/// Longest first, so that `>=` is not read as `>` and `=`.
const OPERATORS: [(&str, Operator); 12] = [
    ("!=", Operator::NotEqual),
    (">=", Operator::GreaterOrEqual),
    ("=>", Operator::GreaterOrEqual),
    ("<=", Operator::LessOrEqual),
    ("=<", Operator::LessOrEqual),
    ("~>", Operator::Tilde),
    ("~", Operator::Tilde),
    ("^", Operator::Caret),
    (">", Operator::Greater),
    ("<", Operator::Less),
    ("=", Operator::Equal),
    ("", Operator::Equal),
];

impl Range {
    /// Reads a range; `None` when it is none, or longer than 512 characters.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > 512 {
            return None;
        }
        let alternatives = text.split("||").map(all_of).collect::<Option<Vec<_>>>()?;
        Some(Self { alternatives })
    }

    /// Tells whether a version is in the range.
    pub fn contains(&self, version: &Version) -> bool {
        self.alternatives.iter().any(|bounds| bounds.iter().all(|bound| bound.admits(version)))
    }
}

/// Reads bounds separated by commas or spaces; at least one.
fn all_of(text: &str) -> Option<Vec<Bound>> {
    let words: Vec<&str> =
        text.split([',', ' ', '\t']).map(str::trim).filter(|word| !word.is_empty()).collect();
    let mut bounds = Vec::new();
    let mut rest = words.as_slice();
    while let Some((word, after)) = rest.split_first() {
        if let ["-", upper, after @ ..] = after {
            bounds.push(Bound::parse(Operator::GreaterOrEqual, word)?);
            bounds.push(Bound::parse(Operator::LessOrEqual, upper)?);
            rest = after;
            continue;
        }
        let (operator, version) = split_operator(word);
        // `>= 1.2` is written with a space as often as without.
        let (version, after) = match (version, after) {
            ("", [version, after @ ..]) => (*version, after),
            (version, after) => (version, after),
        };
        bounds.push(Bound::parse(operator, version)?);
        rest = after;
    }
    (!bounds.is_empty()).then_some(bounds)
}

fn split_operator(word: &str) -> (Operator, &str) {
    let found = OPERATORS
        .iter()
        .find_map(|(sign, operator)| word.strip_prefix(sign).map(|version| (*operator, version)));
    found.expect("the empty sign is a prefix of every word")
}

impl Bound {
    fn parse(operator: Operator, text: &str) -> Option<Self> {
        let text = text.strip_prefix('v').unwrap_or(text);
        let (text, build) = text.split_once('+').map_or((text, None), |(a, b)| (a, Some(b)));
        let (core, prerelease) = text.split_once('-').map_or((text, None), |(a, b)| (a, Some(b)));
        if [build, prerelease].into_iter().flatten().any(|part| !is_dotted(part)) {
            return None;
        }
        let parts: Vec<Option<u64>> = core.split('.').map(part).collect::<Option<_>>()?;
        let (numbers, open) = match parts.as_slice() {
            [None] | [None, _] | [None, _, _] => ((0, 0, 0), Open::All),
            [Some(major)] | [Some(major), None] | [Some(major), None, _] => {
                ((*major, 0, 0), Open::Minor)
            }
            [Some(major), Some(minor)] | [Some(major), Some(minor), None] => {
                ((*major, *minor, 0), Open::Patch)
            }
            [Some(major), Some(minor), Some(patch)] => ((*major, *minor, *patch), Open::Nothing),
            _ => return None,
        };
        let prerelease = prerelease.unwrap_or_default().to_owned();
        let (major, minor, patch) = numbers;
        Some(Self { operator, version: Version { major, minor, patch, prerelease }, open })
    }

    fn admits(&self, version: &Version) -> bool {
        if version.is_prerelease() && !self.version.is_prerelease() {
            return false;
        }
        match self.operator {
            Operator::Equal if self.open == Open::Nothing => *version == self.version,
            Operator::Equal | Operator::Tilde => self.tilde(version),
            Operator::NotEqual => self.not_equal(version),
            Operator::Greater => self.greater(version),
            Operator::GreaterOrEqual => *version >= self.version,
            Operator::Less => *version < self.version,
            Operator::LessOrEqual => self.less_or_equal(version),
            Operator::Caret => self.caret(version),
        }
    }

    fn tilde(&self, version: &Version) -> bool {
        let bound = &self.version;
        if version < bound {
            return false;
        }
        // `*` admits all, and so does `~0.0.0` in the original.
        let is_zero = (bound.major, bound.minor, bound.patch) == (0, 0, 0);
        if is_zero && matches!(self.open, Open::Nothing | Open::All) {
            return true;
        }
        version.major == bound.major && (self.open == Open::Minor || version.minor == bound.minor)
    }

    fn caret(&self, version: &Version) -> bool {
        let bound = &self.version;
        if version < bound {
            return false;
        }
        if bound.major > 0 || self.open == Open::Minor {
            return version.major == bound.major;
        }
        if version.major > 0 {
            return false;
        }
        if bound.minor > 0 || self.open == Open::Patch {
            return version.minor == bound.minor;
        }
        version.minor == 0 && version.patch == bound.patch
    }

    fn greater(&self, version: &Version) -> bool {
        let bound = &self.version;
        match self.open {
            _ if version.major != bound.major => version.major > bound.major,
            Open::Minor => false,
            Open::Patch => version.minor > bound.minor,
            Open::Nothing | Open::All => version > bound,
        }
    }

    fn less_or_equal(&self, version: &Version) -> bool {
        let bound = &self.version;
        if self.open == Open::Nothing {
            return version <= bound;
        }
        version.major < bound.major
            || (version.major == bound.major
                && (version.minor <= bound.minor || self.open == Open::Minor))
    }

    fn not_equal(&self, version: &Version) -> bool {
        let bound = &self.version;
        match self.open {
            Open::Nothing => version != bound,
            _ if version.major != bound.major => true,
            Open::Minor => false,
            _ if version.minor != bound.minor => true,
            Open::Patch => compare_prereleases(&version.prerelease, &bound.prerelease).is_ne(),
            Open::All => version.patch != bound.patch,
        }
    }
}

/// A number, or `None` inside for a wildcard; `None` outside for anything else.
#[expect(clippy::option_option, reason = "a wildcard and a mistake are two things")]
fn part(text: &str) -> Option<Option<u64>> {
    match text {
        "x" | "X" | "*" => Some(None),
        "" => None,
        digits if digits.bytes().all(|b| b.is_ascii_digit()) => digits.parse().ok().map(Some),
        _ => None,
    }
}
