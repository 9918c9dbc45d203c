//! The command line, as a person types it.
//!
//! A case is a folder below `tests/cases/<verb>/<sentence>/`: `in/` is the folder that the commands run in, `cmd` holds
//! them, one a line, and `out` what they say: standard output, standard error behind `! `, and the exit code
//! where it is not 0. Every case has an embedded registry of its own at `$REGISTRY`.
//! `UPDATE_EXPECT=1 cargo test -p wharf` rewrites the `out` files; the diff is the review.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its stage has failed")]

mod case;

#[test]
fn every_case_says_what_its_folder_says() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let cases = case::discover(&root);
    assert!(!cases.is_empty(), "no cases below {}", root.display());
    let wrong: Vec<String> = cases.iter().filter_map(|folder| case::check(folder).err()).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn the_reference_page_is_what_the_help_says() {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_wharf"))
        .arg("docs")
        .env_clear()
        .output()
        .unwrap();
    let page = String::from_utf8(output.stdout).unwrap();
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    expect_test::expect_file![root.join("docs/cli.md")].assert_eq(&page);
}
