//! The Go libraries' answers, frozen in `tests/cases`; `tests/oracle` tells how they were made.
//!
//! In a case, `␍`, `␉`, `␇` and `␀` stand for carriage return, tab, bell and byte order mark, and `␄`
//! for the end of a text that ends without a line break.

use std::fmt::Write as _;
use std::path::Path;

use manifest::yaml::{self, Kind, Options, Schema};

struct Case {
    name: String,
    /// Title and text, the input first; `None` stands for a refusal.
    sections: Vec<(String, Option<String>)>,
}

impl Case {
    fn input(&self) -> &[u8] {
        self.sections[0].1.as_deref().unwrap_or_default().as_bytes()
    }
}

#[test]
fn every_case_reads_and_prints_as_the_go_libraries_do() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let (mut differences, mut count) = (String::new(), 0);
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        for case in parse(&std::fs::read_to_string(&path).unwrap()) {
            for (title, expected) in &case.sections[1..] {
                count += 1;
                let found = run(title, case.input());
                if found.as_ref().ok() != expected.as_ref() {
                    let file = path.file_name().unwrap().to_string_lossy();
                    writeln!(
                        differences,
                        "{file}: {}: {title}\n{found:#?}\n{expected:#?}",
                        case.name
                    )
                    .unwrap();
                }
            }
        }
    }
    assert!(count > 400, "only {count} sections were found");
    assert!(differences.is_empty(), "found, then expected:\n{differences}");
}

#[test]
fn resources_print_the_same_with_and_without_json_in_between() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    for entry in std::fs::read_dir(folder).unwrap() {
        for case in parse(&std::fs::read_to_string(entry.unwrap().path()).unwrap()) {
            for root in yaml::parse(case.input()).unwrap_or_default() {
                let direct = manifest::node_to_yaml(&root).ok();
                let by_json = root.to_json().ok().map(|value| manifest::to_yaml(&value));
                assert_eq!(direct, by_json, "{}", case.name);
            }
        }
    }
}

fn run(title: &str, input: &[u8]) -> Result<String, String> {
    let text = |problem: manifest::Problem| problem.to_string();
    match title {
        "emit" => yaml::parse(input).map(|roots| yaml::emit_all(&roots)).map_err(text),
        "kustomize" => {
            let roots = yaml::parse(input).map_err(text)?;
            let resources = roots.iter().filter(|root| root.kind != Kind::Scalar);
            let texts: Result<Vec<_>, _> = resources.map(manifest::node_to_yaml).collect();
            texts.map(|texts| texts.join("---\n")).map_err(text)
        }
        "kubernetes" => {
            let options = Options { comments: false, first_only: true, first_line: 1 };
            let roots = yaml::parse_with(input, options).map_err(text)?;
            let value = roots.first().map(|root| root.to_json_as(Schema::Kubernetes)).transpose();
            value.map(|value| manifest::to_yaml(&value.unwrap_or_default())).map_err(text)
        }
        _ => Err(format!("no such section: {title}")),
    }
}

fn parse(text: &str) -> Vec<Case> {
    let mut cases = Vec::new();
    for line in text.split_inclusive('\n') {
        if let Some(name) = line.strip_prefix("######## ") {
            cases.push(Case { name: name.trim().to_owned(), sections: Vec::new() });
            continue;
        }
        let sections = &mut cases.last_mut().expect("a case begins with its name").sections;
        if let Some(title) = line.strip_prefix("#### ").map(str::trim) {
            sections.push(match title.strip_suffix(": refused") {
                Some(title) => (title.to_owned(), None),
                None => (title.to_owned(), Some(String::new())),
            });
        } else {
            let (_, text) = sections.last_mut().expect("a section begins with its title");
            text.get_or_insert_default().push_str(line);
        }
    }
    for (_, text) in cases.iter_mut().flat_map(|case| &mut case.sections) {
        *text = text.take().map(|text| unescape(&text));
    }
    cases
}

fn unescape(text: &str) -> String {
    let text = text.strip_suffix("␄\n").unwrap_or(text);
    text.replace('␍', "\r").replace('␉', "\t").replace('␇', "\x07").replace('␀', "\u{FEFF}")
}
