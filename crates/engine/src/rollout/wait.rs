//! Waiting with an eye on what already goes wrong.

use std::time::Duration;

use cluster::apply::Target;
use cluster::settle::{End, Settled, Waiting};
use tokio::time::Instant;

use super::cause;
use crate::kustomization::Stages;

/// When to look for a cause for the first time; each further look takes place after twice as long.
const FIRST_LOOK: Duration = Duration::from_secs(3);

/// Waits like [`cluster::settle()`], and tells the first causes of what is not healthy yet while it waits.
///
/// A rollout that hangs is thus explained long before its time is up.
pub(super) async fn wait(
    stages: &Stages<'_>,
    targets: &[Target],
    timeout: Duration,
    message: &str,
) -> Settled {
    let cluster = &stages.context.cluster;
    let mut waiting = Waiting::new(cluster, targets);
    let deadline = Instant::now() + timeout;
    let mut pause = FIRST_LOOK;
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let settled = waiting.settle(pause.min(left), true).await;
        if settled.end != End::TimedOut || pause >= left {
            return settled;
        }
        let unready: Vec<_> = settled.unready().cloned().collect();
        let causes = cause::causes(cluster, &unready, targets, false).await;
        if !causes.is_empty() {
            stages.progress(&format!("{message}\n{}", causes.join("\n"))).await;
        }
        pause *= 2;
    }
}
