//! Every kind of failure belongs to one stage, whoever reported it.

use expect_test::{Expect, expect};
use wharf_insight::Target;

use crate::world::{NOW, recorded};

/// A source and a Kustomization with these extra parts.
fn world(source_status: &str, spec: &str, status: &str) -> String {
    format!(
        "
apiVersion: source.toolkit.fluxcd.io/v1
kind: OCIRepository
metadata: {{ name: shop, namespace: apps, generation: 1 }}
spec: {{ url: 'oci://ci:hunter2@registry.test/shop', ref: {{ tag: prod }}, interval: 1m }}
status: {{ {source_status} }}
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {{ name: shop, namespace: apps, generation: 2 }}
spec: {{ prune: true, path: ./prod, sourceRef: {{ kind: OCIRepository, name: shop }}, {spec} }}
status: {{ {status} }}
"
    )
}

const FETCHED: &str = "conditions: [{ type: Ready, status: 'True', reason: Succeeded }], artifact: { revision: 'prod@sha256:bbbb' }";
const APPLIED: &str =
    "lastAppliedRevision: 'prod@sha256:aaaa', lastAttemptedRevision: 'prod@sha256:bbbb'";

async fn check(cluster: &str, expected: &Expect) {
    let target = Target::parse("ks/shop", "apps").expect("the target is well-formed");
    let now = NOW.parse().expect("the time is well-formed");
    let view = recorded(cluster, "").explain(&target, now).await.expect("there is an answer");
    let rail: Vec<&str> = view.stages.iter().map(|it| it.state.sign()).collect();
    let hint = view.hint.map_or_else(|| "-".to_owned(), |hint| hint.text);
    let text = format!("{}\n{}\nnow: {}\nhint: {hint}\n", view.verdict, rail.join(" "), view.now);
    assert!(!text.contains("hunter2"), "{text}");
    expected.assert_eq(&text);
}

fn failed(reason: &str, message: &str) -> String {
    format!(
        "conditions: [{{ type: Ready, status: 'False', reason: {reason}, message: {message:?}, observedGeneration: 2 }}], {APPLIED}"
    )
}

