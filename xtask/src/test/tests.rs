use std::{collections::BTreeSet, fs};

use crate::environment::Environment;

use super::{Outcome, REAL, Row, conclude};

#[test]
fn every_module_of_the_real_suite_is_run() {
    let folder = Environment::read().root.join("tests/real/tests/suite");
    let files = fs::read_dir(folder).expect("the suite is there").map(|entry| {
        let path = entry.expect("an entry").path();
        path.file_stem().expect("a name").to_string_lossy().into_owned()
    });
    let helpers = ["main", "demo", "exchange", "generate", "kubectl"];
    let modules: BTreeSet<String> = files.filter(|name| !helpers.contains(&&**name)).collect();
    let run: BTreeSet<String> = REAL.iter().map(|(module, _)| (*module).to_owned()).collect();
    assert_eq!(modules, run);
}

#[test]
fn what_is_left_out_fails_only_in_ci() {
    let rows = [Row { step: "browser".into(), outcome: Outcome::LeftOut("no browser".into()) }];
    let at_home = Environment { is_ci: false, ..Environment::read() };
    assert!(conclude(&at_home, &rows).is_ok());
    let in_ci = Environment { is_ci: true, ..at_home };
    assert!(conclude(&in_ci, &rows).is_err());
}
