//! First causes, each from the objects a real cluster shows.

use expect_test::{Expect, expect};
use wharf_plan::{Evidence, Fields, cause, id_of};

use crate::world::objects;

/// The first object is the workload; Events are told apart by kind.
fn check(yaml: &str, expected: &Expect) {
    let all: Vec<Fields> = objects(yaml).into_iter().map(|object| object.value).collect();
    let (events, mut related): (Vec<Fields>, Vec<Fields>) =
        all.into_iter().partition(|object| id_of(object).kind == "Event");
    let workload = related.remove(0);
    let evidence = Evidence { workload: &workload, related: &related, events: &events };
    let text = cause(&evidence).map_or("none\n".to_owned(), |cause| {
        format!("{}: {}\n{}: {}\n", cause.kind, cause.sentence(), cause.reason, cause.message)
    });
    expected.assert_eq(&text);
}

/// A Deployment, its old and new `ReplicaSet`, and a pod of the new one with this status.
fn failing_pod(spec: &str, status: &str) -> String {
    format!(
        "
apiVersion: apps/v1
kind: Deployment
metadata: {{ name: web, namespace: shop, uid: d }}
spec: {{ selector: {{ matchLabels: {{ app: web }} }} }}
status: {{ conditions: [{{ type: Progressing, status: 'False', reason: ProgressDeadlineExceeded, message: late }}] }}
---
apiVersion: apps/v1
kind: ReplicaSet
metadata:
  {{ name: web-1, namespace: shop, uid: r1, annotations: {{ deployment.kubernetes.io/revision: '9' }}, ownerReferences: [{{ kind: Deployment, name: web, uid: d }}] }}
---
apiVersion: apps/v1
kind: ReplicaSet
metadata:
  {{ name: web-2, namespace: shop, uid: r2, annotations: {{ deployment.kubernetes.io/revision: '10' }}, ownerReferences: [{{ kind: Deployment, name: web, uid: d }}] }}
---
apiVersion: v1
kind: Pod
metadata: {{ name: web-1-x, namespace: shop, ownerReferences: [{{ kind: ReplicaSet, name: web-1, uid: r1 }}] }}
status: {{ phase: Running, containerStatuses: [{{ name: old, state: {{ waiting: {{ reason: CrashLoopBackOff }} }} }}] }}
---
apiVersion: v1
kind: Pod
metadata: {{ name: web-2-x, namespace: shop, uid: p, ownerReferences: [{{ kind: ReplicaSet, name: web-2, uid: r2 }}] }}
spec: {{ {spec} }}
status: {{ phase: Pending, {status} }}
"
    )
}

const WEB: &str = "containers: [{ name: web, image: 'registry.test/shop:9' }]";

fn event(reason: &str, message: &str) -> String {
    format!(
        "---
apiVersion: v1
kind: Event
metadata: {{ name: e-{}, namespace: shop }}
involvedObject: {{ kind: Pod, name: web-2-x, namespace: shop, uid: p }}
type: Warning
reason: {reason}
message: {message:?}
lastTimestamp: '2026-01-01T00:00:00Z'
",
        reason.to_lowercase()
    )
}

