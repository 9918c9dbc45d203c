//! From `wharf push` to the new object in the cluster.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::Path,
    process::Stdio,
    sync::mpsc::{Receiver, channel},
    thread,
    time::{Duration, Instant},
};

use crate::{report::Row, world::World};

/// Pushes that count, after some that warm up.
const ROUNDS: usize = 100;
const WARM_UP: usize = 5;

/// Measures on the embedded Kubernetes API and on the real one.
pub(crate) fn run() -> Vec<Row> {
    let embedded = measure("push to applied, embedded API", &World::embedded());
    let real = measure("push to applied, real API server", &World::real());
    [embedded, real].concat()
}

/// Pushes a changed object again and again; a watch tells when it is in the cluster.
///
/// The time starts before the process `wharf push` does, so it holds packing and pushing too.
fn measure(case: &str, world: &World) -> Vec<Row> {
    let folder = tempfile::tempdir().expect("a folder can be made");
    write_round(folder.path(), "start");
    world.push(folder.path(), "bench/latency:dev", &[]);
    world.apply(&DELIVERY.replace("REGISTRY", &world.registry));
    let path = ["get", "receiver", "latency", "--namespace=bench", "--output"];
    let path = world.wait(&[&path[..], &["jsonpath={.status.webhookPath}"]].concat());
    let hook = format!("{}{path}", world.receiver);
    let get = ["get", "configmap", "latency", "--namespace=bench", "--output"];
    world.wait(&[&get[..], &["jsonpath={.data.round}"]].concat());
    let seen = watch(world);

    let mut times = Vec::new();
    for round in 0..WARM_UP + ROUNDS {
        let round = round.to_string();
        write_round(folder.path(), &round);
        let start = Instant::now();
        world.push(folder.path(), "bench/latency:dev", &["--notify", &hook]);
        let end = loop {
            let (shown, at) = seen.recv_timeout(Duration::from_secs(30)).expect("it is applied");
            if shown == round {
                break at;
            }
        };
        times.push(end.duration_since(start).as_secs_f64() * 1000.0);
    }
    let mut times = times.split_off(WARM_UP);
    times.sort_by(f64::total_cmp);
    vec![
        Row::alone(case, "p50 ms", times[ROUNDS / 2]),
        Row::alone(case, "p99 ms", times[ROUNDS - 2]),
    ]
}

/// Sends each value of the object, and when it was seen.
fn watch(world: &World) -> Receiver<(String, Instant)> {
    let shown = "jsonpath={.data.round}{\"\\n\"}";
    let get = ["get", "configmap", "latency", "--namespace=bench", "--watch", "--output", shown];
    let mut kubectl = world.kubectl.command(&get);
    let mut kubectl = kubectl.stdout(Stdio::piped()).spawn().expect("kubectl starts");
    let stdout = kubectl.stdout.take().expect("stdout was asked for as a pipe");
    let (tell, seen) = channel();
    thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            if tell.send((line, Instant::now())).is_err() {
                break;
            }
        }
        kubectl.kill().ok();
        kubectl.wait().ok();
    });
    seen
}

fn write_round(folder: &Path, round: &str) {
    let text = format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: latency}}\ndata: {{round: '{round}'}}\n"
    );
    fs::write(folder.join("object.yaml"), text).expect("a file can be written");
}

const DELIVERY: &str = "
apiVersion: v1
kind: Namespace
metadata: {name: bench}
---
apiVersion: v1
kind: Secret
metadata: {name: hook, namespace: bench}
stringData: {token: anchor}
---
apiVersion: notification.toolkit.fluxcd.io/v1
kind: Receiver
metadata: {name: latency, namespace: bench}
spec:
  type: generic
  secretRef: {name: hook}
  resources: [{apiVersion: source.toolkit.fluxcd.io/v1, kind: OCIRepository, name: latency}]
---
apiVersion: source.toolkit.fluxcd.io/v1
kind: OCIRepository
metadata: {name: latency, namespace: bench}
spec: {url: oci://REGISTRY/bench/latency, ref: {tag: dev}, interval: 10m, insecure: true}
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: latency, namespace: bench}
spec:
  sourceRef: {kind: OCIRepository, name: latency}
  targetNamespace: bench
  interval: 10m
  prune: true
";
