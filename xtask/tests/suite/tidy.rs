//! Tidiness that a reader relies on and a compiler does not see.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// At this many lines, tests apart, a file answers more than one question.
const MOST_LINES: usize = 500;

#[test]
fn a_file_fits_in_five_hundred_lines() {
    let long: Vec<String> = product_files()
        .map(|file| (lines_without_tests(&read(&file)), file))
        .filter(|(lines, _)| *lines > MOST_LINES)
        .map(|(lines, file)| format!("{} has {lines} lines", file.display()))
        .collect();
    assert!(long.is_empty(), "split by the question they answer:\n{}", long.join("\n"));
}

#[test]
fn tests_inside_a_file_do_not_count_as_its_lines() {
    let file = "fn work() {}\n\n#[cfg(test)]\nmod tests {\n    #[test]\n    fn works() {}\n}\n";
    assert_eq!(lines_without_tests(file), 2);
    assert_eq!(lines_without_tests("fn a() {}\n#[cfg(test)]\nmod tests;\nfn b() {}\n"), 4);
}

#[test]
fn a_module_is_a_file_of_its_name() {
    let found: Vec<PathBuf> = files("rs").filter(|file| file.ends_with("mod.rs")).collect();
    assert!(found.is_empty(), "`x.rs` beside `x/`, not `x/mod.rs`: {found:?}");
}

#[test]
fn every_crate_says_where_to_start_reading() {
    let silent: Vec<PathBuf> = crate_roots()
        .filter(|file| {
            let text = read(file);
            let last = text.lines().take_while(|line| line.starts_with("//!")).last();
            !last.is_some_and(|line| line.starts_with("//! Start reading at "))
        })
        .collect();
    assert!(silent.is_empty(), "end the crate doc with \"Start reading at …\": {silent:?}");
}

#[test]
fn no_file_names_a_place_on_one_machine() {
    let places = ["work", "root", "farm", "tmp/wharf", "tmp/wt"].map(|name| format!("/{name}/"));
    let mut found = Vec::new();
    for file in tracked().filter(|file| !is_pin(file) && !is_fixture(file)) {
        let Ok(text) = fs::read_to_string(super::root().join(&file)) else { continue };
        for (number, line) in text.lines().enumerate() {
            if places.iter().any(|place| names_place(line, place)) {
                found.push(format!("{}:{}: {line}", file.display(), number + 1));
            }
        }
    }
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn a_place_is_told_from_a_part_of_a_longer_path() {
    let place = ["", "farm", ""].join("/");
    assert!(names_place(&format!("see {place}shared"), &place));
    assert!(!names_place(&format!("docs{place}shared"), &place));
}

#[test]
fn the_architecture_names_every_crate() {
    let text = read(Path::new("ARCHITECTURE.md"));
    let unnamed: Vec<String> = crate_roots()
        .filter_map(|file| Some(file.strip_prefix("crates").ok()?.iter().next()?.to_owned()))
        .map(|name| name.to_string_lossy().into_owned())
        .filter(|name| !text.contains(&format!("`{name}`")))
        .collect();
    assert!(unnamed.is_empty(), "tell ARCHITECTURE.md of {unnamed:?}");
}

#[test]
fn no_folder_of_cases_is_forgotten() {
    let mut cases: Vec<(PathBuf, bool)> = Vec::new();
    for file in tracked() {
        let parts: Vec<_> = file.iter().collect();
        let Some(at) = parts.iter().position(|part| *part == "cases") else { continue };
        // A case is `cases/<topic>/<sentence>/`, and what it expects stands right in it.
        if parts.len() < at + 4 {
            continue;
        }
        let case: PathBuf = parts[..at + 3].iter().collect();
        let expects = parts.len() == at + 4 && parts[at + 3] != "target";
        match cases.iter_mut().find(|(known, _)| *known == case) {
            Some((_, found)) => *found |= expects,
            None => cases.push((case, expects)),
        }
    }
    let forgotten: Vec<_> = cases.iter().filter(|(_, expects)| !expects).collect();
    assert!(forgotten.is_empty(), "these expect nothing, so nobody runs them: {forgotten:?}");
}

#[test]
fn versions_of_libraries_stand_in_one_place() {
    let mut found = Vec::new();
    for file in files("toml").filter(|file| file.ends_with("Cargo.toml") && !is_top(file)) {
        let mut is_dependencies = false;
        for line in read(&file).lines() {
            if line.starts_with('[') {
                is_dependencies = line.trim_end_matches(']').ends_with("dependencies");
            } else if is_dependencies && line.contains('=') && !line.contains("workspace = true") {
                found.push(format!("{}: {line}", file.display()));
            }
        }
    }
    assert!(found.is_empty(), "write `workspace = true`:\n{}", found.join("\n"));
}

/// Lines of a file up to its inline test module.
fn lines_without_tests(text: &str) -> usize {
    text.split("#[cfg(test)]\nmod tests {").next().unwrap_or(text).lines().count()
}

/// Whether a line has the absolute path, rather than the end of a longer one.
fn names_place(line: &str, place: &str) -> bool {
    line.match_indices(place).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || "_-./*}$:~".contains(c))
    })
}

/// Rust files of the product: no tests, no build output.
pub(crate) fn product_files() -> impl Iterator<Item = PathBuf> {
    files("rs").filter(|file| {
        let is_test = file.iter().any(|part| part == "tests") && !file.starts_with("tests");
        !is_test && !file.ends_with("tests.rs")
    })
}

/// The file that holds each crate's doc.
fn crate_roots() -> impl Iterator<Item = PathBuf> {
    files("toml").filter(|file| file.ends_with("Cargo.toml") && !is_top(file)).filter_map(|file| {
        let source = file.parent()?.join("src");
        let library = source.join("lib.rs");
        let root = super::root();
        Some(if root.join(&library).is_file() { library } else { source.join("main.rs") })
    })
}

fn is_top(file: &Path) -> bool {
    file == Path::new("Cargo.toml")
}

/// Whether a file is written by a package manager.
fn is_pin(file: &Path) -> bool {
    ["Cargo.lock", "go.sum", "package-lock.json"].iter().any(|name| file.ends_with(name))
}

/// Whether a file is input of a test, such as a manifest that mounts root's home.
fn is_fixture(file: &Path) -> bool {
    file.iter().any(|part| part == "cases" || part == "corpus" || part == "fixtures")
}

fn files(extension: &'static str) -> impl Iterator<Item = PathBuf> {
    tracked().filter(move |file| file.extension().is_some_and(|found| found == extension))
}

/// The files that Git knows of, or would add, from the top of the checkout.
fn tracked() -> impl Iterator<Item = PathBuf> {
    let output = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard", "-z"])
        .current_dir(super::root())
        .output()
        .expect("git starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let names = String::from_utf8(output.stdout).expect("file names are UTF-8");
    let files: Vec<PathBuf> = names.split_terminator('\0').map(PathBuf::from).collect();
    files.into_iter().filter(|file| super::root().join(file).is_file())
}

pub(crate) fn read(file: &Path) -> String {
    fs::read_to_string(super::root().join(file)).expect("a tracked file can be read")
}
