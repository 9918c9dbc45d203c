//! What is served: `/api`, `/apis` and below, in the legacy and the aggregated form.

use axum::response::Response;
use http::StatusCode;
use serde_json::{Value, json};

use crate::kinds::{Kind, Version};
use crate::serve::respond::{json as respond_json, respond};
use crate::world::World;

const AGGREGATED: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

/// The version that this server says it is.
pub(crate) fn version() -> Value {
    json!({
        "major": "1", "minor": "36", "gitVersion": "v1.36.2+wharf", "gitCommit": "",
        "gitTreeState": "clean", "buildDate": "1970-01-01T00:00:00Z", "goVersion": "none",
        "compiler": "rustc", "platform": "linux/amd64",
    })
}

/// The paths that `kubectl get --raw /` shows.
pub(crate) fn paths(world: &World) -> Value {
    let kinds = world.kinds();
    let mut paths: Vec<String> = [
        "/api",
        "/api/v1",
        "/apis",
        "/healthz",
        "/livez",
        "/openapi/v2",
        "/openapi/v3",
        "/readyz",
        "/version",
    ]
    .map(str::to_owned)
    .to_vec();
    for (group, versions) in kinds.groups().into_iter().filter(|(group, _)| !group.is_empty()) {
        paths.push(format!("/apis/{group}"));
        paths.extend(versions.iter().map(|version| format!("/apis/{group}/{version}")));
    }
    paths.sort();
    json!({ "paths": paths })
}

/// Answers a discovery path; `None` when there is no such group or version.
pub(crate) fn answer(world: &World, segments: &[&str], accept: &str) -> Option<Response> {
    let kinds = world.kinds();
    let wants_aggregated = accept.split(',').any(|part| {
        part.contains("as=APIGroupDiscoveryList")
            && part.contains("v=v2")
            && !part.contains("v=v2beta1")
    });
    let groups = kinds.groups();
    let document = match segments {
        ["api" | "apis"] if wants_aggregated => {
            let is_core = segments == ["api"];
            let items: Vec<Value> = groups
                .iter()
                .filter(|(group, _)| group.is_empty() == is_core)
                .map(|(group, versions)| aggregated(world, group, versions))
                .collect();
            let list = json!({
                "kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2",
                "metadata": {}, "items": items,
            });
            return Some(respond(StatusCode::OK, list.to_string().into_bytes(), AGGREGATED));
        }
        ["api"] => json!({
            "kind": "APIVersions", "versions": ["v1"],
            "serverAddressByClientCIDRs": [],
        }),
        ["apis"] => {
            let items: Vec<Value> = groups
                .iter()
                .filter(|(group, _)| !group.is_empty())
                .map(|(group, versions)| api_group(group, versions))
                .collect();
            json!({ "kind": "APIGroupList", "apiVersion": "v1", "groups": items })
        }
        ["apis", group] => {
            let mut one = api_group(group, groups.get(group)?);
            one["kind"] = json!("APIGroup");
            one["apiVersion"] = json!("v1");
            one
        }
        ["api", version] => resource_list(world, "", version)?,
        ["apis", group, version] => resource_list(world, group, version)?,
        _ => return None,
    };
    Some(respond_json(&document))
}

fn api_group(group: &str, versions: &[&str]) -> Value {
    let entry =
        |version: &str| json!({ "groupVersion": format!("{group}/{version}"), "version": version });
    json!({
        "name": group,
        "versions": versions.iter().map(|v| entry(v)).collect::<Vec<_>>(),
        "preferredVersion": versions.first().map(|v| entry(v)),
    })
}

fn resource_list(world: &World, group: &str, version: &str) -> Option<Value> {
    let kinds = world.kinds();
    if !kinds.groups().get(group)?.contains(&version) {
        return None;
    }
    let mut resources = Vec::new();
    for (kind, served) in kinds.in_version(group, version) {
        let mut entry = json!({
            "name": kind.plural, "singularName": kind.singular, "namespaced": kind.namespaced,
            "kind": kind.kind, "verbs": kind.verbs,
        });
        if !kind.short_names.is_empty() {
            entry["shortNames"] = json!(kind.short_names);
        }
        if !kind.categories.is_empty() {
            entry["categories"] = json!(kind.categories);
        }
        resources.push(entry);
        for name in &served.subresources {
            let (group, version, shown) = subresource_type(name, kind, served);
            let mut entry = json!({
                "name": format!("{}/{name}", kind.plural), "singularName": "",
                "namespaced": kind.namespaced, "kind": shown, "verbs": subresource_verbs(name),
            });
            if shown != kind.kind {
                entry["group"] = json!(group);
                entry["version"] = json!(version);
            }
            resources.push(entry);
        }
    }
    let group_version =
        if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") };
    Some(json!({
        "kind": "APIResourceList", "apiVersion": "v1", "groupVersion": group_version,
        "resources": resources,
    }))
}

fn aggregated(world: &World, group: &str, versions: &[&str]) -> Value {
    let kinds = world.kinds();
    let versions: Vec<Value> = versions
        .iter()
        .map(|version| {
            let resources: Vec<Value> = kinds
                .in_version(group, version)
                .map(|(kind, served)| aggregated_resource(kind, served))
                .collect();
            json!({ "version": version, "freshness": "Current", "resources": resources })
        })
        .collect();
    let mut meta = json!({ "creationTimestamp": null });
    if !group.is_empty() {
        meta["name"] = json!(group);
    }
    json!({ "metadata": meta, "versions": versions })
}

fn aggregated_resource(kind: &Kind, version: &Version) -> Value {
    let mut entry = json!({
        "resource": kind.plural,
        "responseKind": { "group": kind.group, "version": version.name, "kind": kind.kind },
        "scope": if kind.namespaced { "Namespaced" } else { "Cluster" },
        "singularResource": kind.singular,
        "verbs": kind.verbs,
    });
    if !kind.short_names.is_empty() {
        entry["shortNames"] = json!(kind.short_names);
    }
    if !kind.categories.is_empty() {
        entry["categories"] = json!(kind.categories);
    }
    let below: Vec<Value> = version
        .subresources
        .iter()
        .map(|name| {
            let (group, of, shown) = subresource_type(name, kind, version);
            json!({
                "subresource": name,
                "responseKind": { "group": group, "version": of, "kind": shown },
                "verbs": subresource_verbs(name),
            })
        })
        .collect();
    if !below.is_empty() {
        entry["subresources"] = Value::Array(below);
    }
    entry
}

fn subresource_type(name: &str, kind: &Kind, version: &Version) -> (String, String, String) {
    let of = |group: &str, version: &str, kind: &str| {
        (group.to_owned(), version.to_owned(), kind.to_owned())
    };
    match name {
        "scale" => of("autoscaling", "v1", "Scale"),
        "eviction" => of("policy", "v1", "Eviction"),
        "token" => of("authentication.k8s.io", "v1", "TokenRequest"),
        _ => of(&kind.group, &version.name, &kind.kind),
    }
}

fn subresource_verbs(name: &str) -> &'static [&'static str] {
    match name {
        "eviction" | "token" => &["create"],
        _ => &["get", "patch", "update"],
    }
}
