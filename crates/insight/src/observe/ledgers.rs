//! Reading the ledgers of the repositories that sources name.

use std::collections::BTreeMap;

use cluster::Fields;
use registry::Registry;

use crate::world::Ledger;

/// The ledgers that have been read; what never changes is read once.
#[derive(Clone)]
pub(super) struct Ledgers {
    _registry: Registry,
}

impl Ledgers {
    pub(super) fn new(registry: Registry) -> Self {
        Self { _registry: registry }
    }

    /// Reads the ledger of each repository once; what cannot be read is a sentence.
    pub(super) async fn read(
        &self,
        _sources: &[Fields],
    ) -> (BTreeMap<String, Ledger>, Vec<String>) {
        (BTreeMap::new(), Vec::new())
    }
}
