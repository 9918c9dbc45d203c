//! When an object is visited again: the only place that knows about requeueing.

use std::time::Duration;

use k8s_openapi::jiff::Timestamp;
use registry::Retry;

/// The shortest and the longest pause between attempts that fail.
///
/// # Source
///
/// `--min-retry-delay` and `--max-retry-delay` of Flux's controllers.
pub(crate) const PAUSES: (Duration, Duration) =
    (Duration::from_millis(750), Duration::from_mins(15));

/// How far from the interval a visit may be, in percent, so that many objects do not come at once.
const JITTER_PERCENT: u64 = 5;

/// What happened on a visit, as far as the next one is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Visit {
    /// Everything is as it should be.
    Done,
    /// There is nothing to do until the object changes: suspended, stalled or gone.
    Over,
    /// It failed, and `attempts` (at least 1) times in a row.
    Failed {
        /// When another attempt makes sense.
        retry: Retry,
        /// How often it has failed in a row.
        attempts: u32,
    },
    /// Something else has to be ready first; its change triggers a visit, this is only a precaution.
    Waiting,
}

/// The times in an object's spec.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rhythm {
    /// How often it is visited when all is well.
    pub(crate) interval: Duration,
    /// How soon after a failure; `None` = exponential backoff.
    pub(crate) retry_interval: Option<Duration>,
    /// How soon something that is waited for is looked at again.
    pub(crate) requeue_dependency: Duration,
}

/// How long until the next visit; `None` = not before something changes.
///
/// `chance` is any number; it decides the jitter.
pub(crate) fn next_visit(visit: Visit, rhythm: Rhythm, chance: u64) -> Option<Duration> {
    match visit {
        Visit::Over => None,
        Visit::Done => Some(jittered(rhythm.interval, chance)),
        Visit::Waiting => Some(rhythm.requeue_dependency),
        Visit::Failed { retry, attempts } => Some(match (rhythm.retry_interval, retry) {
            (Some(interval), _) => interval,
            (None, Retry::After(pause)) => pause.max(backoff(attempts)),
            (None, Retry::Soon | Retry::WhenChanged) => backoff(attempts),
        }),
    }
}

/// A number that differs from visit to visit, made from the time at which a visit began.
pub(crate) fn chance(started: Timestamp) -> u64 {
    u64::from(started.subsec_nanosecond().unsigned_abs())
}

/// Doubles with each failure, from 750 ms to 15 min.
pub(crate) fn backoff(attempts: u32) -> Duration {
    let (shortest, longest) = PAUSES;
    let factor = 2_u32.saturating_pow(attempts.saturating_sub(1).min(20));
    shortest.saturating_mul(factor).min(longest)
}

fn jittered(interval: Duration, chance: u64) -> Duration {
    let span = 2 * JITTER_PERCENT * 10;
    let per_mille = u32::try_from(1000 - JITTER_PERCENT * 10 + chance % (span + 1)).unwrap_or(1000);
    interval.saturating_mul(per_mille) / 1000
}

#[cfg(test)]
mod tests {
    use super::{Duration, Retry, Rhythm, Visit, backoff, next_visit};

    const RHYTHM: Rhythm = Rhythm {
        interval: Duration::from_secs(100),
        retry_interval: None,
        requeue_dependency: Duration::from_secs(30),
    };

    #[test]
    fn a_success_comes_again_within_five_percent_of_the_interval() {
        for chance in 0..500 {
            let next = next_visit(Visit::Done, RHYTHM, chance).unwrap();
            assert!((95..=105).contains(&next.as_secs()), "{next:?}");
        }
    }

    #[test]
    fn failures_back_off_up_to_a_quarter_of_an_hour() {
        assert_eq!(backoff(1), Duration::from_millis(750));
        assert_eq!(backoff(2), Duration::from_millis(1500));
        assert_eq!(backoff(40), Duration::from_mins(15));
    }

    #[test]
    fn a_retry_interval_takes_the_place_of_the_backoff() {
        let rhythm = Rhythm { retry_interval: Some(Duration::from_secs(7)), ..RHYTHM };
        let failed = Visit::Failed { retry: Retry::WhenChanged, attempts: 9 };
        assert_eq!(next_visit(failed, rhythm, 0), Some(Duration::from_secs(7)));
    }

    #[test]
    fn a_registry_that_asks_for_patience_gets_it() {
        let failed = Visit::Failed { retry: Retry::After(Duration::from_mins(1)), attempts: 1 };
        assert_eq!(next_visit(failed, RHYTHM, 0), Some(Duration::from_mins(1)));
    }

    #[test]
    fn what_is_suspended_or_stalled_is_not_visited_by_the_clock() {
        assert_eq!(next_visit(Visit::Over, RHYTHM, 0), None);
        assert_eq!(next_visit(Visit::Waiting, RHYTHM, 0), Some(Duration::from_secs(30)));
    }
}
