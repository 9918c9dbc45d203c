//! What holds for the whole workspace, whoever writes the next line.

mod layers;
mod tidy;

use std::path::{Path, PathBuf};

/// The top folder of the checkout.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask is a folder").to_owned()
}
