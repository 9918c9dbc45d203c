//! The kstatus rules, one row each.

use wharf_plan::{Health, HealthStatus, health, health_at};

use crate::world::live;

fn check(yaml: &str, expected: &str) {
    let health = health(&live(yaml));
    assert_eq!(line(&health), expected, "{yaml}");
}

fn line(health: &Health) -> String {
    format!("{} [{}] {}", health.status, health.reason, health.message)
}

/// A Deployment with two wanted replicas and this status.
fn deployment(status: &str) -> String {
    format!(
        "{{apiVersion: apps/v1, kind: Deployment, metadata: {{name: web, generation: 2}}, spec: {{replicas: 2, progressDeadlineSeconds: 600}}, status: {{observedGeneration: 2, {status}}}}}"
    )
}

#[test]
fn a_deployment_is_current_only_when_every_rule_holds() {
    let rows = [
        ("", "InProgress [LessReplicas] replicas: 0/2"),
        ("replicas: 2", "InProgress [LessUpdated] Updated: 0/2"),
        ("replicas: 3, updatedReplicas: 2", "InProgress [ExtraPods] Pending termination: 1"),
        ("replicas: 2, updatedReplicas: 2", "InProgress [LessAvailable] Available: 0/2"),
        (
            "replicas: 2, updatedReplicas: 2, availableReplicas: 2, readyReplicas: 1",
            "InProgress [LessReady] Ready: 1/2",
        ),
        (
            "replicas: 2, updatedReplicas: 2, availableReplicas: 2, readyReplicas: 2",
            "InProgress [ReplicaSetNotAvailable] ReplicaSet not Available",
        ),
        (
            "replicas: 2, updatedReplicas: 2, availableReplicas: 2, readyReplicas: 2, conditions: [{type: Progressing, status: 'True', reason: NewReplicaSetAvailable}]",
            "InProgress [DeploymentNotAvailable] Deployment not Available",
        ),
        (
            "replicas: 2, updatedReplicas: 2, availableReplicas: 2, readyReplicas: 2, conditions: [{type: Progressing, status: 'True', reason: NewReplicaSetAvailable}, {type: Available, status: 'True'}]",
            "Current [] Deployment is available. Replicas: 2",
        ),
        (
            "replicas: 2, conditions: [{type: Progressing, status: 'False', reason: ProgressDeadlineExceeded}]",
            "Failed [ProgressDeadlineExceeded] Progress deadline exceeded",
        ),
    ];
    for (status, expected) in rows {
        check(&deployment(status), expected);
    }
}

#[test]
fn generic_rules_come_before_those_of_the_kind() {
    check(
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: a, deletionTimestamp: '2026-01-01T00:00:00Z'}}",
        "Terminating [Terminating] Resource scheduled for deletion",
    );
    check(
        "{apiVersion: apps/v1, kind: Deployment, metadata: {name: a, generation: 3}, status: {observedGeneration: 2}}",
        "InProgress [LatestGenerationNotObserved] Deployment generation is 3, but latest observed generation is 2",
    );
    check(
        "{apiVersion: x/v1, kind: Widget, metadata: {name: a}, status: {conditions: [{type: Reconciling, status: 'True', reason: P, message: m}]}}",
        "InProgress [P] m",
    );
    check(
        "{apiVersion: x/v1, kind: Widget, metadata: {name: a}, status: {conditions: [{type: Ready, status: 'True'}, {type: Stalled, status: 'True', reason: S, message: m}]}}",
        "Failed [S] m",
    );
}

#[test]
fn other_kinds_go_by_their_ready_condition() {
    let other = |condition: &str| {
        format!(
            "{{apiVersion: x/v1, kind: Widget, metadata: {{name: a}}, status: {{conditions: [{condition}]}}}}"
        )
    };
    check(&other("{type: Ready, status: 'True'}"), "Current [] Resource is Ready");
    check(&other("{type: Ready, status: 'False', reason: R, message: m}"), "InProgress [R] m");
    check(&other("{type: Ready, status: Unknown, reason: R, message: m}"), "InProgress [R] m");
    check(&other(""), "Current [] Resource is current");
}

