//! A `CustomResourceDefinition` becomes a [`Kind`].

use serde_json::Value;

use super::{Column, Kind, OpenApi, Resource, Scale, Version};
use crate::object::items;
use crate::schema;

const VERBS: [&str; 8] =
    ["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"];

/// Reads the served versions of a CRD; `None` when none is served.
pub(crate) fn from_crd(crd: &Value) -> Option<Kind> {
    let spec = &crd["spec"];
    let names = &spec["names"];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let list = |value: &Value| items(value).iter().map(text).collect::<Vec<_>>();
    let versions: Vec<Version> = items(&spec["versions"])
        .iter()
        .filter(|version| version["served"] == true)
        .map(version_of)
        .collect();
    if versions.is_empty() {
        return None;
    }
    let (group, plural, kind) =
        (text(&spec["group"]), text(&names["plural"]), text(&names["kind"]));
    let or = |value: String, other: String| if value.is_empty() { other } else { value };
    Some(Kind {
        resource: Resource::new(&group, &plural),
        list_kind: or(text(&names["listKind"]), format!("{kind}List")),
        singular: or(text(&names["singular"]), kind.to_lowercase()),
        group,
        plural,
        kind,
        short_names: list(&names["shortNames"]),
        categories: list(&names["categories"]),
        namespaced: spec["scope"] == "Namespaced",
        verbs: VERBS.iter().map(|v| (*v).to_owned()).collect(),
        versions,
        is_custom: true,
        has_generation: true,
    })
}

fn version_of(version: &Value) -> Version {
    let json = &version["schema"]["openAPIV3Schema"];
    let subresources = &version["subresources"];
    let has_status = subresources.get("status").is_some_and(|s| !s.is_null());
    let scale = subresources.get("scale").filter(|s| s.is_object()).map(|scale| {
        let path =
            |field: &str| scale[field].as_str().map(|p| p.trim_start_matches('.').to_owned());
        Scale {
            spec_replicas: path("specReplicasPath").unwrap_or_default(),
            status_replicas: path("statusReplicasPath").unwrap_or_default(),
            selector: path("labelSelectorPath"),
        }
    });
    let mut named = Vec::new();
    if has_status {
        named.push("status".to_owned());
    }
    if scale.is_some() {
        named.push("scale".to_owned());
    }
    Version {
        name: version["name"].as_str().unwrap_or_default().to_owned(),
        storage: version["storage"] == true,
        schema: schema::custom(json),
        openapi: OpenApi::Inline(json.clone()),
        has_status,
        scale,
        subresources: named,
        columns: items(&version["additionalPrinterColumns"]).iter().map(column).collect(),
    }
}

fn column(column: &Value) -> Column {
    let text = |field: &str| column[field].as_str().unwrap_or_default().to_owned();
    Column {
        name: text("name"),
        kind: text("type"),
        format: text("format"),
        description: text("description"),
        priority: column["priority"].as_i64().unwrap_or(0),
        path: text("jsonPath"),
    }
}
