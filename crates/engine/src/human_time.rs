//! Durations as people read them in messages.

use std::time::Duration;

use api::Interval;

/// A duration in whole milliseconds, written as Go does: `1.5s`, `2m30s`.
pub(crate) fn human(duration: Duration) -> Interval {
    Interval(Duration::from_millis(u64::try_from(duration.as_millis()).unwrap_or_default()))
}
