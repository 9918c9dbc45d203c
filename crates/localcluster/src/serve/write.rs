//! POST, PUT, PATCH and DELETE.

use axum::response::Response;
use http::StatusCode;
use serde_json::{Value, json};

use super::read::scale_of;
use super::respond::{Form, shaped, with_code, with_warnings};
use super::{Call, Place, known};
use crate::change::{self, Deletion, Manner, Outcome, Strictness, Target};
use crate::kinds::Kind;
use crate::object;
use crate::patch::{Patch, patched};
use crate::select::Selector;
use crate::status::{Cause, Failure};
use crate::world::World;

pub(crate) fn create(world: &World, call: &Call, place: &Place<'_>) -> Result<Response, Failure> {
    let (kind, index) = known(world, place)?;
    let body = body(call)?;
    let target = Target { name: "", ..target(&kind, index, place) };
    let namespace = match place.namespace {
        "" => object::namespace(&body).to_owned(),
        given => given.to_owned(),
    };
    if kind.namespaced && namespace.is_empty() {
        return Err(Failure::bad_request("an empty namespace may not be set during creation"));
    }
    let target = Target { namespace: &namespace, ..target };
    let outcome = change::create(world, &target, body, &manner(call)?)?;
    Ok(answer(world, call, &target, outcome))
}

pub(crate) fn replace(world: &World, call: &Call, place: &Place<'_>) -> Result<Response, Failure> {
    let (kind, index) = known(world, place)?;
    let target = target(&kind, index, place);
    let body = body(call)?;
    if place.subresource == "scale" {
        return scale(world, call, &target, &|_| Ok(body.clone()));
    }
    if place.subresource == "finalize" {
        return finalize(world, &target, &body);
    }
    let key = target.key();
    if kind.is_custom
        && object::meta(&body, "resourceVersion").is_empty()
        && world.store.get(&key).is_some()
    {
        let path = "metadata.resourceVersion";
        let cause = Cause::invalid(path, &json!(0), "must be specified for an update");
        return Err(Failure::invalid(&kind, place.name, &[cause]));
    }
    let outcome = change::update(world, &target, &|_| Ok(body.clone()), &manner(call)?)?;
    Ok(answer(world, call, &target, outcome))
}

pub(crate) fn patch(world: &World, call: &Call, place: &Place<'_>) -> Result<Response, Failure> {
    let (kind, index) = known(world, place)?;
    let target = target(&kind, index, place);
    let content_type = call.header("content-type").split(';').next().unwrap_or_default().trim();
    let manner = manner(call)?;
    if matches!(content_type, "application/apply-patch+yaml" | "application/apply-patch+json") {
        if call.parameter("fieldManager").is_empty() {
            let detail = "Required value: is required for apply patch";
            return Err(options_refused("FieldValueRequired", "fieldManager", detail));
        }
        let outcome = change::apply(world, &target, &body(call)?, &manner)?;
        return Ok(answer(world, call, &target, outcome));
    }
    let patch = read_patch(call, content_type, &kind)?;
    let schema = &target.version.schema;
    if place.subresource == "scale" {
        return scale(world, call, &target, &|scale| patched(scale, &patch, schema));
    }
    let outcome = change::update(world, &target, &|live| patched(live, &patch, schema), &manner)?;
    Ok(answer(world, call, &target, outcome))
}

/// Parameters that make no sense together.
fn options_refused(reason: &str, field: &str, detail: &str) -> Failure {
    let message = format!("PatchOptions.meta.k8s.io \"\" is invalid: {field}: {detail}");
    Failure {
        details: Some(json!({
            "group": "meta.k8s.io", "kind": "PatchOptions",
            "causes": [{ "reason": reason, "message": detail, "field": field }],
        })),
        ..Failure::new(StatusCode::UNPROCESSABLE_ENTITY, "Invalid", message)
    }
}

