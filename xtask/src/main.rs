//! Chores of the workspace: `cargo xtask <verb>`.
//!
//! Start reading at `main`.

fn main() {}
