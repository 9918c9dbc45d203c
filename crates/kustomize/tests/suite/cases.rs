//! `tests/cases/<field>/<sentence>/`: `in/` is built, `expected.yaml` is what kustomize 5.8.1 prints.
//!
//! `expected.err` is our message where kustomize refuses; `target` names a folder below `in/`.

use std::fs;
use std::path::{Path, PathBuf};

use manifest::{Limits, Tree};
use wharf_kustomize::{Options, build};

fn cases() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let below = |folder: &Path| -> Vec<PathBuf> {
        let mut found: Vec<_> =
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        found.sort();
        found
    };
    below(&root).iter().flat_map(|field| below(field)).collect()
}

fn check(case: &Path) -> Result<(), String> {
    let target = fs::read_to_string(case.join("target")).unwrap_or_else(|_| ".".to_owned());
    let tree = Tree::read_folder(&case.join("in"), &Limits::default()).unwrap();
    let found = build(&tree, target.trim(), &Options::default());
    match (found, fs::read_to_string(case.join("expected.yaml"))) {
        (Ok(output), Ok(expected)) if output.as_yaml() == expected => Ok(()),
        (Ok(output), Ok(expected)) => {
            Err(format!("printed\n{}\ninstead of\n{expected}", output.as_yaml()))
        }
        (Err(error), Ok(_)) => Err(format!("was refused: {}", error.chain())),
        (Ok(_), Err(_)) => Err("was built, but kustomize refuses it".to_owned()),
        (Err(error), Err(_)) => {
            let message = format!("{}\n", error.chain());
            let file = case.join("expected.err");
            if std::env::var_os("UPDATE_EXPECT").is_some() {
                fs::write(&file, &message).unwrap();
            }
            let expected = fs::read_to_string(&file).unwrap();
            if message == expected {
                Ok(())
            } else {
                Err(format!("said\n{message}instead of\n{expected}"))
            }
        }
    }
}

#[test]
fn every_case_is_built_or_refused_as_by_kustomize() {
    let cases = cases();
    assert!(cases.len() > 150, "only {} cases were found", cases.len());
    let failures: Vec<_> = cases
        .iter()
        .filter_map(|case| Some(format!("{}: {}", case.display(), check(case).err()?)))
        .collect();
    assert!(failures.is_empty(), "{} failed\n{}", failures.len(), failures.join("\n\n"));
}