#[test]
fn a_missing_image_is_told_by_the_event_behind_the_back_off() {
    let status = "containerStatuses: [{ name: web, restartCount: 0, state: { waiting: { reason: ImagePullBackOff, message: 'Back-off pulling image \"registry.test/shop:9\"' } } }]";
    let world = failing_pod(WEB, status)
        + &event(
            "Failed",
            "Failed to pull image \"registry.test/shop:9\": rpc error: code = NotFound desc = registry.test/shop:9: not found",
        );
    check(
        &world,
        &expect![[r#"
        ImageNotFound: image `registry.test/shop:9` does not exist (container `web` of Pod/shop/web-2-x)
        ImagePullBackOff: Failed to pull image "registry.test/shop:9": rpc error: code = NotFound desc = registry.test/shop:9: not found
    "#]],
    );
}

#[test]
fn pull_failures_are_told_apart_by_what_the_kubelet_says() {
    let rows = [
        (
            "ErrImagePull",
            "failed to resolve reference: unexpected status: 401 Unauthorized",
            expect!["ImageRefused"],
        ),
        (
            "ErrImagePull",
            "dial tcp: lookup registry.test: no such host",
            expect!["RegistryUnreachable"],
        ),
        ("ErrImagePull", "no match for platform in manifest: not found", expect!["ImagePlatform"]),
        ("ErrImagePull", "manifest unknown", expect!["ImageNotFound"]),
        ("InvalidImageName", "couldn't parse image name", expect!["ImageNameInvalid"]),
        ("ErrImagePull", "disk full", expect!["ImagePull"]),
    ];
    for (reason, message, expected) in rows {
        let status = format!(
            "containerStatuses: [{{ name: web, state: {{ waiting: {{ reason: {reason}, message: {message:?} }} }} }}]"
        );
        let all: Vec<Fields> =
            objects(&failing_pod(WEB, &status)).into_iter().map(|object| object.value).collect();
        let evidence = Evidence { workload: &all[0], related: &all[1..], events: &[] };
        expected.assert_eq(&cause(&evidence).unwrap().kind.to_string());
    }
}

#[test]
fn a_missing_pull_secret_is_named_when_the_registry_refuses() {
    let status = "containerStatuses: [{ name: web, state: { waiting: { reason: ErrImagePull, message: 'pull access denied' } } }]";
    let world = failing_pod(WEB, status)
        + &event(
            "FailedToRetrieveImagePullSecret",
            "Unable to retrieve some image pull secrets (regcred); attempting to pull the image may not succeed.",
        );
    check(
        &world,
        &expect![[r#"
        PullSecretMissing: the image pull secret does not exist (container `web` of Pod/shop/web-2-x)
        FailedToRetrieveImagePullSecret: Unable to retrieve some image pull secrets (regcred); attempting to pull the image may not succeed.
    "#]],
    );
}

#[test]
fn a_crash_loop_tells_exit_code_restarts_and_last_words() {
    let status = "containerStatuses: [{ name: web, restartCount: 4, state: { waiting: { reason: CrashLoopBackOff, message: back-off 1m20s } }, lastState: { terminated: { exitCode: 2, reason: Error, message: 'cannot open /data' } } }]";
    check(
        &failing_pod(WEB, status),
        &expect![[r#"
        CrashLoop: the process keeps exiting with exit code 2, restarted 4 times (container `web` of Pod/shop/web-2-x)
        CrashLoopBackOff: cannot open /data
    "#]],
    );
}

#[test]
fn a_container_that_used_too_much_memory_is_not_just_a_crash_loop() {
    let status = "containerStatuses: [{ name: web, state: { waiting: { reason: CrashLoopBackOff, message: back-off } }, lastState: { terminated: { exitCode: 137, reason: OOMKilled } } }]";
    check(
        &failing_pod(WEB, status),
        &expect![[r#"
        OutOfMemory: the container was killed for using too much memory (container `web` of Pod/shop/web-2-x)
        OOMKilled: back-off
    "#]],
    );
}

#[test]
fn a_failing_init_container_comes_before_the_containers_that_wait_for_it() {
    let spec =
        "initContainers: [{ name: migrate, image: m }], containers: [{ name: web, image: w }]";
    let status = "initContainerStatuses: [{ name: migrate, state: { terminated: { exitCode: 1, reason: Error, message: no database } } }], containerStatuses: [{ name: web, state: { waiting: { reason: PodInitializing } } }]";
    check(
        &failing_pod(spec, status),
        &expect![[r#"
        Crashed: the process has exited with exit code 1 (container `migrate` of Pod/shop/web-2-x)
        Error: no database
    "#]],
    );
}

#[test]
fn probes_are_read_from_events() {
    let running = "containerStatuses: [{ name: web, ready: false, state: { running: {} } }]";
    let readiness =
        event("Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 503");
    check(
        &(failing_pod(WEB, running) + &readiness),
        &expect![[r#"
        ReadinessFailing: the readiness probe fails (container `web` of Pod/shop/web-2-x)
        Unhealthy: Readiness probe failed: HTTP probe failed with statuscode: 503
    "#]],
    );
    let looping = "containerStatuses: [{ name: web, state: { waiting: { reason: CrashLoopBackOff } }, lastState: { terminated: { exitCode: 137, reason: Error } } }]";
    let liveness = event("Unhealthy", "Liveness probe failed: connection refused");
    check(
        &(failing_pod(WEB, looping) + &liveness),
        &expect![[r#"
        LivenessFailing: the liveness probe fails, so the container is restarted (container `web` of Pod/shop/web-2-x)
        Unhealthy: Liveness probe failed: connection refused
    "#]],
    );
}

#[test]
fn what_stops_a_pod_before_its_containers_is_found() {
    let creating =
        "containerStatuses: [{ name: web, state: { waiting: { reason: ContainerCreating } } }]";
    let mount = event(
        "FailedMount",
        "MountVolume.SetUp failed for volume \"c\": configmap \"settings\" not found",
    );
    check(
        &(failing_pod(WEB, creating) + &mount),
        &expect![[r#"
        ConfigMissing: a ConfigMap, Secret or key that it refers to does not exist (Pod/shop/web-2-x)
        FailedMount: MountVolume.SetUp failed for volume "c": configmap "settings" not found
    "#]],
    );
    let config = "containerStatuses: [{ name: web, state: { waiting: { reason: CreateContainerConfigError, message: 'secret \"db\" not found' } } }]";
    check(
        &failing_pod(WEB, config),
        &expect![[r#"
        ConfigMissing: a ConfigMap, Secret or key that it refers to does not exist (container `web` of Pod/shop/web-2-x)
        CreateContainerConfigError: secret "db" not found
    "#]],
    );
    let unscheduled = "conditions: [{ type: PodScheduled, status: 'False', reason: Unschedulable, message: '0/3 nodes are available: 3 Insufficient cpu.' }]";
    check(
        &failing_pod(WEB, unscheduled),
        &expect![[r#"
        Unschedulable: no node takes the pod (Pod/shop/web-2-x)
        Unschedulable: 0/3 nodes are available: 3 Insufficient cpu.
    "#]],
    );
}

#[test]
fn an_unbound_claim_is_named_with_what_its_provisioner_says() {
    let spec = "volumes: [{ name: data, persistentVolumeClaim: { claimName: data } }]";
    let status = "conditions: [{ type: PodScheduled, status: 'False', reason: Unschedulable, message: 'pod has unbound immediate PersistentVolumeClaims' }]";
    let world = failing_pod(spec, status)
        + "---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: { name: data, namespace: shop }
status: { phase: Pending }
---
apiVersion: events.k8s.io/v1
kind: Event
metadata: { name: e, namespace: shop }
regarding: { kind: PersistentVolumeClaim, name: data, namespace: shop }
reason: ProvisioningFailed
note: storageclass \"fast\" not found
";
    check(
        &world,
        &expect![[r#"
        VolumeUnbound: a volume claim is not bound (PersistentVolumeClaim/shop/data)
        ProvisioningFailed: storageclass "fast" not found
    "#]],
    );
}

#[test]
fn pods_that_cannot_be_created_are_explained_by_their_maker() {
    let refused = |message: &str| {
        format!(
            "
apiVersion: apps/v1
kind: Deployment
metadata: {{ name: web, namespace: shop }}
---
apiVersion: apps/v1
kind: ReplicaSet
metadata: {{ name: web-1, namespace: shop, ownerReferences: [{{ kind: Deployment, name: web }}] }}
status: {{ conditions: [{{ type: ReplicaFailure, status: 'True', reason: FailedCreate, message: {message:?} }}] }}
"
        )
    };
    check(
        &refused(
            "pods \"web-1-\" is forbidden: exceeded quota: small, requested: pods=1, used: pods=2, limited: pods=2",
        ),
        &expect![[r#"
            QuotaExceeded: the resource quota forbids the pod (ReplicaSet/shop/web-1)
            FailedCreate: pods "web-1-" is forbidden: exceeded quota: small, requested: pods=1, used: pods=2, limited: pods=2
        "#]],
    );
    check(
        &refused(
            "pods \"web-1-\" is forbidden: error looking up service account shop/web: serviceaccount \"web\" not found",
        ),
        &expect![[r#"
            ServiceAccountMissing: the service account does not exist (ReplicaSet/shop/web-1)
            FailedCreate: pods "web-1-" is forbidden: error looking up service account shop/web: serviceaccount "web" not found
        "#]],
    );
    check(
        &refused("pods \"web-1-\" is forbidden: violates PodSecurity \"restricted:latest\""),
        &expect![[r#"
            AdmissionDenied: admission refuses the pod (ReplicaSet/shop/web-1)
            FailedCreate: pods "web-1-" is forbidden: violates PodSecurity "restricted:latest"
        "#]],
    );
}

#[test]
fn without_pods_the_object_speaks_for_itself() {
    check(
        "{apiVersion: batch/v1, kind: Job, metadata: {name: a, namespace: b}, status: {conditions: [{type: Failed, status: 'True', reason: BackoffLimitExceeded, message: Job has reached the specified backoff limit}]}}",
        &expect![[r#"
            RetriesUsedUp: the job has used up its retries (Job/b/a)
            BackoffLimitExceeded: Job has reached the specified backoff limit
        "#]],
    );
}

#[test]
fn a_healthy_workload_has_no_cause() {
    check(
        "
apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: shop }
spec: { selector: { matchLabels: { app: web } } }
---
apiVersion: v1
kind: Pod
metadata: { name: web-x, namespace: shop, labels: { app: web } }
status: { phase: Running, conditions: [{ type: Ready, status: 'True' }], containerStatuses: [{ name: web, ready: true, state: { running: {} } }] }
",
        &expect![[r#"
            none
        "#]],
    );
}
