//! How long ago something was, in the words of `kubectl`.

use jiff::Timestamp;

/// A length of time to be shown: `45s`, `12m`, `3h5m`, `2d4h`, `40d`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Duration {
    /// Whole seconds, not negative.
    pub seconds: i64,
}

impl std::fmt::Display for Duration {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let two = |f: &mut std::fmt::Formatter<'_>, big: (i64, char), small: (i64, char)| {
            write!(f, "{}{}", big.0, big.1)?;
            if small.0 > 0 { write!(f, "{}{}", small.0, small.1) } else { Ok(()) }
        };
        let (minutes, hours, days) =
            (self.seconds / 60, self.seconds / 3_600, self.seconds / 86_400);
        match self.seconds {
            ..120 => write!(f, "{}s", self.seconds),
            120..600 => two(f, (minutes, 'm'), (self.seconds % 60, 's')),
            600..10_800 => write!(f, "{minutes}m"),
            10_800..28_800 => two(f, (hours, 'h'), (minutes % 60, 'm')),
            28_800..172_800 => write!(f, "{hours}h"),
            172_800..691_200 => two(f, (days, 'd'), (hours % 24, 'h')),
            _ => write!(f, "{days}d"),
        }
    }
}

/// Returns how long `then` is before `now`; a time in the future counts as now.
pub fn age(now: Timestamp, then: Timestamp) -> Duration {
    Duration { seconds: now.duration_since(then).as_secs().max(0) }
}

/// The age as text, or `-` when the time is unknown.
pub(crate) fn age_text(now: Timestamp, then: Option<Timestamp>) -> String {
    then.map_or_else(|| "-".to_owned(), |then| age(now, then).to_string())
}

#[cfg(test)]
mod tests {
    use super::Duration;

    #[test]
    fn ages_read_as_in_kubectl() {
        let rows = [
            (0, "0s"),
            (119, "119s"),
            (120, "2m"),
            (200, "3m20s"),
            (3_599, "59m"),
            (10_860, "3h1m"),
            (86_400, "24h"),
            (176_400, "2d1h"),
            (864_000, "10d"),
        ];
        for (seconds, expected) in rows {
            assert_eq!(Duration { seconds }.to_string(), expected);
        }
    }
}
