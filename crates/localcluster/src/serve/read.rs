//! GET of one object and of lists.

use std::sync::Arc;

use axum::response::Response;
use http::StatusCode;
use serde_json::{Value, json};

use super::respond::{self, Form, metadata_only, shaped};
use super::{Call, Place, known};
use crate::change::in_version;
use crate::kinds::{Kind, Version};
use crate::object;
use crate::select::{Selector, selector_text};
use crate::status::Failure;
use crate::store::{Key, Stored};
use crate::table;
use crate::world::World;

pub(crate) fn get(world: &World, call: &Call, place: &Place<'_>) -> Result<Response, Failure> {
    let (kind, index) = known(world, place)?;
    let version = &kind.versions[index];
    let key = Key {
        resource: kind.resource.clone(),
        namespace: place.namespace.into(),
        name: place.name.into(),
    };
    let stored = world.store.get(&key).ok_or_else(|| Failure::not_found(&kind, place.name))?;
    let object = in_version(&kind, version, &stored.value);
    if place.subresource == "scale" {
        return Ok(respond::json(&scale_of(&kind, version, &object)));
    }
    let form = Form::accepted(call.header("accept"));
    Ok(respond::json(&shaped(form, &kind, version, object, world.timestamp())))
}

/// The `Scale` of an object that has one.
pub(crate) fn scale_of(kind: &Kind, version: &Version, object: &Value) -> Value {
    let Some(scale) = &version.scale else { return Value::Null };
    let selector = match &scale.selector {
        Some(path) => object::at(object, path).as_str().unwrap_or_default().to_owned(),
        None if kind.is_custom => String::new(),
        None => selector_text(&object["spec"]["selector"]),
    };
    let meta = &object["metadata"];
    json!({
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": {
            "name": meta["name"], "namespace": meta["namespace"], "uid": meta["uid"],
            "resourceVersion": meta["resourceVersion"], "creationTimestamp": meta["creationTimestamp"],
        },
        "spec": { "replicas": object::at(object, &scale.spec_replicas).as_i64().unwrap_or(0) },
        "status": {
            "replicas": object::at(object, &scale.status_replicas).as_i64().unwrap_or(0),
            "selector": selector,
        },
    })
}

/// Where a list goes on: the revision of its first page and the last key given.
struct Continue {
    revision: u64,
    namespace: String,
    name: String,
}

impl Continue {
    fn parse(token: &str) -> Option<Self> {
        let mut parts = token.splitn(3, '~');
        Some(Self {
            revision: parts.next()?.parse().ok()?,
            namespace: parts.next()?.into(),
            name: parts.next()?.into(),
        })
    }
}

pub(crate) fn list(world: &World, call: &Call, place: &Place<'_>) -> Result<Response, Failure> {
    let (kind, index) = known(world, place)?;
    let version = &kind.versions[index];
    let selector =
        Selector::parse(call.parameter("labelSelector"), call.parameter("fieldSelector"))?;
    check_revision(world, call)?;
    let (objects, revision) = world.store.list(&kind.resource, place.namespace);
    let from = match call.parameter("continue") {
        "" => None,
        token => Some(Continue::parse(token).ok_or_else(|| {
            Failure::bad_request("continue key is not valid: the token is not one of this server's")
        })?),
    };
    let limit = call.parameter("limit").parse().ok().filter(|n| *n > 0).unwrap_or(usize::MAX);
    let after = |object: &Value| {
        from.as_ref().is_none_or(|from| {
            (object::namespace(object), object::name(object))
                > (from.namespace.as_str(), from.name.as_str())
        })
    };
    let mut matching =
        objects.iter().filter(|stored| after(&stored.value) && selector.matches(&stored.value));
    let page: Vec<Arc<Stored>> = matching.by_ref().take(limit).cloned().collect();
    let remaining = matching.count();
    let revision = from.as_ref().map_or(revision, |from| from.revision);
    let mut meta = json!({ "resourceVersion": revision.to_string() });
    if remaining > 0
        && let Some(last) = page.last()
    {
        let (namespace, name) = (object::namespace(&last.value), object::name(&last.value));
        let token = format!("{revision}~{namespace}~{name}");
        meta["continue"] = json!(token);
        if selector.is_everything() {
            meta["remainingItemCount"] = json!(remaining);
        }
    }
    let form = Form::accepted(call.header("accept"));
    if form == Form::Object && is_plain(&kind) {
        return Ok(respond::respond(
            StatusCode::OK,
            joined(&kind, &page, &meta),
            "application/json",
        ));
    }
    let page: Vec<Value> =
        page.iter().map(|stored| in_version(&kind, version, &stored.value)).collect();
    Ok(respond::json(&list_in(form, (&kind, version), page, &meta, world)))
}

/// Whether stored objects can be sent as they are.
fn is_plain(kind: &Kind) -> bool {
    kind.is_custom && kind.versions.len() == 1
}

/// A list of objects whose JSON is known already.
fn joined(kind: &Kind, page: &[Arc<Stored>], meta: &Value) -> Vec<u8> {
    let api_version = kind.api_version(&kind.versions[0].name);
    let head = json!({ "kind": kind.list_kind, "apiVersion": api_version, "metadata": meta });
    let mut text = head.to_string().into_bytes();
    text.pop();
    text.extend_from_slice(b",\"items\":[");
    for (index, stored) in page.iter().enumerate() {
        if index > 0 {
            text.push(b',');
        }
        text.extend_from_slice(&stored.json());
    }
    text.extend_from_slice(b"]}");
    text
}

fn list_in(
    form: Form,
    (kind, version): (&Kind, &Version),
    mut page: Vec<Value>,
    meta: &Value,
    world: &World,
) -> Value {
    match form {
        Form::Table => table::table(kind, version, &page, meta, (world.timestamp(), true)),
        Form::Metadata => json!({
            "kind": "PartialObjectMetadataList",
            "apiVersion": "meta.k8s.io/v1",
            "metadata": meta,
            "items": page.iter().map(metadata_only).collect::<Vec<_>>(),
        }),
        Form::Object => {
            // A real server leaves the types out of the items of built-in lists.
            for item in page.iter_mut().filter(|_| !kind.is_custom) {
                if let Some(item) = item.as_object_mut() {
                    item.remove("apiVersion");
                    item.remove("kind");
                }
            }
            json!({
                "kind": kind.list_kind,
                "apiVersion": kind.api_version(&version.name),
                "metadata": meta,
                "items": page,
            })
        }
    }
}

/// Refuses revisions from the future, and exact ones that are over.
fn check_revision(world: &World, call: &Call) -> Result<(), Failure> {
    let asked = call.parameter("resourceVersion");
    if asked.is_empty() || asked == "0" {
        return Ok(());
    }
    let wanted: u64 = asked
        .parse()
        .map_err(|_| Failure::bad_request(format!("invalid resource version {asked:?}")))?;
    let current = world.store.revision();
    if wanted > current {
        let message = format!("Too large resource version: {wanted}, current: {current}");
        return Err(Failure::new(StatusCode::GATEWAY_TIMEOUT, "Timeout", message));
    }
    if call.parameter("resourceVersionMatch") == "Exact" && wanted != current {
        return Err(Failure::gone("The provided resource version is no longer available."));
    }
    Ok(())
}
