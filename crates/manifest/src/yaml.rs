//! YAML documents as trees that keep order, styles, comments and anchors.
//!
//! Modelled on the node of go.yaml.in/yaml/v3, which kustomize builds on. Two rule books for the
//! types of plain scalars are in use: [`Schema::Kustomize`] and [`Schema::Kubernetes`].

pub mod emit;
pub mod json;
pub mod node;
pub mod parse;
pub mod resolve;

mod input;
pub(crate) mod number;
mod scan;
mod timestamp;
mod token;

pub use crate::yaml::emit::{emit, emit_all};
pub use crate::yaml::input::MAX_BYTES;
pub use crate::yaml::node::{Comments, Kind, Node, Style, Tag, Text};
pub use crate::yaml::parse::{MAX_DEPTH, Options, parse, parse_with};
pub use crate::yaml::resolve::Schema;
