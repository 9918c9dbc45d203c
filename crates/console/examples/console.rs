//! The dashboard over a recorded world: `cargo run -p wharf-console --example console`.
//!
//! Arguments: a port (default 8600), then a folder with `cluster.yaml` and `ledger.yaml` (default the
//! sample shop).

use std::collections::BTreeMap;
use std::path::PathBuf;

use insight::{Insight, Recording};
use wharf_console::{Settings, serve};

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let port: u16 = arguments.next().map_or(8600, |port| port.parse().expect("a port"));
    let shop = concat!(env!("CARGO_MANIFEST_DIR"), "/../insight/tests/worlds/shop");
    let folder = PathBuf::from(arguments.next().unwrap_or_else(|| shop.to_owned()));
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await.expect("a free port");
    let insight = Insight::recorded(recording(&folder));
    serve(listener, insight, Settings::default()).await.expect("the listener works");
}

fn recording(folder: &std::path::Path) -> Recording {
    let read = |name: &str| std::fs::read(folder.join(name)).unwrap_or_default();
    let (objects, problems) = manifest::read("cluster.yaml", &read("cluster.yaml"));
    assert_eq!(problems, [], "the objects are well-formed");
    let ledgers = manifest::yaml::parse(&read("ledger.yaml")).expect("YAML");
    let ledgers = ledgers.first().map(|node| node.to_json().expect("plain YAML"));
    Recording {
        at: "2026-11-21T10:00:00Z".parse().expect("a time"),
        objects: objects.into_iter().map(|object| object.value).collect(),
        ledgers: ledgers.map_or_else(BTreeMap::new, |ledgers| {
            serde_json::from_value(ledgers).expect("the ledgers are well-formed")
        }),
        trouble: Vec::new(),
    }
}
