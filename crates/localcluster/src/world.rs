//! What all parts of one local cluster share.

use std::sync::{Arc, PoisonError, RwLock};

use jiff::Timestamp;
use tokio::sync::watch;

use crate::cluster::Clock;
use crate::images::ImageLookup;
use crate::kinds::{Kinds, Resource, from_crd};
use crate::store::Store;

pub(crate) struct World {
    pub(crate) store: Store,
    kinds: RwLock<Arc<Kinds>>,
    clock: Clock,
    pub(crate) images: Option<Arc<dyn ImageLookup>>,
    pub(crate) closing: watch::Sender<bool>,
}

impl World {
    pub(crate) fn new(store: Store, clock: Clock, images: Option<Arc<dyn ImageLookup>>) -> Self {
        let world = Self {
            store,
            kinds: RwLock::new(Arc::new(Kinds::builtin())),
            clock,
            images,
            closing: watch::channel(false).0,
        };
        world.refresh_kinds();
        world
    }

    pub(crate) fn kinds(&self) -> Arc<Kinds> {
        Arc::clone(&self.kinds.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads all CRDs again.
    pub(crate) fn refresh_kinds(&self) {
        let mut kinds = Kinds::builtin();
        let (crds, _) = self.store.list(&crds(), "");
        for crd in crds {
            if let Some(kind) = from_crd(&crd.value)
                && kinds.get(&kind.group, &kind.plural).is_none()
            {
                kinds.insert(Arc::new(kind));
            }
        }
        *self.kinds.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(kinds);
    }

    pub(crate) fn timestamp(&self) -> Timestamp {
        (self.clock)()
    }

    /// The time as objects carry it, to the second.
    pub(crate) fn now(&self) -> String {
        self.timestamp().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
    }
}

pub(crate) fn crds() -> Resource {
    Resource::new("apiextensions.k8s.io", "customresourcedefinitions")
}

/// Random bytes as lower-case hexadecimal digits.
pub(crate) fn random_hex(bytes: usize) -> String {
    let mut buffer = vec![0; bytes];
    // The system was asked once while starting; it does not run dry later.
    if getrandom::fill(&mut buffer).is_err() {
        tracing::error!("the system has no randomness to give");
    }
    let mut hex = String::with_capacity(bytes * 2);
    for byte in buffer {
        for digit in [byte >> 4, byte & 15] {
            hex.extend(char::from_digit(digit.into(), 16));
        }
    }
    hex
}

/// A version 4 UUID.
pub(crate) fn new_uid() -> String {
    let hex = random_hex(16);
    format!("{}-{}-4{}-a{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..])
}

/// Five letters as Kubernetes appends to generated names.
pub(crate) fn name_suffix() -> String {
    const ALPHABET: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
    random_hex(5)
        .as_bytes()
        .chunks(2)
        .map(|pair| {
            let value = pair.iter().fold(0_usize, |sum, digit| sum * 31 + usize::from(*digit));
            char::from(ALPHABET[value % ALPHABET.len()])
        })
        .collect()
}
