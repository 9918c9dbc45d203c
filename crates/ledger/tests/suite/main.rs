//! What the crate `ledger` promises, on the embedded registry and its difficult relatives.

#![expect(
    clippy::needless_raw_string_hashes,
    clippy::unwrap_used,
    reason = "tests may panic, and read better as tables and snapshots"
)]

extern crate wharf_ledger as ledger;

mod faults;
mod holds;
mod model;
mod moves;
mod preflights;
mod races;
mod restores;
mod retains;
mod sets;
mod truth;
mod world;
