//! Which object is visited next, and when.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

/// Namespace and name of an object.
pub(crate) type Key = (String, String);

/// Visits that are due, one per object; an object is never visited twice at the same time.
///
/// A visit asked for while one is under way takes place after it. Of two times for the same object
/// the earlier wins.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    visits: Mutex<Visits>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct Visits {
    due: BTreeMap<Key, Instant>,
    running: BTreeMap<Key, Arc<Notify>>,
}

impl Queue {
    /// Asks for a visit at a time.
    pub(crate) fn visit_at(&self, key: Key, at: Instant) {
        let mut visits = self.lock();
        let due = visits.due.entry(key).or_insert(at);
        *due = at.min(*due);
        drop(visits);
        self.changed.notify_one();
    }

    /// Asks for a visit as soon as possible.
    pub(crate) fn visit(&self, key: Key) {
        self.visit_at(key, Instant::now());
    }

    /// Asks for a visit as soon as possible, and tells the one under way that it is outdated.
    pub(crate) fn supersede(&self, key: Key) {
        if let Some(outdated) = self.lock().running.get(&key) {
            outdated.notify_one();
        }
        self.visit(key);
    }

    /// Waits for the next visit that is due, and begins it.
    ///
    /// The second value is told when the visit is outdated.
    pub(crate) async fn next(&self) -> (Key, Arc<Notify>) {
        loop {
            let soonest = {
                let mut visits = self.lock();
                match visits.soonest() {
                    Some((key, at)) if at <= Instant::now() => {
                        visits.due.remove(&key);
                        let outdated = Arc::new(Notify::new());
                        visits.running.insert(key.clone(), outdated.clone());
                        return (key, outdated);
                    }
                    soonest => soonest.map(|(_, at)| at),
                }
            };
            match soonest {
                None => self.changed.notified().await,
                Some(at) => tokio::select! {
                    () = self.changed.notified() => {}
                    () = sleep_until(at) => {}
                },
            }
        }
    }

    /// Ends a visit; `next` is the time of the one after it, unless one was asked for meanwhile.
    pub(crate) fn done(&self, key: &Key, next: Option<Instant>) {
        let mut visits = self.lock();
        visits.running.remove(key);
        if let Some(at) = next {
            let due = visits.due.entry(key.clone()).or_insert(at);
            *due = at.min(*due);
        }
        drop(visits);
        self.changed.notify_one();
    }

    /// Forgets the visits under way, which have been ended.
    pub(crate) fn abandon(&self) {
        self.lock().running.clear();
        self.changed.notify_one();
    }

    /// Tells whether a visit to an object is under way.
    pub(crate) fn is_running(&self, key: &Key) -> bool {
        self.lock().running.contains_key(key)
    }

    /// Counts the visits under way.
    pub(crate) fn running(&self) -> usize {
        self.lock().running.len()
    }

    fn lock(&self) -> MutexGuard<'_, Visits> {
        self.visits.lock().expect("no holder of this lock panics")
    }
}

impl Visits {
    fn soonest(&self) -> Option<(Key, Instant)> {
        self.due
            .iter()
            .filter(|(key, _)| !self.running.contains_key(*key))
            .min_by_key(|(_, at)| **at)
            .map(|(key, at)| (key.clone(), *at))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::{Instant, timeout};

    use super::{Key, Queue};

    fn key(name: &str) -> Key {
        ("ns".to_owned(), name.to_owned())
    }

    #[tokio::test]
    async fn a_visit_asked_for_during_a_visit_takes_place_after_it() {
        let queue = Queue::default();
        queue.visit(key("a"));
        let (first, _) = queue.next().await;
        queue.visit(key("a"));
        let waiting = timeout(Duration::from_millis(20), queue.next()).await;
        assert!(waiting.is_err(), "not twice at the same time");
        queue.done(&first, None);
        assert_eq!(queue.next().await.0, key("a"));
    }

    #[tokio::test]
    async fn the_earlier_of_two_times_wins() {
        let queue = Queue::default();
        queue.visit_at(key("a"), Instant::now() + Duration::from_hours(1));
        queue.visit(key("a"));
        assert!(timeout(Duration::from_secs(1), queue.next()).await.is_ok());
    }

    #[tokio::test]
    async fn a_visit_under_way_is_told_that_it_is_outdated() {
        let queue = Queue::default();
        queue.visit(key("a"));
        let (_, outdated) = queue.next().await;
        queue.supersede(key("a"));
        assert!(timeout(Duration::from_secs(1), outdated.notified()).await.is_ok());
    }
}