fn read_patch(call: &Call, content_type: &str, kind: &Kind) -> Result<Patch, Failure> {
    match content_type {
        "application/json-patch+json" => {
            let patch = serde_json::from_slice(&call.body).map_err(|_| {
                let message = "the server rejected our request due to an error in our request";
                Failure::new(StatusCode::UNPROCESSABLE_ENTITY, "Invalid", message)
            })?;
            Ok(Patch::Json(patch))
        }
        "application/merge-patch+json" => Ok(Patch::Merge(body(call)?)),
        "application/strategic-merge-patch+json" if !kind.is_custom => {
            Ok(Patch::Strategic(body(call)?))
        }
        _ => Err(Failure::unsupported_media(
            "the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml",
        )),
    }
}

/// Changes the number of replicas through the `Scale` view.
fn scale(
    world: &World,
    call: &Call,
    target: &Target<'_>,
    edit: &dyn Fn(&Value) -> Result<Value, Failure>,
) -> Result<Response, Failure> {
    let Some(scale) = &target.version.scale else { return Err(Failure::no_such_path()) };
    let outcome = change::update(
        world,
        target,
        &|live| {
            let wanted = edit(&scale_of(target.kind, target.version, live))?;
            let mut new = live.clone();
            let pointer = format!("/{}", scale.spec_replicas.replace('.', "/"));
            let replicas = wanted["spec"]["replicas"].clone();
            match new.pointer_mut(&pointer) {
                Some(field) => *field = replicas,
                None => {
                    object::child(&mut new, "spec").insert("replicas".into(), replicas);
                }
            }
            let version = object::meta(&wanted, "resourceVersion");
            object::set_meta(&mut new, "resourceVersion", json!(version));
            Ok(new)
        },
        &manner(call)?,
    )?;
    Ok(with_code(StatusCode::OK, &scale_of(target.kind, target.version, &outcome.object)))
}

/// `PUT …/namespaces/x/finalize`: replaces the finalizers in the namespace's spec.
fn finalize(world: &World, target: &Target<'_>, body: &Value) -> Result<Response, Failure> {
    let finalizers = body["spec"].get("finalizers").cloned().unwrap_or_else(|| json!([]));
    let key = target.key();
    for _ in 0..20 {
        let live =
            world.store.get(&key).ok_or_else(|| Failure::not_found(target.kind, target.name))?;
        let mut new = live.value.clone();
        new["spec"]["finalizers"] = finalizers.clone();
        if let Ok(stored) = world.store.commit(&key, live.revision, Some(new)) {
            change::remove_if_finished(world, &key);
            return Ok(with_code(StatusCode::OK, &stored.value));
        }
    }
    Err(Failure::modified(target.kind, target.name))
}

pub(crate) fn delete(world: &World, call: &Call, place: &Place<'_>) -> Result<Response, Failure> {
    let (kind, index) = known(world, place)?;
    let target = target(&kind, index, place);
    let (object, is_gone) = change::delete(world, &target, &deletion(call)?)?;
    if !is_gone {
        return Ok(with_code(StatusCode::OK, &object));
    }
    let mut details =
        json!({ "name": place.name, "kind": kind.plural, "uid": object::uid(&object) });
    if !kind.group.is_empty() {
        details["group"] = json!(kind.group);
    }
    Ok(with_code(
        StatusCode::OK,
        &json!({
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success",
            "details": details,
        }),
    ))
}

