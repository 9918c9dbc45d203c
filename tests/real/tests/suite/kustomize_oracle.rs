//! The native build beside real `kustomize`: the same bytes, and refusals where it refuses.

use std::{
    fs,
    path::{Path, PathBuf},
};

use kustomize::{Folder, Options};
use wharf_real_tests::Tool;

#[test]
fn the_examples_build_to_the_same_bytes() {
    let folders = kustomizations(&root().join("examples"));
    assert!(folders.len() >= 3, "{folders:?}");
    compare(&folders);
}

#[test]
fn the_cases_of_the_crate_build_to_the_same_bytes() {
    let folders = kustomizations(&root().join("crates/kustomize/tests/cases"));
    assert!(folders.len() >= 10, "{folders:?}");
    compare(&folders);
}

#[test]
fn generated_trees_build_to_the_same_bytes() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let trees: Vec<PathBuf> = (0..150)
        .map(|seed| {
            let tree = folder.path().join(format!("tree-{seed}"));
            crate::generate::tree(seed, &tree);
            tree.join("overlay")
        })
        .collect();
    compare(&trees);
}

/// Builds each folder with both and collects all that differ.
fn compare(folders: &[PathBuf]) {
    let oracle = Tool::built("kustomize");
    let mut different = Vec::new();
    for folder in folders {
        let theirs = oracle.attempt(&["build".as_ref(), folder.as_os_str()]);
        let ours = build(folder);
        match ours {
            Ok(ours) if theirs.success && ours == theirs.stdout => {}
            Err(_) if !theirs.success => {}
            Ok(ours) if theirs.success => different.push(format!(
                "{}: {}",
                folder.display(),
                first_difference(&theirs.stdout, &ours)
            )),
            Ok(_) => different.push(format!("{}: built, but: {}", folder.display(), theirs.stderr)),
            Err(refusal) => different.push(format!("{}: refused: {refusal}", folder.display())),
        }
    }
    assert!(
        different.is_empty(),
        "{} of {} differ:\n{}",
        different.len(),
        folders.len(),
        different.join("\n")
    );
}

fn build(folder: &Path) -> Result<String, kustomize::Error> {
    let output =
        kustomize::build(&Folder::new("/"), &folder.to_string_lossy(), &Options::default())?;
    Ok(output.to_yaml())
}

fn first_difference(theirs: &str, ours: &str) -> String {
    let pairs = theirs.lines().zip(ours.lines());
    let found = pairs.enumerate().find(|(_, (theirs, ours))| theirs != ours);
    found.map_or_else(
        || format!("{} lines instead of {}", ours.lines().count(), theirs.lines().count()),
        |(line, (theirs, ours))| format!("line {}: `{ours}` instead of `{theirs}`", line + 1),
    )
}

/// All folders below that hold a kustomization.
fn kustomizations(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut found = Vec::new();
    if folder.join("kustomization.yaml").is_file() {
        found.push(folder.to_owned());
    }
    for entry in entries.filter_map(Result::ok).filter(|entry| entry.path().is_dir()) {
        found.extend(kustomizations(&entry.path()));
    }
    found.sort();
    found
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}
