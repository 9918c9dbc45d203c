//! Numbers for Prometheus.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Mutex;
use std::time::Duration;

use crate::queue::Key;

/// Upper bounds of the histogram in seconds: ten, exponential from 10 ms to half an hour.
///
/// # Source
///
/// `gotk_reconcile_duration_seconds` of Flux's controllers.
const BOUNDS: [f64; 10] =
    [0.01, 0.038_4, 0.147_3, 0.565_2, 2.168_7, 8.321_7, 31.932, 122.53, 470.17, 1800.0];

/// How long visits took, by kind and object.
#[derive(Default)]
pub(crate) struct Metrics {
    series: Mutex<BTreeMap<(&'static str, Key), Series>>,
}

#[derive(Default)]
struct Series {
    buckets: [u64; BOUNDS.len()],
    count: u64,
    seconds: f64,
}

impl Metrics {
    /// Enters one visit.
    pub(crate) fn observe(&self, kind: &'static str, key: &Key, took: Duration) {
        let seconds = took.as_secs_f64();
        let mut all = self.series.lock().expect("no holder of this lock panics");
        let series = all.entry((kind, key.clone())).or_default();
        for (bucket, bound) in series.buckets.iter_mut().zip(BOUNDS) {
            *bucket += u64::from(seconds <= bound);
        }
        series.count += 1;
        series.seconds += seconds;
    }

    /// Drops the numbers of an object that is gone.
    pub(crate) fn forget(&self, kind: &'static str, key: &Key) {
        let mut all = self.series.lock().expect("no holder of this lock panics");
        all.remove(&(kind, key.clone()));
    }

    /// The numbers in Prometheus' text format.
    pub(crate) fn text(&self) -> String {
        const NAME: &str = "gotk_reconcile_duration_seconds";
        let mut text = format!(
            "# HELP {NAME} The duration in seconds of a GitOps Toolkit resource reconciliation.\n\
             # TYPE {NAME} histogram\n"
        );
        let all = self.series.lock().expect("no holder of this lock panics");
        for ((kind, (namespace, name)), series) in all.iter() {
            let labels = format!("kind=\"{kind}\",name=\"{name}\",namespace=\"{namespace}\"");
            for (bucket, bound) in series.buckets.iter().zip(BOUNDS) {
                let _ = writeln!(text, "{NAME}_bucket{{{labels},le=\"{bound}\"}} {bucket}");
            }
            let count = series.count;
            let _ = writeln!(text, "{NAME}_bucket{{{labels},le=\"+Inf\"}} {count}");
            let _ = writeln!(text, "{NAME}_sum{{{labels}}} {}", series.seconds);
            let _ = writeln!(text, "{NAME}_count{{{labels}}} {count}");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::{Duration, Metrics};

    #[test]
    fn a_visit_is_counted_in_every_bucket_that_holds_it() {
        let metrics = Metrics::default();
        let key = ("ns".to_owned(), "a".to_owned());
        metrics.observe("Kustomization", &key, Duration::from_millis(100));
        let text = metrics.text();
        assert!(text.contains("le=\"0.0384\"} 0") && text.contains("le=\"0.1473\"} 1"), "{text}");
        assert!(text.contains("_count{kind=\"Kustomization\",name=\"a\",namespace=\"ns\"} 1"));
        metrics.forget("Kustomization", &key);
        assert!(!metrics.text().contains("name=\"a\""));
    }
}
