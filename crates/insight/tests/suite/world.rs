//! A recorded world, read from YAML.

use std::collections::BTreeMap;

use wharf_insight::{Insight, Recording, Table};

/// The moment of every recording.
pub(crate) const NOW: &str = "2026-11-21T10:00:00Z";

/// The shop whose prod got a version without image.
pub(crate) fn shop() -> Insight {
    recorded(
        include_str!("../worlds/shop/cluster.yaml"),
        include_str!("../worlds/shop/ledger.yaml"),
    )
}

/// A world of these objects and ledgers.
pub(crate) fn recorded(cluster: &str, ledger: &str) -> Insight {
    let (objects, problems) = manifest::read("cluster.yaml", cluster.as_bytes());
    assert_eq!(problems, []);
    let ledgers = manifest::yaml::parse(ledger.as_bytes()).expect("YAML");
    let ledgers = ledgers.first().map(|node| node.to_json().expect("plain YAML"));
    Insight::recorded(Recording {
        at: NOW.parse().expect("the time is well-formed"),
        objects: objects.into_iter().map(|object| object.value).collect(),
        ledgers: ledgers.map_or_else(BTreeMap::new, |ledgers| {
            serde_json::from_value(ledgers).expect("the ledgers are well-formed")
        }),
        trouble: Vec::new(),
    })
}

/// A table as text, columns padded.
pub(crate) fn text(table: &Table) -> String {
    let header = table.columns.iter().map(ToString::to_string).collect();
    let lines: Vec<Vec<String>> = std::iter::once(header).chain(table.rows.clone()).collect();
    let width = |column: usize| {
        lines.iter().map(|line| line[column].chars().count()).max().unwrap_or_default()
    };
    let line = |line: &Vec<String>| {
        let cells = line
            .iter()
            .enumerate()
            .map(|(column, cell)| format!("{cell:<width$}", width = width(column)));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned() + "\n"
    };
    lines.iter().map(line).collect()
}
