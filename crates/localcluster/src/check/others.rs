//! Everything that is not a workload.

use serde_json::{Value, json};

use super::immutable;
use crate::encode::is_base64;
use crate::object::{at, items};
use crate::status::Cause;

pub(crate) fn service(object: &Value, old: Option<&Value>, causes: &mut Vec<Cause>) {
    const TYPES: [&str; 4] = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"];
    let spec = &object["spec"];
    let is_external_name = spec["type"] == "ExternalName";
    let is_headless = spec["clusterIP"] == "None";
    if !TYPES.iter().any(|t| spec["type"] == *t) {
        let supported: Vec<String> = TYPES.iter().map(|t| (*t).to_owned()).collect();
        causes.push(Cause::unsupported("spec.type", &spec["type"], &supported));
    }
    let ports = items(&spec["ports"]);
    if ports.is_empty() && !is_headless && !is_external_name {
        causes.push(Cause::required("spec.ports", ""));
    }
    for (index, port) in ports.iter().enumerate() {
        if ports.len() > 1 && port["name"].as_str().unwrap_or_default().is_empty() {
            causes.push(Cause::required(&format!("spec.ports[{index}].name"), ""));
        }
        let number = port["port"].as_i64().unwrap_or_default();
        if !(1..=65535).contains(&number) {
            let path = format!("spec.ports[{index}].port");
            causes.push(Cause::invalid(
                &path,
                &port["port"],
                "must be between 1 and 65535, inclusive",
            ));
        }
    }
    let before = old.filter(|old| old["spec"]["type"] != "ExternalName" && !is_external_name);
    if let Some(old) = before
        && at(object, "spec.clusterIPs") != at(old, "spec.clusterIPs")
    {
        let now = at(object, "spec.clusterIPs");
        causes.push(Cause::invalid("spec.clusterIPs[0]", now, "may not change once set"));
    }
}

pub(crate) fn secret(object: &Value, old: Option<&Value>, causes: &mut Vec<Cause>) {
    let data = &object["data"];
    for (key, value) in data.as_object().into_iter().flatten() {
        check_key(key, &format!("data[{key}]"), causes);
        if !value.as_str().is_some_and(is_base64) {
            causes.push(Cause::invalid(
                &format!("data[{key}]"),
                &json!("<redacted>"),
                "illegal base64 data",
            ));
        }
    }
    let required: &[&str] = match object["type"].as_str().unwrap_or_default() {
        "kubernetes.io/tls" => &["tls.crt", "tls.key"],
        "kubernetes.io/dockerconfigjson" => &[".dockerconfigjson"],
        "kubernetes.io/dockercfg" => &[".dockercfg"],
        "kubernetes.io/ssh-auth" => &["ssh-privatekey"],
        _ => &[],
    };
    for key in required {
        if data.get(*key).is_none() {
            causes.push(Cause::required(&format!("data[{key}]"), ""));
        }
    }
    immutable(object, old, "type", causes);
    frozen(object, old, causes);
}

pub(crate) fn config_map(object: &Value, old: Option<&Value>, causes: &mut Vec<Cause>) {
    for field in ["data", "binaryData"] {
        for (key, _) in object[field].as_object().into_iter().flatten() {
            check_key(key, &format!("{field}[{key}]"), causes);
        }
    }
    frozen(object, old, causes);
}

fn check_key(key: &str, path: &str, causes: &mut Vec<Cause>) {
    let fits = !key.is_empty()
        && key.len() <= 253
        && key != "."
        && key != ".."
        && key.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
    if !fits {
        let detail = "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";
        causes.push(Cause::invalid(path, &json!(key), detail));
    }
}

/// `immutable: true` freezes the data and itself.
fn frozen(object: &Value, old: Option<&Value>, causes: &mut Vec<Cause>) {
    let Some(old) = old.filter(|old| old["immutable"] == true) else { return };
    if object["immutable"] != true {
        causes.push(Cause::forbidden("immutable", "field is immutable when `immutable` is set"));
    }
    for field in ["data", "binaryData"] {
        if object[field] != old[field] {
            causes.push(Cause::forbidden(field, "field is immutable when `immutable` is set"));
        }
    }
}

