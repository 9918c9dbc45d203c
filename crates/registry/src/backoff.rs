//! How long to wait before the next attempt.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::time::Duration;

use reqwest::header::{HeaderMap, RETRY_AFTER};

use crate::RetryPolicy;

/// The pause after attempt number `attempt` (from 0): doubling, capped, with a random half dropped.
///
/// `random` is spread over all of `u64`. Full halves keep clients that failed together apart.
pub(crate) fn pause(policy: &RetryPolicy, attempt: u32, random: u64) -> Duration {
    let doubled = policy.first_pause.saturating_mul(1 << attempt.min(16));
    let capped = doubled.min(policy.longest_pause);
    let permille = u32::try_from(random % 500).unwrap_or_default();
    capped.saturating_sub(capped * permille / 1000)
}

/// A number that differs on every call, good for jitter and nothing else.
pub(crate) fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}

/// The registry's `Retry-After` in seconds; its date form is ignored, since clocks differ.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse::<u64>().ok()?;
    Some(Duration::from_secs(seconds.min(24 * 3600)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_cap_and_lose_at_most_half() {
        let policy = RetryPolicy {
            attempts: 9,
            first_pause: Duration::from_millis(100),
            longest_pause: Duration::from_secs(1),
        };
        assert_eq!(pause(&policy, 0, 0), Duration::from_millis(100));
        assert_eq!(pause(&policy, 2, 0), Duration::from_millis(400));
        assert_eq!(pause(&policy, 40, 0), Duration::from_secs(1));
        for random in [1, 499, u64::MAX] {
            assert!(pause(&policy, 2, random) > Duration::from_millis(200));
        }
    }
}
