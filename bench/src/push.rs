//! Packing and pushing 3,000 files, beside `oras push`.

use std::{path::Path, process::Command};

use wharf_real_tests::{Tool, wharf};

use crate::{measure::in_turns, report::Row, trees, world::distribution};

const FILES: usize = 3000;

/// Both push the same folder to the same registry (distribution 3), each time to a new repository.
pub(crate) fn run() -> Vec<Row> {
    let folder = tempfile::tempdir().expect("a folder can be made");
    trees::files(&folder.path().join("tree"), FILES);
    let registry = distribution();
    let host = registry.host();
    let (wharf, oras) = (wharf(), Tool::built("oras"));
    let place = folder.path().to_owned();
    let other_place = place.clone();
    let other_host = host.clone();
    let mut number = 0;
    let ours = move || {
        number += 1;
        let target = format!("{host}/wharf-{number}:1");
        let origin = ["--source", "https://git.example.com/shop", "--revision", "main@sha1:0"];
        in_folder(wharf.command(&[&["push", "tree", &target], &origin[..]].concat()), &place)
    };
    let mut other_number = 0;
    let theirs = move || {
        other_number += 1;
        let target = format!("{other_host}/oras-{other_number}:1");
        in_folder(oras.command(&["push", "--plain-http", &target, "tree"]), &other_place)
    };
    let costs = in_turns(vec![Box::new(ours), Box::new(theirs)]);
    Row::of_costs(&format!("push {FILES} files"), costs[0], "oras", costs[1])
}

fn in_folder(mut command: Command, folder: &Path) -> Command {
    command.current_dir(folder);
    command
}
