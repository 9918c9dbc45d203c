//! Walks the pod specs of the built-in kinds.

use manifest::Object;
use serde_json::{Map, Value};

use crate::image::{ImageName, ImageRole, ImageUse};

/// Every image that the built-in workload kinds name, in the order of objects and fields.
///
/// Looks at containers, init containers, ephemeral containers and image volumes of `Pod`,
/// `PodTemplate`, `ReplicationController`, `Deployment`, `ReplicaSet`, `StatefulSet`, `DaemonSet`,
/// `Job` and `CronJob`. Custom resources are not guessed at.
pub fn images(objects: &[Object]) -> Vec<ImageUse> {
    let mut uses = Vec::new();
    for object in objects {
        let Some(path) = pod_spec(object.group(), object.kind()) else { continue };
        let mut value = object.value.get(path[0]);
        for key in &path[1..] {
            value = value.and_then(|value| value.get(key));
        }
        if let Some(Value::Object(spec)) = value {
            of_pod_spec(object, &path.join("."), spec, &mut uses);
        }
    }
    uses
}

/// Where a kind keeps its pod spec.
fn pod_spec(group: &str, kind: &str) -> Option<&'static [&'static str]> {
    match (group, kind) {
        ("", "Pod") => Some(&["spec"]),
        ("", "PodTemplate") => Some(&["template", "spec"]),
        ("", "ReplicationController")
        | ("apps" | "extensions", "Deployment" | "ReplicaSet" | "DaemonSet")
        | ("apps", "StatefulSet")
        | ("batch", "Job") => Some(&["spec", "template", "spec"]),
        ("batch", "CronJob") => Some(&["spec", "jobTemplate", "spec", "template", "spec"]),
        _ => None,
    }
}

fn of_pod_spec(object: &Object, at: &str, spec: &Map<String, Value>, uses: &mut Vec<ImageUse>) {
    let lists = [
        ("initContainers", ImageRole::Init),
        ("containers", ImageRole::Container),
        ("ephemeralContainers", ImageRole::Ephemeral),
        ("volumes", ImageRole::Volume),
    ];
    for (list, role) in lists {
        let items = spec.get(list).and_then(Value::as_array).into_iter().flatten();
        for (index, item) in items.enumerate() {
            let (field, image) = match role {
                ImageRole::Volume => ("image.reference", item.pointer("/image/reference")),
                _ => ("image", item.get("image")),
            };
            let Some(image) = image.and_then(Value::as_str).filter(|image| !image.is_empty())
            else {
                continue;
            };
            let container = item.get("name").and_then(Value::as_str).unwrap_or_default();
            let key = if container.is_empty() { index.to_string() } else { container.to_owned() };
            uses.push(ImageUse {
                image: image.to_owned(),
                parts: ImageName::parse(image),
                object: object.id(),
                role,
                container: container.to_owned(),
                path: format!("{at}.{list}[{key}].{field}"),
                file: object.origin.file.clone(),
                line: object.origin.line,
            });
        }
    }
}
