//! Makes desired objects what the API server will store: owner labels, defaults, no status.

use std::collections::BTreeMap;

use manifest::Object;
use serde_json::Value;

use crate::error::Error;
use crate::fields::{Fields, child, map, metadata};

/// The label that names the Kustomization an object belongs to.
pub const OWNER_NAME: &str = "kustomize.toolkit.fluxcd.io/name";
/// The label that names the namespace of the Kustomization an object belongs to.
pub const OWNER_NAMESPACE: &str = "kustomize.toolkit.fluxcd.io/namespace";

/// The Kustomization that delivers the objects.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Owner {
    /// Its name.
    pub name: String,
    /// Its namespace.
    pub namespace: String,
}

/// Labels and annotations set on every object, over what the object says itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CommonMetadata {
    /// Labels by key.
    pub labels: BTreeMap<String, String>,
    /// Annotations by key.
    pub annotations: BTreeMap<String, String>,
}

/// Returns the objects as they are to be sent to the API server, in the order given.
///
/// Sets the owner labels and the common metadata (which wins), drops `status` (except on CRDs) and
/// `metadata.creationTimestamp`, moves a Secret's `stringData` into `data`, and fills in the port
/// protocol without which server-side apply cannot merge port lists.
///
/// # Errors
///
/// [`Error::Unaddressable`] for an object without `apiVersion`, `kind` or `name`;
/// [`Error::StillEncrypted`] for a Secret with SOPS metadata that is not marked
/// `decrypt: disabled`.
///
/// # Source
///
/// facts/flux.md §4.3 step 8.
pub fn normalize(
    objects: Vec<Object>,
    owner: &Owner,
    common: &CommonMetadata,
) -> Result<Vec<Object>, Error> {
    objects
        .into_iter()
        .map(|mut object| {
            check_address(&object)?;
            check_decrypted(&object)?;
            set_metadata(&mut object.value, owner, common);
            set_defaults(&mut object);
            Ok(object)
        })
        .collect()
}

fn check_address(object: &Object) -> Result<(), Error> {
    let parts =
        [("apiVersion", object.api_version()), ("kind", object.kind()), ("name", object.name())];
    match parts.iter().find(|(_, value)| value.is_empty()) {
        Some((field, _)) => Err(Error::Unaddressable { object: object.id(), field }),
        None => Ok(()),
    }
}

fn check_decrypted(object: &Object) -> Result<(), Error> {
    let is_secret = object.kind() == "Secret" && object.group().is_empty();
    let is_wanted = ["labels", "annotations"].iter().any(|which| {
        metadata(&object.value, which, "kustomize.toolkit.fluxcd.io/decrypt")
            .is_some_and(|value| value.eq_ignore_ascii_case("disabled"))
    });
    if is_secret && !is_wanted && map(&object.value, &["sops"]).is_some() {
        return Err(Error::StillEncrypted { object: object.id() });
    }
    Ok(())
}

fn set_metadata(object: &mut Fields, owner: &Owner, common: &CommonMetadata) {
    let metadata = child(object, "metadata");
    metadata.remove("creationTimestamp");
    let labels = child(metadata, "labels");
    labels.insert(OWNER_NAME.into(), owner.name.clone().into());
    labels.insert(OWNER_NAMESPACE.into(), owner.namespace.clone().into());
    extend(labels, &common.labels);
    if !common.annotations.is_empty() {
        extend(child(metadata, "annotations"), &common.annotations);
    }
}

fn extend(fields: &mut Fields, with: &BTreeMap<String, String>) {
    fields.extend(with.iter().map(|(key, value)| (key.clone(), Value::from(value.clone()))));
}

fn set_defaults(object: &mut Object) {
    let (group, kind) = (object.group().to_owned(), object.kind().to_owned());
    let value = &mut object.value;
    if kind != "CustomResourceDefinition" {
        value.remove("status");
    }
    match (group.as_str(), kind.as_str()) {
        ("", "Secret") => merge_string_data(value),
        ("", "Service") => default_protocol(value.get_mut("spec")),
        ("", "Pod") => default_container_ports(value.get_mut("spec")),
        ("", "ReplicationController")
        | ("apps", "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet")
        | ("batch", "Job") => {
            default_container_ports(reach(value, &["spec", "template", "spec"]));
        }
        ("batch", "CronJob") => {
            let path = ["spec", "jobTemplate", "spec", "template", "spec"];
            default_container_ports(reach(value, &path));
        }
        _ => {}
    }
}

fn reach<'a>(object: &'a mut Fields, path: &[&str]) -> Option<&'a mut Value> {
    let (first, rest) = path.split_first()?;
    let value = object.get_mut(*first)?;
    if rest.is_empty() { Some(value) } else { reach(value.as_object_mut()?, rest) }
}

fn merge_string_data(secret: &mut Fields) {
    let Some(Value::Object(clear)) = secret.remove("stringData") else { return };
    let data = child(secret, "data");
    for (key, value) in clear {
        if let Value::String(text) = value {
            data.insert(key, encode_base64(text.as_bytes()).into());
        }
    }
}

fn default_container_ports(pod: Option<&mut Value>) {
    let Some(pod) = pod.and_then(Value::as_object_mut) else { return };
    for list in ["containers", "initContainers", "ephemeralContainers"] {
        if let Some(Value::Array(containers)) = pod.get_mut(list) {
            for container in containers {
                default_protocol(Some(container));
            }
        }
    }
}

/// Sets `protocol: TCP` on each of the `ports` that names none.
fn default_protocol(holder: Option<&mut Value>) {
    let ports = holder.and_then(|holder| holder.get_mut("ports"));
    let Some(Value::Array(ports)) = ports else { return };
    for port in ports.iter_mut().filter_map(Value::as_object_mut) {
        if port.get("protocol").is_none_or(|protocol| protocol.is_null() || protocol == "") {
            port.insert("protocol".into(), "TCP".into());
        }
    }
}

/// Standard base64 with padding, as Secret values are written.
fn encode_base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

#[cfg(test)]
mod tests;