#[tokio::test]
async fn a_registry_that_refuses_is_source() {
    let source = "conditions: [{ type: Ready, status: 'False', reason: AuthenticationFailed, message: 'GET https://ci:hunter2@registry.test/v2/: 401' }, { type: FetchFailed, status: 'True', reason: AuthenticationFailed, message: 'GET https://ci:hunter2@registry.test/v2/: 401' }], artifact: { revision: 'prod@sha256:aaaa' }";
    let status = "conditions: [{ type: Ready, status: 'True', reason: ReconciliationSucceeded, message: ok }], lastAppliedRevision: 'prod@sha256:aaaa', lastAttemptedRevision: 'prod@sha256:aaaa'";
    check(&world(source, "", status), &expect![[r#"
        `Kustomization/apps/shop` fails at Source: GET https://***@registry.test/v2/: 401
        ✖ – · · –
        now: the cluster still has aaaa as applied before
        hint: give `OCIRepository/apps/shop` credentials that may pull: its `spec.secretRef` or `spec.serviceAccountName`
    "#]]).await;
}

#[tokio::test]
async fn a_signature_that_is_missing_is_verify() {
    let source = "conditions: [{ type: Ready, status: 'False', reason: VerificationError, message: 'no matching signatures' }, { type: SourceVerified, status: 'False', reason: VerificationError, message: 'no matching signatures' }], artifact: { revision: 'prod@sha256:aaaa' }";
    check(&world(source, "", &failed("ArtifactFailed", "x")), &expect![[r#"
        `Kustomization/apps/shop` fails at Verify: no matching signatures
        ✔ ✖ · · –
        now: the cluster still has aaaa as applied before
        hint: sign the bundle as `OCIRepository/apps/shop` demands, in the pipeline that pushes it, or correct `spec.verify`; until then, go back to aaaa
    "#]]).await;
}

#[tokio::test]
async fn a_missing_source_or_path_is_source() {
    let kustomization = "
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: { name: shop, namespace: apps }
spec: { prune: true, sourceRef: { kind: OCIRepository, name: shop } }
";
    check(
        kustomization,
        &expect![[r#"
        `Kustomization/apps/shop` fails at Source: OCIRepository/apps/shop does not exist
        ✖ – · · –
        now: nothing is applied yet
        hint: create `OCIRepository/apps/shop`, or correct `spec.sourceRef`
    "#]],
    )
    .await;
    let path = failed("ArtifactFailed", "kustomization path not found: stat ./prod");
    check(
        &world(FETCHED, "", &path),
        &expect![[r#"
        `Kustomization/apps/shop` bbbb fails at Source: kustomization path not found: stat ./prod
        ✖ – · · –
        now: the cluster still has aaaa as applied before
        hint: the bundle has no folder `./prod`; see what it holds
    "#]],
    )
    .await;
}

#[tokio::test]
async fn a_bundle_that_does_not_build_is_build() {
    let status = failed("BuildFailed", "variable not set (strict mode): \"REGION\"\nsecond line");
    check(
        &world(FETCHED, "", &status),
        &expect![[r#"
        `Kustomization/apps/shop` bbbb fails at Build: variable not set (strict mode): "REGION"
        ✔ – ✖ · –
        now: the cluster still has aaaa as applied before
        hint: build it on your machine to see the same error
    "#]],
    )
    .await;
}

#[tokio::test]
async fn an_object_that_is_refused_is_apply() {
    let status = failed(
        "ReconciliationFailed",
        "Deployment/shop/web dry-run failed (Forbidden): deployments.apps \"web\" is forbidden: User \"x\" cannot patch",
    );
    check(&world(FETCHED, "", &status), &expect![[r#"
        `Kustomization/apps/shop` bbbb fails at Apply: Deployment/shop/web dry-run failed (Forbidden): deployments.apps "web" is forbidden: User "x" cannot patch
        ✔ – ✔ ✖ –
        now: bbbb is applied in part or not at all; the cluster still has aaaa as applied before
        hint: grant the right to the service account that applies, or leave the object out of the bundle
    "#]]).await;
}

#[tokio::test]
async fn an_object_that_does_not_become_healthy_is_rollout() {
    let status = failed("HealthCheckFailed", "timeout waiting for: [Job/shop/m status: 'Failed']");
    check(&world(FETCHED, "wait: true", &status), &expect![[r#"
        `Kustomization/apps/shop` bbbb fails at Rollout: timeout waiting for: [Job/shop/m status: 'Failed']
        ✔ – ✔ ✔ ✖
        now: bbbb is applied
        hint: go back to aaaa
    "#]]).await;
}

#[tokio::test]
async fn a_dependency_that_is_not_ready_is_waiting_not_failing() {
    let status = failed("DependencyNotReady", "dependency 'apps/db' is not ready");
    check(
        &world(FETCHED, "", &status),
        &expect![[r#"
        `Kustomization/apps/shop` waits: dependency 'apps/db' is not ready
        ✔ – ✔ · –
        now: the cluster still has aaaa as applied before
        hint: nothing has failed yet; watch it
    "#]],
    )
    .await;
}

#[tokio::test]
async fn suspension_is_said_and_hides_nothing_else() {
    check(
        &world(FETCHED, "suspend: true", &failed("BuildFailed", "x")),
        &expect![[r#"
            `Kustomization/apps/shop` is suspended: nothing new is applied
            · – · · –
            now: the cluster stays as it is
            hint: switch it on again when you are ready
        "#]],
    )
    .await;
}

#[tokio::test]
async fn a_revision_that_is_fetched_and_not_tried_is_progress() {
    let status = "conditions: [{ type: Ready, status: 'True', reason: ReconciliationSucceeded, message: ok, observedGeneration: 2 }], lastAppliedRevision: 'prod@sha256:aaaa', lastAttemptedRevision: 'prod@sha256:aaaa'";
    check(
        &world(FETCHED, "", status),
        &expect![[r#"
            `Kustomization/apps/shop` bbbb is at Build
            ✔ – ◌ · –
            now: the cluster still has aaaa as applied before
            hint: nothing has failed yet; watch it
        "#]],
    )
    .await;
}

#[tokio::test]
async fn an_answer_about_an_older_generation_is_not_an_answer() {
    let status = "conditions: [{ type: Ready, status: 'False', reason: BuildFailed, message: old, observedGeneration: 1 }]";
    check(
        &world(FETCHED, "", status),
        &expect![[r#"
        `Kustomization/apps/shop` bbbb is at Build
        ✔ – ◌ · –
        now: nothing is applied yet
        hint: nothing has failed yet; watch it
    "#]],
    )
    .await;
}

#[tokio::test]
async fn nothing_reconciled_yet_is_waiting() {
    check(
        &world("", "", ""),
        &expect![[r#"
        `Kustomization/apps/shop` waits: waiting for the source's first artifact
        · – · · –
        now: nothing is applied yet
        hint: nothing has failed yet; watch it
    "#]],
    )
    .await;
}

#[tokio::test]
async fn the_headline_prefers_the_cause_that_the_engine_adds_below_what_flux_says() {
    let message = "health check failed after 10s: failed early due to stalled resources: [Deployment/shop/web status: 'Failed']\nDeployment/shop/web: image `x:1` does not exist (container `web` of Pod/shop/web-1): Back-off pulling image";
    let world = world(FETCHED, "wait: true", &failed("HealthCheckFailed", message));
    let status = recorded(&world, "").status("", NOW.parse().unwrap()).await.unwrap();
    let delivery = &status.apps[0].environments[0].deliveries[0];
    assert_eq!(
        delivery.headline,
        "fails at Rollout: Deployment/shop/web: image `x:1` does not exist (container `web` of Pod/shop/web-1)"
    );
}
