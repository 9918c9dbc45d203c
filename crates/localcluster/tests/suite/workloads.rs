//! Workloads become ready, or fail as a kubelet reports.

use std::time::{Duration, Instant};

use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::{Event, Pod};
use kube::api::{Api, ListParams, Patch, PatchParams};
use kube::runtime::wait::{Condition, await_condition};
use serde_json::{Value, json};

use super::{client, start};

fn deployment(image: &str) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": { "name": "web" },
        "spec": {
            "replicas": 2, "progressDeadlineSeconds": 1,
            "selector": { "matchLabels": { "app": "web" } },
            "template": {
                "metadata": { "labels": { "app": "web" } },
                "spec": { "containers": [{ "name": "web", "image": image }] },
            },
        },
    })
}

fn progressing(reason: &'static str) -> impl Condition<Deployment> {
    move |deployment: Option<&Deployment>| {
        let Some(deployment) = deployment else { return false };
        let status = deployment.status.clone().unwrap_or_default();
        status.observed_generation == deployment.metadata.generation
            && status
                .conditions
                .unwrap_or_default()
                .iter()
                .any(|c| c.type_ == "Progressing" && c.reason.as_deref() == Some(reason))
    }
}

async fn until(api: &Api<Deployment>, reason: &'static str) -> Deployment {
    let wait = await_condition(api.clone(), "web", progressing(reason));
    tokio::time::timeout(Duration::from_secs(10), wait).await.unwrap().unwrap().unwrap()
}

#[tokio::test]
async fn a_rollout_fails_for_a_missing_image_and_recovers_by_rolling_back() {
    let cluster = start().await;
    let client = client(&cluster);
    let api: Api<Deployment> = Api::namespaced(client.clone(), "default");
    let pods: Api<Pod> = Api::namespaced(client.clone(), "default");
    let apply = PatchParams::apply("test").force();
    let begin = Instant::now();
    api.patch("web", &apply, &Patch::Apply(deployment("shop:1"))).await.unwrap();
    until(&api, "NewReplicaSetAvailable").await;
    assert!(begin.elapsed() < Duration::from_secs(1), "{:?}", begin.elapsed());

    api.patch("web", &apply, &Patch::Apply(deployment("shop:missing"))).await.unwrap();
    let late = until(&api, "ProgressDeadlineExceeded").await;
    let status = late.status.unwrap();
    assert_eq!(status.available_replicas, Some(2), "the old pods stay");
    assert_eq!(status.updated_replicas, Some(1));
    let all = pods.list(&ListParams::default()).await.unwrap();
    let waiting: Vec<String> = all
        .iter()
        .filter_map(|pod| {
            let status = pod.status.as_ref()?.container_statuses.as_ref()?.first()?;
            status.state.as_ref()?.waiting.as_ref()?.reason.clone()
        })
        .collect();
    assert_eq!(waiting, ["ImagePullBackOff"]);
    let events: Api<Event> = Api::namespaced(client, "default");
    let failed =
        events.list(&ListParams::default().fields("reason=Failed,type=Warning")).await.unwrap();
    let messages: Vec<String> = failed.into_iter().filter_map(|event| event.message).collect();
    let wanted = "Failed to pull image \"shop:missing\": failed to pull and unpack image \"shop:missing\": failed to resolve reference \"shop:missing\": shop:missing: not found";
    assert!(messages.iter().any(|message| message == wanted), "{messages:?}");

    api.patch("web", &apply, &Patch::Apply(deployment("shop:1"))).await.unwrap();
    let healthy = until(&api, "NewReplicaSetAvailable").await;
    assert_eq!(healthy.metadata.annotations.unwrap()["deployment.kubernetes.io/revision"], "3");
    assert_eq!(healthy.status.unwrap().replicas, Some(2));
}
