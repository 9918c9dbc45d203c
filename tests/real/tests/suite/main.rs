//! wharf beside the real parts; a module per part.

mod debian_registry;
mod distribution;
mod exchange;
mod guarded_registry;
mod olareg;
