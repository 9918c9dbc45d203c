//! `wharf`: the command line.
//!
//! Start reading at `main`.

fn main() {}
