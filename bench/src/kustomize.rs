//! `kustomize build` beside `wharf kustomize build`: the same bytes, at which cost?

use std::path::{Path, PathBuf};

use wharf_real_tests::{Tool, wharf};

use crate::{
    measure::{Cost, in_turns},
    report::{Row, say},
    trees,
};

/// Builds each tree with both, in turns; the last rows are the sums over all trees.
pub(crate) fn run() -> Vec<Row> {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let nothing = Cost { cpu: 0.0, wall: 0.0, peak: 0.0 };
    let (mut ours, mut theirs) = (nothing, nothing);
    let mut rows = Vec::new();
    for (name, tree) in cases(folder.path()) {
        say(&format!("  {name}"));
        if !is_same(name, &tree) {
            continue;
        }
        let costs = compare(&tree);
        rows.extend(Row::of_costs(&format!("build {name}"), costs[0], "kustomize", costs[1]));
        ours = add(ours, costs[0]);
        theirs = add(theirs, costs[1]);
    }
    rows.extend(Row::of_costs("build, sum of all", ours, "kustomize", theirs));
    rows
}

/// The trees of issue 3: the sample, and generated ones that each stress one thing.
fn cases(folder: &Path) -> Vec<(&'static str, PathBuf)> {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/shop/overlays/prod");
    vec![
        ("the sample", sample),
        ("500 Deployments with patches", trees::deployments(&folder.join("deployments"), 500)),
        ("1,000 resources, renamed", trees::renamed(&folder.join("thousand"), 1000)),
        ("4,000 resources, labelled", trees::labelled(&folder.join("four"), 4000)),
        ("10 large CRDs with patches", trees::definitions(&folder.join("definitions"), 10)),
        ("a chain of 20 overlays", trees::chain(&folder.join("chain"), 20)),
    ]
}

/// Whether both print the same; a comparison of different work would say nothing.
fn is_same(name: &str, tree: &Path) -> bool {
    let theirs = Tool::built("kustomize").attempt(&["build".as_ref(), tree.as_os_str()]);
    let ours = wharf().attempt(&["kustomize".as_ref(), "build".as_ref(), tree.as_os_str()]);
    let is_same = ours.success && ours.stdout == theirs.stdout;
    if !is_same {
        say(&format!("  {name}: left out, the outputs differ {}{}", theirs.stderr, ours.stderr));
    }
    is_same
}

fn compare(tree: &Path) -> Vec<Cost> {
    let (wharf, kustomize) = (wharf(), Tool::built("kustomize"));
    let (here, there) = (tree.to_owned(), tree.to_owned());
    let ours = move || wharf.command(&["kustomize".as_ref(), "build".as_ref(), here.as_os_str()]);
    let theirs = move || kustomize.command(&["build".as_ref(), there.as_os_str()]);
    in_turns(vec![Box::new(ours), Box::new(theirs)])
}

/// Adds CPU and wall; of the peaks the higher one counts.
fn add(one: Cost, other: Cost) -> Cost {
    Cost { cpu: one.cpu + other.cpu, wall: one.wall + other.wall, peak: one.peak.max(other.peak) }
}
