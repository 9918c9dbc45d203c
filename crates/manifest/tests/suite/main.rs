//! What the crate promises, one module for each promise.

mod cases;
mod objects;
mod printing;
mod problems;
mod properties;
mod trees;
