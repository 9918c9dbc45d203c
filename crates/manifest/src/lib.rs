//! Kubernetes objects read from YAML as Kubernetes reads it, each remembering file and line.
//!
//! ```text
//! folder ──▶ Tree ──▶ read_tree ──▶ Vec<Object> + Vec<Problem>      (YAML 1.1 typing, as kubectl)
//!                                        │
//! bytes ──▶ yaml::parse ──▶ yaml::Node   └──▶ write ──▶ text        (as sigs.k8s.io/yaml prints)
//!                              │  ▲
//!                              ▼  │ order, styles, comments, anchors
//!                           yaml::emit ──▶ text                     (as go-yaml v3 prints)
//! ```
//!
//! Start reading at [`read()`].

pub mod error;
pub mod object;
pub mod problem;
pub mod read;
pub mod tree;
pub mod write;
pub mod yaml;

pub use crate::error::Error;
pub use crate::object::{Object, ObjectId, Origin};
pub use crate::problem::Problem;
pub use crate::read::{read, read_tree};
pub use crate::tree::{File, Limits, Tree};
pub use crate::write::{append_node, map_to_yaml, node_to_yaml, to_yaml, write};