pub(crate) fn delete_all(
    world: &World,
    call: &Call,
    place: &Place<'_>,
) -> Result<Response, Failure> {
    let (kind, index) = known(world, place)?;
    let version = &kind.versions[index];
    let selector =
        Selector::parse(call.parameter("labelSelector"), call.parameter("fieldSelector"))?;
    let deletion = deletion(call)?;
    let (objects, revision) = world.store.list(&kind.resource, place.namespace);
    let mut deleted = Vec::new();
    for stored in objects.iter().filter(|stored| selector.matches(&stored.value)) {
        let target = Target {
            namespace: object::namespace(&stored.value),
            name: object::name(&stored.value),
            ..target(&kind, index, place)
        };
        match change::delete(world, &target, &deletion) {
            Ok((object, _)) => deleted.push(change::in_version(&kind, version, &object)),
            Err(gone) if gone.reason == "NotFound" => {}
            Err(other) => return Err(other),
        }
    }
    Ok(with_code(
        StatusCode::OK,
        &json!({
            "kind": kind.list_kind, "apiVersion": kind.api_version(&version.name),
            "metadata": { "resourceVersion": revision.to_string() }, "items": deleted,
        }),
    ))
}

fn target<'a>(kind: &'a Kind, index: usize, place: &Place<'a>) -> Target<'a> {
    Target {
        kind,
        version: &kind.versions[index],
        namespace: place.namespace,
        name: place.name,
        subresource: place.subresource,
    }
}

fn answer(world: &World, call: &Call, target: &Target<'_>, outcome: Outcome) -> Response {
    let code = if outcome.created { StatusCode::CREATED } else { StatusCode::OK };
    let form = Form::accepted(call.header("accept"));
    let shown = shaped(form, target.kind, target.version, outcome.object, world.timestamp());
    with_warnings(with_code(code, &shown), &outcome.warnings)
}

pub(crate) fn body(call: &Call) -> Result<Value, Failure> {
    if call.header("content-type").contains("protobuf") {
        return crate::protobuf::decode(&call.body).map_err(Failure::bad_request);
    }
    if call.header("content-type").contains("yaml") && call.body.first() != Some(&b'{') {
        let text = std::str::from_utf8(&call.body)
            .map_err(|_| Failure::bad_request("the request's body is not UTF-8"))?;
        return serde_saphyr::from_str(text)
            .map_err(|error| Failure::bad_request(format!("error decoding YAML: {error}")));
    }
    serde_json::from_slice(&call.body)
        .map_err(|error| Failure::bad_request(format!("the request's body is not JSON: {error}")))
}

fn manner(call: &Call) -> Result<Manner, Failure> {
    let manager = match call.parameter("fieldManager") {
        "" => call.header("user-agent").split('/').next().unwrap_or_default(),
        given => given,
    };
    let strictness = match call.parameter("fieldValidation") {
        "Strict" => Strictness::Strict,
        "Ignore" => Strictness::Ignore,
        "" | "Warn" => Strictness::Warn,
        other => {
            return Err(Failure::bad_request(format!("invalid fieldValidation {other:?}")));
        }
    };
    Ok(Manner {
        manager: if manager.is_empty() { "unknown".into() } else { manager.into() },
        dry_run: is_dry_run(call.parameter("dryRun"))?,
        force: call.parameter("force") == "true",
        strictness,
    })
}

fn is_dry_run(value: &str) -> Result<bool, Failure> {
    match value {
        "" => Ok(false),
        "All" => Ok(true),
        other => {
            let detail = format!("Unsupported value: [{other:?}]: supported values: \"All\"");
            Err(options_refused("FieldValueNotSupported", "dryRun", &detail))
        }
    }
}

fn deletion(call: &Call) -> Result<Deletion, Failure> {
    let options = if call.body.is_empty() { Value::Null } else { body(call)? };
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let propagation = match call.parameter("propagationPolicy") {
        "" => options["propagationPolicy"].as_str().unwrap_or_default(),
        given => given,
    };
    let orphan = options["orphanDependents"] == true;
    let preconditions = &options["preconditions"];
    let dry_run = is_dry_run(call.parameter("dryRun"))?
        || object::items(&options["dryRun"]).iter().any(|v| v == "All");
    Ok(Deletion {
        propagation: if orphan { "Orphan".into() } else { propagation.into() },
        uid: text(&preconditions["uid"]),
        resource_version: text(&preconditions["resourceVersion"]),
        dry_run,
    })
}