/// A StatefulSet with two wanted replicas, this strategy and this status.
fn stateful_set(strategy: &str, status: &str) -> String {
    format!(
        "{{apiVersion: apps/v1, kind: StatefulSet, metadata: {{name: db}}, spec: {{replicas: 2, updateStrategy: {{{strategy}}}}}, status: {{{status}}}}}"
    )
}

#[test]
fn a_stateful_set_follows_its_strategy() {
    let full = "replicas: 2, readyReplicas: 2";
    let partition = "type: RollingUpdate, rollingUpdate: {partition: 1}";
    let rows = [
        (
            "type: OnDelete",
            String::new(),
            "Current [] StatefulSet is using the ondelete update strategy",
        ),
        ("", String::new(), "InProgress [LessReplicas] Replicas: 0/2"),
        ("", "replicas: 2".into(), "InProgress [LessReady] Ready: 0/2"),
        (
            "",
            "replicas: 3, readyReplicas: 2".into(),
            "InProgress [ExtraPods] Pending termination: 1",
        ),
        (partition, full.into(), "InProgress [PartitionRollout] updated: 0/1"),
        (
            partition,
            format!("{full}, updatedReplicas: 1"),
            "Current [] Partition rollout complete. updated: 1",
        ),
        ("", full.into(), "InProgress [LessCurrent] current: 0/2"),
        (
            "",
            format!("{full}, currentReplicas: 2, currentRevision: a, updateRevision: b"),
            "InProgress [RevisionMismatch] Waiting for updated revision to match current",
        ),
        (
            "",
            format!("{full}, currentReplicas: 2, currentRevision: b, updateRevision: b"),
            "Current [] All replicas scheduled as expected. Replicas: 2",
        ),
    ];
    for (strategy, status, expected) in rows {
        check(&stateful_set(strategy, &status), expected);
    }
}

#[test]
fn a_daemon_set_needs_its_controllers_word() {
    let set = |metadata: &str, status: &str| {
        format!(
            "{{apiVersion: apps/v1, kind: DaemonSet, metadata: {{name: a, {metadata}}}, status: {{{status}}}}}"
        )
    };
    let seen = "observedGeneration: 1, desiredNumberScheduled: 1";
    let rows = [
        ("", String::new(), "InProgress [NoGeneration] DaemonSet metadata.generation not found"),
        (
            "generation: 1",
            String::new(),
            "InProgress [NoObservedGeneration] DaemonSet status.observedGeneration not found",
        ),
        (
            "generation: 1",
            "observedGeneration: 1".into(),
            "InProgress [NoDesiredNumber] Missing .status.desiredNumberScheduled",
        ),
        ("generation: 1", seen.into(), "InProgress [LessCurrent] Current: 0/1"),
        (
            "generation: 1",
            format!(
                "{seen}, currentNumberScheduled: 1, updatedNumberScheduled: 1, numberAvailable: 1, numberReady: 1"
            ),
            "Current [] All replicas scheduled as expected. Replicas: 1",
        ),
    ];
    for (metadata, status, expected) in rows {
        check(&set(metadata, &status), expected);
    }
}

#[test]
fn a_replica_set_reports_failures_and_counts() {
    let set = |status: &str| {
        format!(
            "{{apiVersion: apps/v1, kind: ReplicaSet, metadata: {{name: a}}, status: {{{status}}}}}"
        )
    };
    check(
        &set("conditions: [{type: ReplicaFailure, status: 'True'}]"),
        "InProgress [ReplicaFailure] Replica Failure condition. Check Pods",
    );
    check(&set(""), "InProgress [LessLabelled] Labelled: 0/1");
    check(
        &set("replicas: 1, fullyLabeledReplicas: 1, availableReplicas: 1, readyReplicas: 1"),
        "Current [] ReplicaSet is available. Replicas: 1",
    );
}

