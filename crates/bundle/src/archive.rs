//! The tar format: written as Go writes it for Flux, read with limits.

mod header;
mod read;
mod write;

pub(crate) use read::{Entry, Kind, Reader};
pub(crate) use write::Writer;

/// The size of every header and the unit that contents are padded to.
pub(crate) const BLOCK: usize = 512;
