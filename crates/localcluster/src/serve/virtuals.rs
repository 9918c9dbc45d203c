//! Resources that are questions, not things: access reviews, tokens, evictions.

use axum::response::Response;
use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::respond::with_code;
use super::write::body;
use super::{Call, Place, impersonated};
use crate::authorize::{self, Attempt, User};
use crate::change::{self, Deletion, Target};
use crate::object;
use crate::status::Failure;
use crate::world::{World, random_hex};

/// Answers when the place is such a resource.
pub(crate) fn answer(
    world: &World,
    call: &Call,
    place: &Place<'_>,
) -> Result<Option<Response>, Failure> {
    if call.method != Method::POST {
        return Ok(None);
    }
    let status = match (place.group, place.plural, place.subresource) {
        ("authorization.k8s.io", "selfsubjectrulesreviews", _) => json!({
            "resourceRules": [{ "verbs": ["*"], "apiGroups": ["*"], "resources": ["*"] }],
            "nonResourceRules": [{ "verbs": ["*"], "nonResourceURLs": ["*"] }],
            "incomplete": false,
        }),
        ("authorization.k8s.io", _, _) => access(world, call)?,
        ("authentication.k8s.io", "selfsubjectreviews", _) => {
            let user = impersonated(call)
                .unwrap_or_else(|| User::new("wharf", vec!["system:masters".into()]));
            json!({ "userInfo": { "username": user.name, "groups": user.groups } })
        }
        ("authentication.k8s.io", "tokenreviews", _) => {
            json!({ "authenticated": true, "user": { "username": "wharf" } })
        }
        ("", "serviceaccounts", "token") => json!({
            "token": random_hex(24), "expirationTimestamp": "2099-01-01T00:00:00Z",
        }),
        ("", "pods", "eviction") => return evict(world, place).map(Some),
        _ => return Ok(None),
    };
    let mut review = body(call)?;
    if !review.is_object() {
        return Err(Failure::bad_request("the request's body is not a JSON object"));
    }
    review["status"] = status;
    object::set_meta(&mut review, "creationTimestamp", json!(world.now()));
    Ok(Some(with_code(StatusCode::CREATED, &review)))
}

/// Answers an access review, of the caller or of the user that it names.
fn access(world: &World, call: &Call) -> Result<Value, Failure> {
    let review = body(call)?;
    let spec = &review["spec"];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let named = spec["user"]
        .as_str()
        .map(|name| User::new(name, object::items(&spec["groups"]).iter().map(text).collect()));
    let Some(user) = named.or_else(|| impersonated(call)) else {
        return Ok(json!({ "allowed": true }));
    };
    let wanted = &spec["resourceAttributes"];
    let mut resource = text(&wanted["resource"]);
    if let Some(sub) = wanted["subresource"].as_str().filter(|sub| !sub.is_empty()) {
        resource = format!("{resource}/{sub}");
    }
    let field = |name: &str| wanted[name].as_str().unwrap_or_default();
    let attempt = Attempt {
        verb: field("verb"),
        group: field("group"),
        resource,
        namespace: field("namespace"),
        name: field("name"),
    };
    Ok(json!({ "allowed": wanted.is_object() && authorize::may(world, &user, &attempt) }))
}

fn evict(world: &World, place: &Place<'_>) -> Result<Response, Failure> {
    let kinds = world.kinds();
    let kind = kinds.get("", "pods").ok_or_else(Failure::no_such_path)?;
    let target = Target {
        kind,
        version: &kind.versions[0],
        namespace: place.namespace,
        name: place.name,
        subresource: "",
    };
    change::delete(world, &target, &Deletion::with_propagation("Background"))?;
    let success: Value =
        json!({ "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success" });
    Ok(with_code(StatusCode::CREATED, &success))
}
