//! The controllers and the kubelet, as far as a user can see them.
//!
//! One task, level-triggered: every change marks the object and its owners as dirty, every dirty object
//! is looked at by the controller of its kind, and controllers write through the same door as requests.
//! Nothing polls; what has to happen later (a pod that is ready, a pull tried again, a deadline) is a
//! timer that marks the object dirty again.

mod actions;
mod claim;
mod daemon_set;
mod deployment;
mod disruption;
mod event;
mod job;
mod kubelet;
mod namespace;
mod pods;
mod replica_set;
mod rollout;
mod service;
mod stateful_set;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::collect;
use crate::images::ImageState;
use crate::store::Key;
use crate::world::World;

pub(crate) use namespace::bootstrap;

/// How many looked-up images may wait to be noticed.
const NEWS: usize = 256;

/// How fast the simulated machines are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Timing {
    pub(crate) pod_start: Duration,
    pub(crate) pull_retry: Duration,
}

/// What a task that had to wait found out.
#[derive(Debug)]
pub(crate) struct News {
    pub(crate) pod: Key,
    pub(crate) uid: String,
    /// The image that cannot be pulled, with the reason; `None` when all can.
    pub(crate) missing: Option<(String, String)>,
}

/// What the controllers remember between two looks.
pub(crate) struct Machine {
    pub(crate) world: Arc<World>,
    pub(crate) timing: Timing,
    pub(crate) timers: BTreeMap<Instant, BTreeSet<Key>>,
    pub(crate) news: mpsc::Sender<News>,
    pub(crate) pods: BTreeMap<String, kubelet::PodState>,
    pub(crate) progress: BTreeMap<String, Instant>,
    pub(crate) events: event::Recorder,
    pub(crate) next_address: u32,
    /// How many pods and deployments are remembered before the gone ones are forgotten.
    forget_at: usize,
}

/// Runs the controllers until the world closes.
pub(crate) async fn run(world: Arc<World>, timing: Timing) {
    let (news, mut incoming) = mpsc::channel(NEWS);
    let mut closing = world.closing.subscribe();
    let mut machine = Machine {
        world: Arc::clone(&world),
        timing,
        timers: BTreeMap::new(),
        news,
        pods: BTreeMap::new(),
        progress: BTreeMap::new(),
        events: event::Recorder::default(),
        next_address: 0,
        forget_at: 100,
    };
    loop {
        machine.work().await;
        let next = machine.timers.first_key_value().map(|(at, _)| *at);
        let later = Instant::now() + Duration::from_hours(1);
        tokio::select! {
            () = world.store.changed() => {}
            Some(news) = incoming.recv() => machine.hear(&news),
            () = tokio::time::sleep_until(next.unwrap_or(later)) => machine.wake(),
            _ = closing.wait_for(|closing| *closing) => return,
        }
    }
}

impl Machine {
    /// Looks at everything that changed until nothing changes any more.
    async fn work(&mut self) {
        loop {
            let dirty = self.world.store.take_dirty();
            collect::after_deletions(&self.world);
            if dirty.is_empty() {
                return;
            }
            self.forget();
            for key in dirty {
                collect::visit(&self.world, &key);
                self.visit(&key);
            }
            tokio::task::yield_now().await;
        }
    }

    /// Forgets pods and deployments that are gone, now and then.
    fn forget(&mut self) {
        let known = self.pods.len() + self.progress.len();
        if known < self.forget_at {
            return;
        }
        let store = &self.world.store;
        self.pods.retain(|uid, _| store.uid_exists(uid));
        self.progress.retain(|uid, _| store.uid_exists(uid));
        self.forget_at = (self.pods.len() + self.progress.len()) * 2 + 100;
    }

    /// Looks at one object.
    fn visit(&mut self, key: &Key) {
        match (key.resource.group.as_str(), key.resource.plural.as_str()) {
            ("apps", "deployments") => deployment::sync(self, key),
            ("apps", "replicasets") => replica_set::sync(self, key),
            ("apps", "statefulsets") => stateful_set::sync(self, key),
            ("apps", "daemonsets") => daemon_set::sync(self, key),
            ("batch", "jobs") => job::sync(self, key),
            ("", "pods") => {
                kubelet::sync(self, key);
                service::pod_changed(self, key);
                disruption::pod_changed(self, key);
            }
            ("", "events") => self.events.cap(&self.world),
            ("", "services") => service::sync(self, key),
            ("", "persistentvolumeclaims" | "persistentvolumes") => claim::sync(self, key),
            ("", "namespaces") => namespace::sync(self, key),
            ("networking.k8s.io", "ingresses") => service::ingress(self, key),
            ("policy", "poddisruptionbudgets") => disruption::sync(self, key),
            _ => {}
        }
    }

    /// Has `key` looked at again after `delay`.
    pub(crate) fn later(&mut self, key: &Key, delay: Duration) {
        self.timers.entry(Instant::now() + delay).or_default().insert(key.clone());
    }

    fn wake(&mut self) {
        let now = Instant::now();
        while let Some(first) = self.timers.first_entry() {
            if *first.key() > now {
                return;
            }
            for key in first.remove() {
                self.visit(&key);
            }
        }
    }

    fn hear(&mut self, news: &News) {
        kubelet::heard(self, news);
    }

    /// Asks for the images of a pod in the background.
    pub(crate) fn look_up(&self, pod: Key, uid: String, images: Vec<String>) {
        let (world, news) = (Arc::clone(&self.world), self.news.clone());
        tokio::spawn(async move {
            let mut missing = None;
            if let Some(lookup) = &world.images {
                for image in images {
                    if let ImageState::NotFound(why) = lookup.look_up(&image).await {
                        missing = Some((image, why));
                        break;
                    }
                }
            }
            // When nobody listens any more, the cluster has stopped.
            drop(news.send(News { pod, uid, missing }).await);
        });
    }
}
