//! Ages as `kubectl` prints them: `5s`, `2m30s`, `4h`, `3d2h`.

use jiff::Timestamp;

/// The time from `start` (RFC 3339) to `now`, for people.
///
/// # Source
///
/// `k8s.io/apimachinery/pkg/util/duration`, `HumanDuration`.
pub(crate) fn since(start: &str, now: Timestamp) -> String {
    match start.parse::<Timestamp>() {
        Ok(start) => human(now.as_second() - start.as_second()),
        Err(_) => "<unknown>".into(),
    }
}

/// A duration in seconds, for people.
pub(crate) fn human(seconds: i64) -> String {
    let (minutes, hours) = (seconds / 60, seconds / 3600);
    let (days, years) = (hours / 24, hours / 24 / 365);
    let two = |large: i64, large_unit: &str, small: i64, small_unit: &str| {
        if small == 0 {
            format!("{large}{large_unit}")
        } else {
            format!("{large}{large_unit}{small}{small_unit}")
        }
    };
    match seconds {
        ..=-2 => "<invalid>".into(),
        -1..=0 => "0s".into(),
        1..=119 => format!("{seconds}s"),
        _ if minutes < 10 => two(minutes, "m", seconds % 60, "s"),
        _ if minutes < 180 => format!("{minutes}m"),
        _ if hours < 8 => two(hours, "h", minutes % 60, "m"),
        _ if hours < 48 => format!("{hours}h"),
        _ if hours < 192 => two(days, "d", hours % 24, "h"),
        _ if hours < 24 * 365 * 2 => format!("{days}d"),
        _ if hours < 24 * 365 * 8 => two(years, "y", days % 365, "d"),
        _ => format!("{years}y"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_short() {
        for (seconds, text) in [
            (0, "0s"),
            (119, "119s"),
            (120, "2m"),
            (150, "2m30s"),
            (3600, "60m"),
            (4 * 3600, "4h"),
            (100 * 3600, "4d4h"),
        ] {
            assert_eq!(human(seconds), text);
        }
    }
}