pub(crate) fn claim(object: &Value, old: Option<&Value>, causes: &mut Vec<Cause>) {
    if items(&object["spec"]["accessModes"]).is_empty() {
        causes.push(Cause::required("spec.accessModes", "at least 1 access mode is required"));
    }
    if at(object, "spec.resources.requests.storage").is_null() {
        causes.push(Cause::required("spec.resources[storage]", ""));
    }
    let Some(old) = old else { return };
    let fixed = |object: &Value| {
        let mut spec = object["spec"].clone();
        if let Some(map) = spec.as_object_mut() {
            map.remove("resources");
            map.remove("volumeName");
            map.remove("volumeAttributesClassName");
        }
        spec
    };
    if fixed(object) != fixed(old) {
        causes.push(Cause::forbidden(
            "spec",
            "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims",
        ));
    }
}

pub(crate) fn binding(object: &Value, old: Option<&Value>, causes: &mut Vec<Cause>) {
    if object["roleRef"]["name"].as_str().unwrap_or_default().is_empty() {
        causes.push(Cause::required("roleRef.name", ""));
    }
    if let Some(old) = old
        && old["roleRef"] != object["roleRef"]
    {
        causes.push(Cause::invalid("roleRef", &object["roleRef"], "cannot change roleRef"));
    }
}

pub(crate) fn ingress(object: &Value, causes: &mut Vec<Cause>) {
    let spec = &object["spec"];
    if spec.get("defaultBackend").is_none() && items(&spec["rules"]).is_empty() {
        causes.push(Cause::invalid(
            "spec",
            &json!([]),
            "either `defaultBackend` or `rules` must be specified",
        ));
    }
    for (i, rule) in items(&spec["rules"]).iter().enumerate() {
        for (j, path) in items(&rule["http"]["paths"]).iter().enumerate() {
            let at = format!("spec.rules[{i}].http.paths[{j}]");
            let service = &path["backend"]["service"];
            if service.is_object() && service["name"].as_str().unwrap_or_default().is_empty() {
                causes.push(Cause::required(&format!("{at}.backend.service.name"), ""));
            }
        }
    }
}

pub(crate) fn definition(object: &Value, old: Option<&Value>, causes: &mut Vec<Cause>) {
    let spec = &object["spec"];
    let text = |path: &str| at(object, path).as_str().unwrap_or_default();
    let expected = format!("{}.{}", text("spec.names.plural"), text("spec.group"));
    if crate::object::name(object) != expected {
        causes.push(Cause::invalid(
            "metadata.name",
            &object["metadata"]["name"],
            "must be spec.names.plural+\".\"+spec.group",
        ));
    }
    for path in ["spec.group", "spec.names.plural", "spec.names.kind", "spec.scope"] {
        if text(path).is_empty() {
            causes.push(Cause::required(path, ""));
        }
    }
    let versions = items(&spec["versions"]);
    let stored = versions.iter().filter(|v| v["storage"] == true).count();
    if stored != 1 {
        let detail = "must have exactly one version marked as storage version";
        causes.push(Cause::invalid("spec.versions", &json!(versions.len()), detail));
    }
    for (index, version) in versions.iter().enumerate() {
        if !version["schema"]["openAPIV3Schema"].is_object() {
            let path = format!("spec.versions[{index}].schema.openAPIV3Schema");
            causes.push(Cause::required(&path, "schemas are required"));
        }
    }
    for path in ["spec.group", "spec.scope", "spec.names.plural", "spec.names.kind"] {
        immutable(object, old, path, causes);
    }
}

pub(crate) fn storage_class(object: &Value, old: Option<&Value>, causes: &mut Vec<Cause>) {
    for path in ["provisioner", "parameters", "reclaimPolicy", "volumeBindingMode"] {
        immutable(object, old, path, causes);
    }
}
