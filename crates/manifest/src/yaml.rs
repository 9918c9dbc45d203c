//! YAML documents as trees that keep order, styles, comments and anchors.
//!
//! Modelled on the node of go.yaml.in/yaml/v3, which kustomize builds on.

pub mod emit;
pub mod json;
pub mod node;
pub mod parse;

pub use crate::yaml::emit::emit;
pub use crate::yaml::node::{Comments, Kind, Node, Style, Tag, Text};
pub use crate::yaml::parse::{Document, parse, parse_documents};