#[test]
fn a_job_is_current_only_when_complete_or_suspended() {
    let job = |status: &str| {
        format!(
            "{{apiVersion: batch/v1, kind: Job, metadata: {{name: a}}, spec: {{completions: 2}}, status: {{{status}}}}}"
        )
    };
    check(&job("active: 0"), "InProgress [JobNotStarted] Job not started. active: 0/1");
    check(
        &job("startTime: x, active: 1"),
        "InProgress [JobInProgress] Job in progress. success:0, active: 1, failed: 0",
    );
    check(
        &job("succeeded: 2, conditions: [{type: Complete, status: 'True'}]"),
        "Current [] Job Completed. succeeded: 2/2",
    );
    check(&job("conditions: [{type: Suspended, status: 'True'}]"), "Current [] Job Suspended");
    check(
        &job("conditions: [{type: Suspended, status: 'False'}]"),
        "InProgress [JobNotStarted] Job not started. active: 0/1",
    );
    check(
        &job("failed: 3, conditions: [{type: Failed, status: 'True'}]"),
        "Failed [JobFailed] Job Failed. failed: 3/2",
    );
}

/// A pod with this status.
fn pod(status: &str) -> String {
    format!("{{apiVersion: v1, kind: Pod, metadata: {{name: a}}, status: {{{status}}}}}")
}

#[test]
fn a_pod_goes_by_phase_readiness_and_crash_loops() {
    let rows = [
        ("", "InProgress [PodNotObserved] Pod phase not available"),
        ("phase: Odd", "Unknown [UnknownPhase] unknown phase Odd"),
        ("phase: Succeeded", "Current [] Pod has completed successfully"),
        ("phase: Failed", "Current [] Pod has completed, but not successfully"),
        ("phase: Pending", "InProgress [PodPending] Pod is in the Pending phase"),
        ("phase: Running", "InProgress [PodRunningNotReady] Pod is running but is not Ready"),
        ("phase: Running, conditions: [{type: Ready, status: 'True'}]", "Current [] Pod is Ready"),
        (
            "phase: Running, containerStatuses: [{name: x, state: {waiting: {reason: CrashLoopBackOff}}}, {name: y, state: {running: {}}}]",
            "Failed [ContainerCrashLooping] Containers in CrashLoop state: x",
        ),
    ];
    for (status, expected) in rows {
        check(&pod(status), expected);
    }
}

#[test]
fn an_unschedulable_pod_has_failed_after_fifteen_seconds() {
    let pod = live(
        "{apiVersion: v1, kind: Pod, metadata: {name: a, creationTimestamp: '2026-01-01T00:00:00Z'}, status: {phase: Pending, conditions: [{type: PodScheduled, status: 'False', reason: Unschedulable}]}}",
    );
    let at = |time: &str| health_at(&pod, time.parse().unwrap()).status;
    assert_eq!(health(&pod).status, HealthStatus::InProgress);
    assert_eq!(at("2026-01-01T00:00:14Z"), HealthStatus::InProgress);
    assert_eq!(at("2026-01-01T00:00:15Z"), HealthStatus::Failed);
}

#[test]
fn kinds_that_run_nothing_have_their_rules() {
    let rows = [
        ("v1, kind: Secret, metadata: {name: a}", "Current [] Resource is always ready"),
        (
            "v1, kind: PersistentVolumeClaim, metadata: {name: a}",
            "InProgress [NotBound] PVC is not Bound. phase: unknown",
        ),
        (
            "v1, kind: PersistentVolumeClaim, metadata: {name: a}, status: {phase: Bound}",
            "Current [] PVC is Bound",
        ),
        ("v1, kind: Service, metadata: {name: a}", "Current [] Service is ready"),
        (
            "v1, kind: Service, metadata: {name: a}, spec: {type: LoadBalancer}",
            "InProgress [NoIPAssigned] ClusterIP not set. Service type: LoadBalancer",
        ),
        (
            "policy/v1, kind: PodDisruptionBudget, metadata: {name: a}",
            "Current [] AllowedDisruptions has been computed.",
        ),
        (
            "apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {name: a}",
            "InProgress [Installing] Install in progress",
        ),
        (
            "apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {name: a}, status: {conditions: [{type: NamesAccepted, status: 'False', reason: Taken, message: m}]}",
            "Failed [Taken] m",
        ),
        (
            "apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {name: a}, status: {conditions: [{type: NamesAccepted, status: 'True'}, {type: Established, status: 'True'}]}",
            "Current [] CRD is established",
        ),
    ];
    for (rest, expected) in rows {
        check(&format!("{{apiVersion: {rest}}}"), expected);
    }
}
