//! Durations as Flux writes them in its specs.

use std::{borrow::Cow, fmt, str::FromStr, time::Duration};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::error::Error;

/// The pattern every duration field has in its schema.
pub const PATTERN: &str = r"^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$";

/// The narrower pattern of `OCIRepository.spec.timeout`: no hours.
pub const TIMEOUT_PATTERN: &str = r"^([0-9]+(\.[0-9]+)?(ms|s|m))+$";

/// A span of time, read from and written as Go does (`10m`, `1h30m`, `1.5s`, `250ms`).
///
/// Written canonically, so `10m` comes back as `10m0s`, as every Go program would write it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Interval(pub Duration);

impl Interval {
    /// Makes an interval of whole seconds.
    pub const fn seconds(seconds: u64) -> Self {
        Self(Duration::from_secs(seconds))
    }
}

impl FromStr for Interval {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        parse(text).map(Self).ok_or_else(|| Error::Interval { text: text.to_owned() })
    }
}

/// Reads number-unit pairs; `None` for anything else, including sums that overflow.
fn parse(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut nanos: u64 = 0;
    if rest.is_empty() || rest.len() > 64 {
        return None;
    }
    while !rest.is_empty() {
        let number = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (digits, tail) = rest.split_at(number);
        let unit_end = tail.find(|c: char| c.is_ascii_digit()).unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(unit_end);
        let scale: u64 = match unit {
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            "m" => 60_000_000_000,
            "h" => 3_600_000_000_000,
            _ => return None,
        };
        nanos = nanos.checked_add(scaled(digits, scale)?)?;
        rest = tail;
    }
    Some(Duration::from_nanos(nanos))
}

/// `digits` (with at most one dot) times `scale`, without floating point.
fn scaled(digits: &str, scale: u64) -> Option<u64> {
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let whole: u64 = whole.parse().ok()?;
    let shown = &fraction[..fraction.len().min(9)];
    let numerator: u64 = shown.parse().ok()?;
    let denominator = 10_u64.checked_pow(u32::try_from(shown.len()).ok()?)?;
    let part = u128::from(scale) * u128::from(numerator) / u128::from(denominator);
    whole.checked_mul(scale)?.checked_add(u64::try_from(part).ok()?)
}

impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let total = self.0.as_secs();
        let nanos = self.0.subsec_nanos();
        if total == 0 && nanos > 0 {
            return write_fraction(f, u64::from(nanos / 1_000_000), nanos % 1_000_000, 6, "ms");
        }
        let (hours, minutes) = (total / 3600, total / 60 % 60);
        if hours > 0 {
            write!(f, "{hours}h")?;
        }
        if hours > 0 || minutes > 0 {
            write!(f, "{minutes}m")?;
        }
        write_fraction(f, total % 60, nanos, 9, "s")
    }
}

fn write_fraction(
    f: &mut fmt::Formatter<'_>,
    whole: u64,
    fraction: u32,
    width: usize,
    unit: &str,
) -> fmt::Result {
    if fraction == 0 {
        return write!(f, "{whole}{unit}");
    }
    let digits = format!("{fraction:0width$}");
    write!(f, "{whole}.{}{unit}", digits.trim_end_matches('0'))
}

impl Serialize for Interval {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Interval {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for Interval {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Interval".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": PATTERN })
    }
}

#[cfg(test)]
mod tests {
    use super::Interval;

    #[test]
    fn durations_are_read_and_written_as_go_does() {
        for (text, written) in [
            ("10m", "10m0s"),
            ("1h30m", "1h30m0s"),
            ("1.5s", "1.5s"),
            ("250ms", "250ms"),
            ("90s", "1m30s"),
            ("0.5h", "30m0s"),
            ("1s500ms", "1.5s"),
            ("0s", "0s"),
        ] {
            assert_eq!(text.parse::<Interval>().unwrap().to_string(), written, "{text}");
        }
    }

    #[test]
    fn what_go_would_not_read_is_refused() {
        for text in ["", "10", "m", "10x", "1.2.3s", "-5s", "99999999999999h", "1 s"] {
            assert!(text.parse::<Interval>().is_err(), "{text}");
        }
    }
}
