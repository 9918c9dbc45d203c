//! What `wharf engine` keeps in memory.

use std::{fmt::Write as _, thread, time::Duration};

use crate::{measure::resident, report::Row, trees, world::World};

const SOURCES: usize = 200;

/// How long the engine rests before it is looked at.
const REST: Duration = Duration::from_secs(20);

/// On the real API server: idle, then with 200 sources of 20 manifests, a Kustomization each.
pub(crate) fn run() -> Vec<Row> {
    let world = World::real();
    thread::sleep(REST);
    let (_, idle) = resident(world.engine.id());

    let folder = tempfile::tempdir().expect("a folder can be made");
    trees::files(folder.path(), 20);
    let mut manifests = "apiVersion: v1\nkind: Namespace\nmetadata: {name: memory}\n".to_owned();
    for number in 0..SOURCES {
        world.push(folder.path(), &format!("bench/memory-{number}:dev"), &[]);
        let _ = write!(
            manifests,
            "---\napiVersion: source.toolkit.fluxcd.io/v1\nkind: OCIRepository\nmetadata: {{name: app-{number}, namespace: memory}}\n\
             spec: {{url: 'oci://{}/bench/memory-{number}', ref: {{tag: dev}}, interval: 10s, insecure: true}}\n\
             ---\napiVersion: v1\nkind: Namespace\nmetadata: {{name: memory-{number}}}\n\
             ---\napiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {{name: app-{number}, namespace: memory}}\n\
             spec: {{sourceRef: {{kind: OCIRepository, name: app-{number}}}, targetNamespace: memory-{number}, interval: 10m, prune: true}}\n",
            world.registry
        );
    }
    world.apply(&manifests);
    let ready = ["wait", "kustomization", "--all", "--namespace=memory", "--for=condition=Ready"];
    world.kubectl.run(&[&ready[..], &["--timeout=300s"]].concat());
    thread::sleep(REST);
    let (peak, busy) = resident(world.engine.id());
    vec![
        Row::alone("engine, idle", "MiB", idle),
        Row::alone("engine, 200 sources", "MiB", busy),
        Row::alone("engine, 200 sources, at most", "MiB", peak),
    ]
}
