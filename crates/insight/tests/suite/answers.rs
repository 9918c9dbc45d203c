//! Each question, asked of the shop.

use expect_test::{Expect, expect};
use wharf_insight::{EventFilter, ExplainView, Insight, Target};

use crate::world::{NOW, shop, text};

fn now() -> jiff::Timestamp {
    NOW.parse().expect("the time is well-formed")
}

async fn explained(insight: &Insight, target: &str, namespace: &str) -> ExplainView {
    let target = Target::parse(target, namespace).expect("the target is well-formed");
    insight.explain(&target, now()).await.expect("there is an answer")
}

fn told(view: &ExplainView, expected: &Expect) {
    let rail: Vec<String> =
        view.stages.iter().map(|it| format!("{} {}", it.state.sign(), it.stage)).collect();
    let hint = view.hint.as_ref().map_or_else(String::new, |hint| {
        format!("hint: {} [{}]\n", hint.text, hint.command.as_deref().unwrap_or("-"))
    });
    expected.assert_eq(&format!(
        "{}\n{}\n{}{hint}",
        view.verdict,
        rail.join("  "),
        text(&view.table())
    ));
}

#[tokio::test]
async fn status_shows_each_app_in_each_environment() {
    let status = shop().status("", now()).await.unwrap();
    assert_eq!(status.environments, ["dev", "preprod", "prod"]);
    assert_eq!(status.summary(), "3 deliveries: 1 failing, 1 progressing, 1 healthy");
    assert!(!status.is_healthy());
    expect![[r#"
        APP   ENVIRONMENT  STATE          STAGE    VERSION     DIGEST        MOVED  BY      WHY
        shop  dev          ✔ healthy      -        1.5.0-rc.1  d04c5be91a7f  40m    ci-bot  merge #87: faster checkout
        shop  preprod      ◌ progressing  -        1.4.3       91f2c07a6be8  30m    mira    release 1.4.3
        shop  prod         ✖ failing      Rollout  1.4.3       91f2c07a6be8  20m    olu     release 1.4.3
    "#]].assert_eq(&text(&status.table(false)));
}

#[tokio::test]
async fn explain_tells_a_missing_image_its_mover_and_the_way_back() {
    let view = explained(&shop(), "kustomization/shop-prod", "apps").await;
    told(
        &view,
        &expect![[r#"
            `Kustomization/apps/shop-prod` 1.4.3 fails at Rollout: image `registry.example.com/acme/shop-server:1.4.3` does not exist (container `web` of Pod/shop/web-7d4-x2x)
            ✔ Source  – Verify  ✔ Build  ✔ Apply  ✖ Rollout
            WHAT              HOW
            stage             Rollout (failing)
            cause             image `registry.example.com/acme/shop-server:1.4.3` does not exist (container `web` of Pod/shop/web-7d4-x2x)
            ImagePullBackOff  Failed to pull image "registry.example.com/acme/shop-server:1.4.3": rpc error: code = NotFound desc = registry.example.com/acme/shop-server:1.4.3: not found
            condition         HealthCheckFailed: timeout waiting for: [Deployment/shop/web status: 'InProgress']
            since             2026-11-21T09:40:08Z (19m ago)
            bundle            1.4.3 (sha256:91f2c07a6be834d51c0f9e2a7b38d6450e1fa2c3b4d5968778695a4b3c2d1e0f)
            last good         1.4.2 (sha256:3b7d90c1e24f58a6b1c7d2e8f90a4b6c5d1e7f83920abcde4f6172839405a6b7)
            moved by          olu promoted 1.4.3 from preprod (“release 1.4.3”), 20m ago, https://ci.example.com/acme/shop/runs/409
            now               1.4.3 is applied; `Deployment/shop/web` has 2 of 2 replicas available
            hint: go back to 1.4.2 [wharf rollback oci://registry.example.com/acme/shop:prod --reason "…"]
        "#]],
    );
}

#[tokio::test]
async fn explain_of_a_workload_finds_its_delivery() {
    for target in ["deploy/web", "pod/web-7d4-x2x"] {
        let view = explained(&shop(), target, "shop").await;
        assert_eq!(view.delivery.object.to_string(), "Kustomization/apps/shop-prod", "{target}");
        assert!(view.cause.is_some(), "{target}");
    }
}

#[tokio::test]
async fn explain_of_a_source_speaks_of_who_uses_it() {
    let view = explained(&shop(), "ocirepo/shop-prod", "apps").await;
    assert_eq!(view.delivery.object.to_string(), "Kustomization/apps/shop-prod");
    assert_eq!(view.stage.unwrap().to_string(), "Rollout");
}

#[tokio::test]
async fn explain_of_a_healthy_delivery_says_so() {
    let view = explained(&shop(), "ks/shop-dev", "apps").await;
    told(
        &view,
        &expect![[r#"
            `Kustomization/apps/shop-dev` 1.5.0-rc.1 is healthy, for 39m
            ✔ Source  – Verify  ✔ Build  ✔ Apply  ✔ Rollout
            WHAT      HOW
            since     2026-11-21T09:20:05Z (39m ago)
            bundle    1.5.0-rc.1 (sha256:d04c5be91a7f2386cc19d8e7f6a5b4c3d2e1f0a9b8c7d6e5f4a3b2c1d0e9f8a7)
            moved by  ci-bot pushed 1.5.0-rc.1 (“merge #87: faster checkout”), 40m ago, https://ci.example.com/acme/shop/runs/412
            now       1.5.0-rc.1 is applied; its object is as asked
        "#]],
    );
}

#[tokio::test]
async fn secrets_are_not_in_any_answer() {
    let view = explained(&shop(), "ks/shop-prod", "apps").await;
    let text = serde_json::to_string(&view).unwrap();
    assert!(!text.contains("aHVudGVy"), "{text}");
}

#[tokio::test]
async fn what_does_not_exist_or_was_not_delivered_is_said() {
    let insight = shop();
    for (target, namespace, expected) in [
        ("ks/none", "apps", "`Kustomization/apps/none` does not exist"),
        ("deploy/none", "shop", "`Deployment/shop/none` does not exist"),
        ("rs/web-7d4", "other", "`ReplicaSet/other/web-7d4` does not exist"),
    ] {
        let target = Target::parse(target, namespace).unwrap();
        let error = insight.explain(&target, now()).await.unwrap_err();
        assert_eq!(error.to_string(), expected);
    }
}

#[tokio::test]
async fn log_shows_every_move() {
    let log = shop().log("registry.example.com/acme/shop", "prod", now()).await.unwrap().unwrap();
    expect![[r#"
        WHEN   MOVE     FROM   TO     BY    REASON         PIPELINE                                   COMMIT        TIME                  ID
        20m    promote  1.4.2  1.4.3  olu   release 1.4.3  https://ci.example.com/acme/shop/runs/409  1a2b3c4d5e6f  2026-11-21T09:39:50Z  01R2
        2d21h  promote  -      1.4.2  mira  release 1.4.2  -                                          -             2026-11-18T13:00:00Z  01R1
    "#]].assert_eq(&text(&log.table(true)));
    let unknown = shop().log("registry.example.com/acme/shop", "qa", now()).await.unwrap();
    assert!(unknown.is_none());
}

#[tokio::test]
async fn events_have_a_stage_and_may_be_filtered() {
    let all = shop().events("", &EventFilter::default(), now()).await.unwrap();
    expect![[r#"
        LAST SEEN  TYPE     STAGE    REASON                   OBJECT                        MESSAGE
        15m        Warning  Rollout  HealthCheckFailed        Kustomization/apps/shop-prod  timeout waiting for: [Deployment/shop/web status: 'InProgress']
        39m        Normal   Rollout  ReconciliationSucceeded  Kustomization/apps/shop-dev   Reconciliation finished in 1.2s, next run in 5m0s
    "#]].assert_eq(&text(&all.table()));
    let filter = EventFilter {
        object: Some(Target::parse("ks/shop-dev", "").unwrap()),
        ..EventFilter::default()
    };
    assert_eq!(shop().events("", &filter, now()).await.unwrap().events.len(), 1);
    let warnings = EventFilter { warnings: true, ..EventFilter::default() };
    assert_eq!(shop().events("", &warnings, now()).await.unwrap().events.len(), 1);
}

#[tokio::test]
async fn sources_and_kustomizations_are_listed_as_flux_lists_them() {
    let sources = shop().sources("", now()).await.unwrap();
    expect![[r#"
        NAMESPACE  NAME                        REVISION                                                                         SUSPENDED  READY  STAGE  MESSAGE
        apps       OCIRepository/shop-dev      dev@sha256:d04c5be91a7f2386cc19d8e7f6a5b4c3d2e1f0a9b8c7d6e5f4a3b2c1d0e9f8a7      False      True   -      stored artifact for digest 'dev@sha256:d04c5be91a7f2386cc19d8e7f6a5b4c3d2e1f0a9b8c7d6e5f4a3b2c1d0e9f8a7'
        apps       OCIRepository/shop-preprod  preprod@sha256:91f2c07a6be834d51c0f9e2a7b38d6450e1fa2c3b4d5968778695a4b3c2d1e0f  False      True   -      stored
        apps       OCIRepository/shop-prod     prod@sha256:91f2c07a6be834d51c0f9e2a7b38d6450e1fa2c3b4d5968778695a4b3c2d1e0f     False      True   -      stored
    "#]].assert_eq(&text(&sources.table(false)));
    let kustomizations = shop().kustomizations("apps", now()).await.unwrap();
    expect![[r#"
        NAMESPACE  NAME                        REVISION                                                                         SUSPENDED  READY    STAGE    MESSAGE                                                                                                                                     FOLLOWS                               REASON                   AGE
        apps       Kustomization/shop-dev      dev@sha256:d04c5be91a7f2386cc19d8e7f6a5b4c3d2e1f0a9b8c7d6e5f4a3b2c1d0e9f8a7      False      True     -        Applied revision: dev@sha256:d04c5be91a7f2386cc19d8e7f6a5b4c3d2e1f0a9b8c7d6e5f4a3b2c1d0e9f8a7                                               OCIRepository/shop-dev ./dev          ReconciliationSucceeded  20d
        apps       Kustomization/shop-preprod  preprod@sha256:3b7d90c1e24f58a6b1c7d2e8f90a4b6c5d1e7f83920abcde4f6172839405a6b7  False      Unknown  Rollout  Running health checks for revision preprod@sha256:91f2c07a6be834d51c0f9e2a7b38d6450e1fa2c3b4d5968778695a4b3c2d1e0f with a timeout of 4m30s  OCIRepository/shop-preprod ./preprod  Progressing              20d
        apps       Kustomization/shop-prod     prod@sha256:3b7d90c1e24f58a6b1c7d2e8f90a4b6c5d1e7f83920abcde4f6172839405a6b7     False      False    Rollout  timeout waiting for: [Deployment/shop/web status: 'InProgress']                                                                             OCIRepository/shop-prod ./prod        HealthCheckFailed        20d
    "#]].assert_eq(&text(&kustomizations.table(true)));
    assert!(sources.is_ready());
    assert!(!kustomizations.is_ready());
}

#[tokio::test]
async fn trace_leads_from_an_object_to_the_commit() {
    let target = Target::parse("deploy/web", "shop").unwrap();
    let trace = shop().trace(&target, now()).await.unwrap();
    expect![[r#"
        WHAT           WHERE
        object         Deployment/shop/web
        kustomization  Kustomization/apps/shop-prod (path ./prod)
        source         OCIRepository/apps/shop-prod (oci://registry.example.com/acme/shop)
        revision       prod@sha256:3b7d90c1e24f58a6b1c7d2e8f90a4b6c5d1e7f83920abcde4f6172839405a6b7
        moved by       mira promoted 1.4.2 from preprod (“release 1.4.2”)
        origin         https://git.example.com/acme/shop.git
        commit         main@sha1:1a2b3c4d5e6f
    "#]]
    .assert_eq(&text(&trace.table()));
}
