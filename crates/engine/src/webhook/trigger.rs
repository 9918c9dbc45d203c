//! Asking for a visit to the objects that a receiver names.

use api::label::{NOTIFICATION_GROUP, REQUESTED_AT};
use api::receiver::ReceiverResource;
use kube::api::{Patch, PatchParams};
use serde_json::{Value, json};

use super::Hook;
use crate::context::Context;

/// API versions of kinds that a receiver may name without one.
const DEFAULTS: [(&str, &str); 7] = [
    ("Bucket", "source.toolkit.fluxcd.io/v1"),
    ("HelmChart", "source.toolkit.fluxcd.io/v1"),
    ("HelmRepository", "source.toolkit.fluxcd.io/v1"),
    ("GitRepository", "source.toolkit.fluxcd.io/v1"),
    ("OCIRepository", "source.toolkit.fluxcd.io/v1"),
    ("ImageRepository", "image.toolkit.fluxcd.io/v1"),
    ("ArtifactGenerator", "source.extensions.fluxcd.io/v1beta1"),
];

/// Annotates every object that the hook names; the error lists each that could not be.
pub(super) async fn trigger(context: &Context, hook: &Hook) -> Result<(), String> {
    let mut failures = Vec::new();
    for resource in &hook.resources {
        if let Err(why) = one(context, hook, resource).await {
            failures.push(format!("{}/{}: {why}", resource.kind, resource.name));
        }
    }
    if failures.is_empty() { Ok(()) } else { Err(failures.join("; ")) }
}

async fn one(context: &Context, hook: &Hook, named: &ReceiverResource) -> Result<(), String> {
    let namespace = named.namespace.as_deref().unwrap_or(&hook.receiver.0);
    if context.settings.no_cross_namespace_references && namespace != hook.receiver.0 {
        return Err("cross-namespace references have been blocked".to_owned());
    }
    let default = DEFAULTS.iter().find(|(kind, _)| *kind == named.kind).map(|(_, it)| *it);
    let api_version = named
        .api_version
        .as_deref()
        .or(default)
        .ok_or_else(|| "apiVersion must be specified".to_owned())?;
    let cluster = &context.cluster;
    let resource = cluster.resource(api_version, &named.kind).await.map_err(|it| it.to_string())?;
    let mut names = vec![named.name.clone()];
    if named.name == "*" {
        let labels = named.match_labels.clone().unwrap_or_default();
        let labels: Vec<String> =
            labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
        let listed = cluster
            .list(&resource, namespace, &labels.join(","))
            .await
            .map_err(|error| error.to_string())?;
        let name = |object: &plan::Fields| {
            object.get("metadata")?.get("name")?.as_str().map(str::to_owned)
        };
        names = listed.iter().filter_map(name).collect();
    }
    let now = context.now().to_string();
    for name in names {
        let patch: Value = json!({ "metadata": { "annotations": { REQUESTED_AT: now } } });
        let params = PatchParams {
            field_manager: Some(NOTIFICATION_GROUP.to_owned()),
            ..PatchParams::default()
        };
        cluster
            .patch(&resource, (namespace, &name), &params, &Patch::Merge(patch))
            .await
            .map_err(|error| error.to_string())?;
    }
    Ok(())
}
