//! `/openapi/v3` and `/openapi/v2`, as far as `kubectl` reads them.

use std::collections::BTreeSet;

use axum::response::Response;
use http::StatusCode;
use serde_json::{Map, Value, json};

use crate::kinds::{Kind, OpenApi, Version, gvk_json};
use crate::schema::builtin;
use crate::serve::Call;
use crate::serve::respond::{json as respond_json, respond};
use crate::world::World;

const OBJECT_META: &str = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";

/// Answers a path below `/openapi`.
pub(crate) fn answer(world: &World, segments: &[&str], call: &Call) -> Option<Response> {
    match segments {
        ["v2"]
            if !call.header("accept").contains("protobuf")
                || call.header("accept").contains("json") =>
        {
            Some(respond_json(&v2(world)))
        }
        ["v2"] => Some(respond(StatusCode::NOT_ACCEPTABLE, Vec::new(), "text/plain")),
        ["v3"] => Some(respond_json(&index(world))),
        ["v3", "api", version] => group_version(world, "", version).map(|d| respond_json(&d)),
        ["v3", "apis", group, version] => {
            group_version(world, group, version).map(|d| respond_json(&d))
        }
        _ => None,
    }
}

fn index(world: &World) -> Value {
    let kinds = world.kinds();
    let mut paths = Map::new();
    for (group, versions) in kinds.groups() {
        for version in versions {
            let path = if group.is_empty() {
                format!("api/{version}")
            } else {
                format!("apis/{group}/{version}")
            };
            // Custom schemas change under the same path; the revision makes the address new then.
            let url = format!("/openapi/v3/{path}?hash={}", world.store.revision());
            paths.insert(path, json!({ "serverRelativeURL": url }));
        }
    }
    json!({ "paths": paths })
}

fn group_version(world: &World, group: &str, version: &str) -> Option<Value> {
    let kinds = world.kinds();
    let served: Vec<_> = kinds.in_version(group, version).collect();
    if served.is_empty() {
        return None;
    }
    let mut schemas = Map::new();
    let mut paths = Map::new();
    for (kind, version) in served {
        add_schema(kind, version, &mut schemas);
        add_paths(kind, version, &mut paths);
    }
    Some(json!({
        "openapi": "3.0.0",
        "info": { "title": "Kubernetes", "version": "v1.36.2" },
        "paths": paths,
        "components": { "schemas": schemas },
    }))
}

fn v2(world: &World) -> Value {
    let kinds = world.kinds();
    let mut definitions = Map::new();
    let mut paths = Map::new();
    for kind in kinds.all() {
        for version in &kind.versions {
            add_schema(kind, version, &mut definitions);
            add_paths(kind, version, &mut paths);
        }
    }
    let text = Value::Object(definitions).to_string();
    let definitions: Value =
        serde_json::from_str(&text.replace("#/components/schemas/", "#/definitions/"))
            .unwrap_or_default();
    json!({
        "swagger": "2.0",
        "info": { "title": "Kubernetes", "version": "v1.36.2" },
        "paths": paths,
        "definitions": definitions,
    })
}

/// The name of a kind's schema.
fn schema_name(kind: &Kind, version: &Version) -> String {
    match &version.openapi {
        OpenApi::Definition(name) => name.clone(),
        OpenApi::Inline(_) => {
            let mut parts: Vec<&str> = kind.group.split('.').collect();
            parts.reverse();
            format!("{}.{}.{}", parts.join("."), version.name, kind.kind)
        }
    }
}

fn add_schema(kind: &Kind, version: &Version, schemas: &mut Map<String, Value>) {
    let name = schema_name(kind, version);
    let mut needed = BTreeSet::new();
    let mut schema = match &version.openapi {
        OpenApi::Definition(name) => linked(&builtin::definitions()[name], &mut needed),
        OpenApi::Inline(schema) => {
            let mut schema = schema.clone();
            schema["properties"]["apiVersion"] = json!({ "type": "string" });
            schema["properties"]["kind"] = json!({ "type": "string" });
            schema["properties"]["metadata"] =
                json!({ "allOf": [{ "$ref": format!("#/components/schemas/{OBJECT_META}") }] });
            needed.insert(OBJECT_META.to_owned());
            schema
        }
    };
    schema["x-kubernetes-group-version-kind"] = json!([gvk_json(kind, &version.name)]);
    schemas.insert(name, schema);
    while let Some(name) = needed.pop_first() {
        if !schemas.contains_key(&name) {
            let schema = linked(&builtin::definitions()[&name], &mut needed);
            schemas.insert(name, schema);
        }
    }
}

/// A compiled-in definition with its references written in full.
fn linked(definition: &Value, needed: &mut BTreeSet<String>) -> Value {
    match definition {
        Value::Array(items) => items.iter().map(|item| linked(item, needed)).collect(),
        Value::Object(map) => {
            let mut out = Map::new();
            for (key, value) in map {
                match value.as_str().filter(|_| key == "$ref") {
                    Some(name) => {
                        needed.insert(name.to_owned());
                        let target = json!({ "$ref": format!("#/components/schemas/{name}") });
                        out.insert("allOf".into(), json!([target]));
                    }
                    None => {
                        out.insert(key.clone(), linked(value, needed));
                    }
                }
            }
            if let (1, Some(all)) = (out.len(), out.get("allOf")) {
                return all[0].clone();
            }
            Value::Object(out)
        }
        other => other.clone(),
    }
}

fn add_paths(kind: &Kind, version: &Version, paths: &mut Map<String, Value>) {
    let root = if kind.group.is_empty() {
        format!("/api/{}", version.name)
    } else {
        format!("/apis/{}/{}", kind.group, version.name)
    };
    let collection = if kind.namespaced {
        format!("{root}/namespaces/{{namespace}}/{}", kind.plural)
    } else {
        format!("{root}/{}", kind.plural)
    };
    let gvk = gvk_json(kind, &version.name);
    let name = schema_name(kind, version);
    let operation = |action: &str, names: &[&str]| {
        let parameters: Vec<Value> = names
            .iter()
            .map(|name| json!({ "name": name, "in": "query", "schema": { "type": "string" } }))
            .collect();
        let content = json!({ "application/json": { "schema": { "$ref": format!("#/components/schemas/{name}") } } });
        json!({
            "x-kubernetes-action": action,
            "x-kubernetes-group-version-kind": gvk,
            "parameters": parameters,
            "responses": { "200": { "description": "OK", "content": content } },
        })
    };
    let writing = ["dryRun", "fieldManager", "fieldValidation"];
    paths.insert(
        collection.clone(),
        json!({
            "get": operation("list", &["labelSelector", "fieldSelector", "limit", "continue", "watch"]),
            "post": operation("post", &writing),
            "delete": operation("deletecollection", &["dryRun", "propagationPolicy"]),
        }),
    );
    paths.insert(
        format!("{collection}/{{name}}"),
        json!({
            "get": operation("get", &[]),
            "put": operation("put", &writing),
            "patch": operation("patch", &["dryRun", "fieldManager", "fieldValidation", "force"]),
            "delete": operation("delete", &["dryRun", "propagationPolicy"]),
        }),
    );
}
