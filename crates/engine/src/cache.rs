//! Results of pure steps, kept by the digest of what they were made from.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex};

use tokio::sync::OnceCell;

/// A bounded cache in which each value is made once, however many ask for it at the same time.
///
/// A value that could not be made is not kept. When the weights exceed the limit, the values that were
/// asked for longest ago go first.
pub(crate) struct Cache<V> {
    limit: usize,
    entries: Mutex<Entries<V>>,
}

struct Entries<V> {
    by_key: BTreeMap<String, Entry<V>>,
    clock: u64,
}

struct Entry<V> {
    cell: Arc<OnceCell<V>>,
    weight: usize,
    used: u64,
}

impl<V: Clone> Cache<V> {
    /// A cache for values that weigh at most `limit` together.
    pub(crate) fn new(limit: usize) -> Self {
        Self { limit, entries: Mutex::new(Entries { by_key: BTreeMap::new(), clock: 0 }) }
    }

    /// Returns the value of `key`, made by `make` if nobody has; `make` also tells its weight.
    pub(crate) async fn get<E, F>(&self, key: &str, make: F) -> Result<V, E>
    where
        F: Future<Output = Result<(V, usize), E>>,
    {
        let cell = self.cell(key);
        let mut weight = None;
        let value = cell
            .get_or_try_init(|| async {
                let (value, heavy) = make.await?;
                weight = Some(heavy);
                Ok(value)
            })
            .await
            .cloned();
        match (&value, weight) {
            (Ok(_), Some(weight)) => self.weigh(key, weight),
            (Ok(_), None) => {}
            (Err(_), _) => self.drop_empty(key),
        }
        value
    }

    fn cell(&self, key: &str) -> Arc<OnceCell<V>> {
        let mut entries = self.entries.lock().expect("no holder of this lock panics");
        entries.clock += 1;
        let used = entries.clock;
        let entry = entries.by_key.entry(key.to_owned()).or_insert_with(|| Entry {
            cell: Arc::default(),
            weight: 0,
            used,
        });
        entry.used = used;
        entry.cell.clone()
    }

    fn weigh(&self, key: &str, weight: usize) {
        let mut entries = self.entries.lock().expect("no holder of this lock panics");
        if let Some(entry) = entries.by_key.get_mut(key) {
            entry.weight = weight;
        }
        let mut total: usize = entries.by_key.values().map(|entry| entry.weight).sum();
        while total > self.limit {
            let ready = entries.by_key.iter().filter(|(_, entry)| entry.weight > 0);
            let Some(oldest) =
                ready.min_by_key(|(_, entry)| entry.used).map(|(key, _)| key.clone())
            else {
                return;
            };
            total -= entries.by_key.remove(&oldest).map_or(0, |entry| entry.weight);
        }
    }

    fn drop_empty(&self, key: &str) {
        let mut entries = self.entries.lock().expect("no holder of this lock panics");
        if entries.by_key.get(key).is_some_and(|entry| !entry.cell.initialized()) {
            entries.by_key.remove(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::Cache;

    #[tokio::test]
    async fn a_value_is_made_once_for_all_who_ask() {
        let cache = Cache::new(100);
        let made = AtomicUsize::new(0);
        let make = || async {
            tokio::task::yield_now().await;
            Ok::<_, ()>((made.fetch_add(1, Ordering::SeqCst), 10))
        };
        let (a, b) = tokio::join!(cache.get("k", make()), cache.get("k", make()));
        assert_eq!((a, b), (Ok(0), Ok(0)));
    }

    #[tokio::test]
    async fn the_value_unused_for_longest_goes_when_the_limit_is_reached() {
        let cache = Cache::new(20);
        for key in ["a", "b", "a", "c"] {
            cache.get(key, async { Ok::<_, ()>((key.to_owned(), 10)) }).await.unwrap();
        }
        let again = |key| cache.get(key, async { Err::<(String, usize), ()>(()) });
        assert!(again("a").await.is_ok());
        assert!(again("b").await.is_err());
    }

    #[tokio::test]
    async fn a_failure_is_not_kept() {
        let cache = Cache::new(20);
        assert!(cache.get("k", async { Err::<((), usize), ()>(()) }).await.is_err());
        assert!(cache.get("k", async { Ok::<_, ()>(((), 1)) }).await.is_ok());
    }
}
