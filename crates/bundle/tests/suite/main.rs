//! What the crate `bundle` promises, through its public interface.

#![expect(
    clippy::format_collect,
    clippy::format_push_string,
    clippy::needless_pass_by_value,
    clippy::needless_raw_string_hashes,
    clippy::too_many_lines,
    clippy::unwrap_used,
    reason = "tests may panic, and read better as tables and snapshots"
)]

extern crate wharf_bundle as bundle;

mod diffs;
mod foreign;
mod image_lists;
mod inspects;
mod packs;
mod properties;
mod refusals;
mod tapes;
