//! Objects as the rows that `kubectl get` prints.

mod age;
mod builtin;
mod jsonpath;
mod workload;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::kinds::{Kind, Version};
use crate::object;
use crate::serve::respond::metadata_only;

pub(crate) use age::since;

/// One column: its name, type, and 0 to show always, 1 to show with `-o wide`.
#[derive(Debug, Clone)]
pub(crate) struct Heading {
    pub(crate) name: String,
    pub(crate) kind: &'static str,
    pub(crate) format: String,
    pub(crate) priority: i64,
    pub(crate) description: String,
}

impl Heading {
    pub(crate) fn new(name: &str, kind: &'static str, priority: i64) -> Self {
        let format = if name == "Name" { "name" } else { "" };
        Self {
            name: name.into(),
            kind,
            format: format.into(),
            priority,
            description: String::new(),
        }
    }
}

/// A `meta.k8s.io/v1` table of `objects`; the headings are only sent when `with_headings`.
pub(crate) fn table(
    kind: &Kind,
    version: &Version,
    objects: &[Value],
    meta: &Value,
    (now, with_headings): (Timestamp, bool),
) -> Value {
    let headings = headings(kind, version, now);
    let rows: Vec<Value> = objects
        .iter()
        .map(|object| {
            json!({
                "cells": cells(kind, version, object, now),
                "object": metadata_only(object),
            })
        })
        .collect();
    let headings: Vec<Value> = headings
        .iter()
        .filter(|_| with_headings)
        .map(|heading| {
            json!({
                "name": heading.name, "type": heading.kind, "format": heading.format,
                "description": heading.description, "priority": heading.priority,
            })
        })
        .collect();
    json!({
        "kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": meta,
        "columnDefinitions": headings, "rows": rows,
    })
}

fn headings(kind: &Kind, version: &Version, now: Timestamp) -> Vec<Heading> {
    if !kind.is_custom {
        let row = builtin::row(kind, &Value::Null, now);
        return row.into_iter().map(|cell| cell.heading).collect();
    }
    let mut headings = vec![Heading::new("Name", "string", 0)];
    if version.columns.is_empty() {
        headings.push(Heading::new("Age", "date", 0));
    }
    headings.extend(version.columns.iter().map(|column| Heading {
        name: column.name.clone(),
        kind: match column.kind.as_str() {
            "integer" => "integer",
            "number" => "number",
            "boolean" => "boolean",
            "date" => "date",
            _ => "string",
        },
        format: column.format.clone(),
        priority: column.priority,
        description: column.description.clone(),
    }));
    headings
}

fn cells(kind: &Kind, version: &Version, object: &Value, now: Timestamp) -> Vec<Value> {
    if !kind.is_custom {
        return builtin::row(kind, object, now).into_iter().map(|cell| cell.value).collect();
    }
    let mut cells = vec![json!(object::name(object))];
    if version.columns.is_empty() {
        cells.push(json!(since(object::meta(object, "creationTimestamp"), now)));
    }
    for column in &version.columns {
        let found = jsonpath::find(object, &column.path);
        cells.push(match (column.kind.as_str(), found) {
            (_, None) => Value::Null,
            ("date", Some(value)) => json!(since(value.as_str().unwrap_or_default(), now)),
            ("string", Some(value)) if !value.is_string() => json!(value.to_string()),
            (_, Some(value)) => value,
        });
    }
    cells
}
