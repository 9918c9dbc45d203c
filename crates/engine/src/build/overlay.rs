//! The kustomization that a spec puts on top of a bundle's folder.

use api::KustomizationSpec;
use manifest::{File, Problem, Tree};
use serde_json::{Map, Value, json};

use crate::error::Error;

/// The names that a kustomization file may have.
const NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// The parts of a spec that change what is built.
#[derive(Debug, Clone)]
pub(super) struct Overlay {
    spec: Map<String, Value>,
    ignores_missing_components: bool,
}

impl Overlay {
    /// Takes them out of a spec.
    pub(super) fn of(spec: &KustomizationSpec) -> Self {
        let mut fields = Map::new();
        let mut put = |key: &str, value: Value| {
            let is_nothing = value.is_null() || value.as_array().is_some_and(Vec::is_empty);
            if !is_nothing {
                fields.insert(key.to_owned(), value);
            }
        };
        put("namespace", json!(spec.target_namespace));
        put("namePrefix", json!(spec.name_prefix));
        put("nameSuffix", json!(spec.name_suffix));
        put("patches", json!(spec.patches));
        put("images", json!(spec.images));
        put("components", json!(spec.components));
        put("buildMetadata", json!(spec.build_metadata));
        Self { spec: fields, ignores_missing_components: spec.ignore_missing_components }
    }

    /// What tells one overlay from another.
    pub(super) fn key(&self) -> String {
        format!("{}{}", self.ignores_missing_components, Value::Object(self.spec.clone()))
    }
}

/// Returns the tree with a kustomization file in `folder` that has the overlay in it.
///
/// A folder without one gets one that lists its manifests. `None` when the folder holds no object at all.
///
/// # Errors
///
/// [`Error::Build`] when a file is not what it should be: all of them, with their places.
///
/// # Source
///
/// facts/flux.md §4.4.
pub(super) fn overlay(tree: &Tree, folder: &str, on_top: &Overlay) -> Result<Option<Tree>, Error> {
    let existing =
        NAMES.iter().map(|name| join(folder, name)).find(|path| tree.get(path).is_some());
    let (path, mut kustomization) = match existing {
        Some(path) if on_top.spec.is_empty() => {
            drop(path);
            return Ok(Some(tree.clone()));
        }
        Some(path) => {
            let kustomization = read(tree, &path)?;
            (path, kustomization)
        }
        None => match generated(tree, folder)? {
            Some(kustomization) => (join(folder, NAMES[0]), kustomization),
            None => return Ok(None),
        },
    };
    put_on_top(&mut kustomization, on_top, |component| has(tree, folder, component));
    let text = manifest::to_yaml(&Value::Object(kustomization));
    let file = File { bytes: text.into(), executable: false };
    let others = tree.iter().filter(|(name, _)| *name != path);
    let others = others.map(|(name, file)| (name.to_owned(), file.clone()));
    Ok(Some(others.chain([(path.clone(), file)]).collect()))
}

fn read(tree: &Tree, path: &str) -> Result<Map<String, Value>, Error> {
    let failed = |reason: String| Error::Build { reason };
    let bytes = tree.get(path).map(|file| file.bytes.clone()).unwrap_or_default();
    let at = |problem: Problem| failed(Problem { file: path.into(), ..problem }.to_string());
    let roots = manifest::yaml::parse(&bytes).map_err(at)?;
    match roots.first().map(manifest::yaml::Node::to_json).transpose().map_err(at)? {
        Some(Value::Object(fields)) => Ok(fields),
        None | Some(Value::Null) => Ok(Map::new()),
        Some(_) => Err(failed(format!("{path}: a kustomization is a mapping"))),
    }
}

/// A kustomization that lists every manifest below a folder, and every folder with one of its own.
fn generated(tree: &Tree, folder: &str) -> Result<Option<Map<String, Value>>, Error> {
    let mut resources: Vec<String> = Vec::new();
    let mut problems: Vec<String> = Vec::new();
    let start = if folder.is_empty() { 0 } else { folder.len() + 1 };
    for (path, file) in tree.below(folder) {
        let relative = &path[start..];
        if let Some(base) = folder_with_kustomization(tree, folder, relative) {
            if !resources.contains(&base) {
                resources.push(base);
            }
            continue;
        }
        if !matches!(path.rsplit_once('.'), Some((_, "yaml" | "yml"))) {
            continue;
        }
        let (objects, found) = manifest::read(path, &file.bytes);
        problems.extend(found.iter().map(ToString::to_string));
        if !objects.is_empty() {
            resources.push(relative.to_owned());
        }
    }
    if !problems.is_empty() {
        let reason = format!("failed to decode Kubernetes objects:\n{}", problems.join("\n"));
        return Err(Error::Build { reason });
    }
    if resources.is_empty() {
        return Ok(None);
    }
    let mut kustomization = Map::new();
    kustomization.insert("apiVersion".to_owned(), json!("kustomize.config.k8s.io/v1beta1"));
    kustomization.insert("kind".to_owned(), json!("Kustomization"));
    kustomization.insert("resources".to_owned(), json!(resources));
    Ok(Some(kustomization))
}

/// The topmost folder on the way to a file that has a kustomization of its own.
fn folder_with_kustomization(tree: &Tree, root: &str, relative: &str) -> Option<String> {
    relative.match_indices('/').map(|(at, _)| &relative[..at]).find_map(|folder| {
        let is_base = NAMES.iter().any(|name| tree.get(&join(&join(root, folder), name)).is_some());
        is_base.then(|| folder.to_owned())
    })
}

fn put_on_top(
    kustomization: &mut Map<String, Value>,
    on_top: &Overlay,
    has_component: impl Fn(&str) -> bool,
) {
    for (key, value) in &on_top.spec {
        match (key.as_str(), value) {
            ("patches", Value::Array(more)) => append(kustomization, key, more.clone()),
            ("components", Value::Array(more)) => {
                let skips_missing = on_top.ignores_missing_components;
                let is_wanted =
                    |name: &&Value| !skips_missing || name.as_str().is_some_and(&has_component);
                append(kustomization, key, more.iter().filter(is_wanted).cloned().collect());
            }
            ("images", Value::Array(images)) => merge_images(kustomization, images),
            _ => drop(kustomization.insert(key.clone(), value.clone())),
        }
    }
}

fn append(kustomization: &mut Map<String, Value>, key: &str, more: Vec<Value>) {
    if more.is_empty() {
        return;
    }
    match kustomization.get_mut(key) {
        Some(Value::Array(list)) => list.extend(more),
        _ => drop(kustomization.insert(key.to_owned(), Value::Array(more))),
    }
}

/// Replaces images of the same name; a new tag or digest takes the place of both.
fn merge_images(kustomization: &mut Map<String, Value>, images: &[Value]) {
    for image in images {
        let list = kustomization.entry("images").or_insert_with(|| json!([]));
        let Value::Array(list) = list else { return };
        match list.iter_mut().find(|old| old.get("name") == image.get("name")) {
            Some(Value::Object(old)) => {
                if image.get("newTag").is_some() || image.get("digest").is_some() {
                    old.remove("newTag");
                    old.remove("digest");
                }
                old.extend(image.as_object().cloned().unwrap_or_default());
            }
            _ => list.push(image.clone()),
        }
    }
}

fn has(tree: &Tree, folder: &str, component: &str) -> bool {
    let path = normal(&join(folder, component));
    NAMES.iter().any(|name| tree.get(&join(&path, name)).is_some())
}

/// Resolves `.` and `..`.
fn normal(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

#[cfg(test)]
mod tests;
