//! The hash at the end of the names of generated objects.

use manifest::yaml::{Kind, Node};
use sha2::{Digest as _, Sha256};

use crate::error::Error;
use crate::go_json;
use crate::resources::Resources;
use crate::transform::each;

/// Adds the hash of the content to the names that need it.
///
/// # Errors
///
/// [`Error::Object`].
pub(crate) fn apply(resources: &mut Resources) -> Result<(), Error> {
    if !resources.as_slice().iter().any(|resource| resource.history.needs_hash) {
        return Ok(());
    }
    each(resources, "name suffix hash", |resource| {
        if !resource.history.needs_hash {
            return Ok(());
        }
        let hash = of(&resource.node)?;
        resource.remember_id();
        let name = format!("{}-{hash}", resource.name());
        resource.set_name(&name)
    })
}

/// The hash of an object: ten characters that spell no words.
///
/// # Source
///
/// kustomize, `api/hasher`: the first digits of the SHA-256 of some of its fields as JSON.
pub(crate) fn of(object: &Node) -> Result<String, String> {
    let (kind, fields): (&str, &[&str]) = match crate::identity::kind(object) {
        "ConfigMap" => ("ConfigMap", &["binaryData", "data"]),
        "Secret" => ("Secret", &["data", "stringData"]),
        _ => return to_json(object).map(|json| encode(&json)),
    };
    let mut json = String::from("{");
    for field in fields {
        match object.get(field) {
            Some(value) if value.kind == Kind::Mapping => {
                member(&mut json, field, &to_json(value)?);
            }
            Some(value) if *field == "data" => {
                member(&mut json, field, &go_json::quote(&value.value));
            }
            None if *field == "data" => member(&mut json, field, "\"\""),
            _ => {}
        }
        if *field == "data" {
            member(&mut json, "kind", &go_json::quote(kind));
            member(&mut json, "name", "\"\"");
        }
    }
    if kind == "Secret" {
        let secret_type = object.get("type").map_or("", |value| value.value.as_str());
        member(&mut json, "type", &go_json::quote(secret_type));
    }
    json.push('}');
    Ok(encode(&json))
}

fn to_json(node: &Node) -> Result<String, String> {
    let value = node.to_json().map_err(|problem| problem.message)?;
    Ok(go_json::write(&value))
}

fn member(json: &mut String, name: &str, value: &str) {
    if json.len() > 1 {
        json.push(',');
    }
    json.push_str(&go_json::quote(name));
    json.push(':');
    json.push_str(value);
}

fn encode(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    let digits = digest.iter().flat_map(|byte| [byte >> 4, byte & 15]).take(10);
    digits.map(|digit| char::from(b"gh2k456789mbcdtf"[usize::from(digit)])).collect()
}
