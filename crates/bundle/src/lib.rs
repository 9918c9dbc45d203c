//! Packs a tree into a reproducible OCI artifact, unpacks it safely, lists its images, diffs two.
//!
//! ```text
//!   Tree ─▶ pack ─▶ Packed { manifest, config, layer, digest } ─▶ (crate `registry` pushes them)
//!
//!   manifest ─▶ content_layer ─▶ layer bytes ─▶ unpack(limits) ─▶ Tree ─▶ manifest::read_tree ─▶ objects
//!                                                   │                                             │  │
//!                                                   └──▶ inspect ◀────────── images ◀─────────────┘  └─▶ diff(before, after)
//! ```
//!
//! Everything here is a pure function of its arguments: no clock, no disk, no network. What comes
//! from outside (`unpack`, `inspect`) is read as a stream under [`Limits`].
//!
//! Start reading at [`pack()`].

mod archive;
mod compress;
pub mod diff;
mod error;
pub mod image;
pub mod inspect;
pub mod limits;
pub mod media;
pub mod pack;
pub mod unpack;

pub use crate::diff::{Diff, diff};
pub use crate::error::Error;
pub use crate::image::{ImageName, ImageUse, images};
pub use crate::inspect::{Inspected, inspect};
pub use crate::limits::Limits;
pub use crate::media::LayerKind;
pub use crate::pack::{PackOptions, Packed, pack};
pub use crate::unpack::{content_layer, unpack, unpack_layer};
