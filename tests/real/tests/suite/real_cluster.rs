//! The same agreements on a real kube-apiserver, so that the embedded one is measured by it.

use std::fs;

use crate::kubectl::World;

crate::kubectl::agreements!(world);

fn world() -> World {
    World::new(&fs::read_to_string(wharf_real_tests::kubeconfig()).expect("a kubeconfig"))
}
