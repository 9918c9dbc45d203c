//! Who may use whom: the table of the house, held against `cargo metadata`.

use std::{collections::BTreeMap, process::Command};

use serde_json::Value;

/// A crate of the road: its name, the crates it may use, and the subjects it knows nothing of.
struct Layer {
    name: &'static str,
    may_use: &'static [&'static str],
    ignorant_of: &'static [Subject],
}

/// A subject, known by the libraries that speak of it.
struct Subject {
    name: &'static str,
    libraries: &'static [&'static str],
}

const NETWORK: Subject = Subject {
    name: "the network",
    libraries: &["reqwest", "hyper", "hyper-util", "axum", "tokio", "object_store", "gix"],
};
const CLUSTERS: Subject = Subject { name: "clusters", libraries: &["kube", "k8s-openapi"] };
const OCI: Subject = Subject { name: "OCI", libraries: &["oci-spec"] };
const COMMAND_LINE: Subject =
    Subject { name: "the command line", libraries: &["clap", "clap_complete", "indicatif"] };
const PAGES: Subject = Subject { name: "HTML", libraries: &["askama", "maud"] };

/// In the order of the road, as ARCHITECTURE.md tells it.
const LAYERS: &[Layer] = &[
    Layer { name: "manifest", may_use: &[], ignorant_of: &[OCI, NETWORK, CLUSTERS, COMMAND_LINE] },
    Layer {
        name: "kustomize",
        may_use: &["manifest"],
        ignorant_of: &[OCI, NETWORK, CLUSTERS, COMMAND_LINE],
    },
    Layer {
        name: "bundle",
        may_use: &["manifest"],
        ignorant_of: &[NETWORK, CLUSTERS, COMMAND_LINE],
    },
    Layer { name: "registry", may_use: &[], ignorant_of: &[CLUSTERS, COMMAND_LINE, PAGES] },
    Layer { name: "trust", may_use: &["registry"], ignorant_of: &[CLUSTERS, COMMAND_LINE, PAGES] },
    Layer { name: "checks", may_use: &["manifest"], ignorant_of: &[NETWORK, CLUSTERS, OCI] },
    Layer {
        name: "hydrate",
        may_use: &["manifest", "kustomize", "checks"],
        ignorant_of: &[NETWORK, CLUSTERS, OCI, COMMAND_LINE],
    },
    Layer {
        name: "ledger",
        may_use: &["registry", "bundle", "trust"],
        ignorant_of: &[CLUSTERS, COMMAND_LINE, PAGES],
    },
    Layer { name: "api", may_use: &[], ignorant_of: &[OCI, COMMAND_LINE, PAGES] },
    Layer {
        name: "plan",
        may_use: &["manifest", "api"],
        ignorant_of: &[NETWORK, CLUSTERS, OCI, COMMAND_LINE, PAGES],
    },
    Layer { name: "cluster", may_use: &["plan", "api"], ignorant_of: &[OCI, COMMAND_LINE] },
    Layer {
        name: "engine",
        may_use: &[
            "manifest",
            "kustomize",
            "bundle",
            "registry",
            "trust",
            "checks",
            "hydrate",
            "ledger",
            "api",
            "plan",
            "cluster",
        ],
        ignorant_of: &[COMMAND_LINE, PAGES],
    },
    Layer {
        name: "insight",
        may_use: &["registry", "ledger", "cluster", "api"],
        ignorant_of: &[COMMAND_LINE, PAGES],
    },
    Layer { name: "console", may_use: &["insight"], ignorant_of: &[CLUSTERS, OCI, COMMAND_LINE] },
    Layer {
        name: "registry-server",
        may_use: &["registry"],
        ignorant_of: &[CLUSTERS, COMMAND_LINE],
    },
    Layer { name: "localcluster", may_use: &[], ignorant_of: &[OCI, COMMAND_LINE, PAGES] },
];

/// These see the whole house: the command line, and the crates that test and measure it.
const ON_TOP: &[&str] = &["wharf", "xtask", "wharf-real-tests", "wharf-bench"];

#[test]
fn every_crate_uses_only_what_its_layer_may_use() {
    let found = violations(&dependencies());
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

#[test]
fn every_crate_has_a_layer() {
    let unknown: Vec<String> = dependencies()
        .into_keys()
        .filter(|name| !ON_TOP.contains(&name.as_str()))
        .filter(|name| !LAYERS.iter().any(|layer| layer.name == name))
        .collect();
    assert!(unknown.is_empty(), "give these a row in `layers.rs`: {unknown:?}");
}

#[test]
fn a_crate_that_reaches_up_is_named() {
    let world = [("plan", "wharf-registry"), ("manifest", "reqwest"), ("plan", "wharf-api")];
    let mut dependencies: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, used) in world {
        dependencies.entry(name.to_owned()).or_default().push(used.to_owned());
    }
    assert_eq!(
        violations(&dependencies),
        [
            "`manifest` may not use `reqwest`: it knows nothing of the network",
            "`plan` may not use `registry`: it may use manifest, api",
        ]
    );
}

#[test]
fn plan_asks_no_clock() {
    let askers: Vec<_> = crate::tidy::product_files()
        .filter(|file| file.starts_with("crates/plan"))
        .filter(|file| crate::tidy::read(file).contains("::now("))
        .collect();
    assert!(askers.is_empty(), "take the time as an argument: {askers:?}");
}

/// Says, a line each, which dependencies break the table.
fn violations(dependencies: &BTreeMap<String, Vec<String>>) -> Vec<String> {
    let mut found = Vec::new();
    for (name, used) in dependencies {
        let Some(layer) = LAYERS.iter().find(|layer| layer.name == name) else { continue };
        found.extend(used.iter().filter_map(|library| violation(layer, library)));
    }
    found
}

fn violation(layer: &Layer, library: &str) -> Option<String> {
    let name = layer.name;
    if let Some(used) = library.strip_prefix("wharf-") {
        let may_use = layer.may_use;
        return (!may_use.contains(&used)).then(|| match may_use {
            [] => format!("`{name}` may not use `{used}`: it may use no crate of ours"),
            some => format!("`{name}` may not use `{used}`: it may use {}", some.join(", ")),
        });
    }
    let subject = layer.ignorant_of.iter().find(|subject| subject.libraries.contains(&library))?;
    Some(format!("`{name}` may not use `{library}`: it knows nothing of {}", subject.name))
}

/// What each member uses in its product code, by the crates' short names. Tests may use anything.
fn dependencies() -> BTreeMap<String, Vec<String>> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .current_dir(super::root())
        .output()
        .expect("cargo starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo prints JSON");
    let packages = metadata["packages"].as_array().expect("packages is a list");
    packages.iter().map(|package| (short_name(package), product_dependencies(package))).collect()
}

fn short_name(package: &Value) -> String {
    let name = package["name"].as_str().expect("a package has a name");
    if ON_TOP.contains(&name) {
        return name.to_owned();
    }
    name.strip_prefix("wharf-").unwrap_or(name).to_owned()
}

fn product_dependencies(package: &Value) -> Vec<String> {
    let dependencies = package["dependencies"].as_array().expect("dependencies is a list");
    dependencies
        .iter()
        .filter(|dependency| dependency["kind"].as_str() != Some("dev"))
        .filter_map(|dependency| Some(dependency["name"].as_str()?.to_owned()))
        .collect()
}
