//! Renders every environment of an application and holds the result against its contract.

use std::collections::BTreeMap;

use checks::Finding;
use kustomize::{Files, ImageOverride, Options};
use manifest::{File, Object, Tree};
use serde_json::Value;

use crate::{App, Environment, Error};

/// The file that holds an environment's objects, inside the folder of its name.
pub const MANIFESTS: &str = "manifests.yaml";

/// One environment, rendered.
#[derive(Debug, Clone)]
pub struct Rendered {
    /// The text as `kustomize build` prints it.
    pub text: String,
    /// The objects in it.
    pub objects: Vec<Object>,
    /// What the build warns about.
    pub warnings: Vec<String>,
}

/// A checkout that was rendered and checked.
#[derive(Debug, Clone)]
pub struct Hydrated {
    /// What goes into the bundle: `dev/manifests.yaml`, `preprod/manifests.yaml`, …
    pub tree: Tree,
    /// The environments by name.
    pub environments: BTreeMap<String, Rendered>,
}

/// Renders every environment of `app` from `files`, replaces `images`, and checks the contract.
///
/// `files` is the folder that holds `wharf.yaml`. The result depends on nothing but the arguments.
///
/// # Errors
///
/// [`Error::Build`] and [`Error::NotObjects`] for the first environment that does not render,
/// [`Error::UnusedImage`] for an image that nothing uses, [`Error::OutsideContract`] with all findings.
pub fn hydrate(app: &App, files: &impl Files, images: &[ImageOverride]) -> Result<Hydrated, Error> {
    let mut environments = BTreeMap::new();
    let mut files_of_bundle = Vec::new();
    for environment in &app.environments {
        let rendered = render(files, environment, images)?;
        let file = File { bytes: rendered.text.clone().into(), executable: false };
        files_of_bundle.push((format!("{}/{MANIFESTS}", environment.name), file));
        environments.insert(environment.name.clone(), rendered);
    }
    refuse_unused(images, &environments)?;
    let findings = check(app, &environments);
    if !findings.is_empty() {
        return Err(Error::OutsideContract { findings });
    }
    Ok(Hydrated { tree: files_of_bundle.into_iter().collect(), environments })
}

/// Renders one environment.
///
/// # Errors
///
/// [`Error::Build`], [`Error::NotObjects`].
pub fn render(
    files: &impl Files,
    environment: &Environment,
    images: &[ImageOverride],
) -> Result<Rendered, Error> {
    let Environment { name, build, .. } = environment;
    let options = Options { images: images.to_vec(), ..Options::default() };
    let output = kustomize::build(files, build, &options).map_err(|source| Error::Build {
        environment: name.clone(),
        build: build.clone(),
        source: Box::new(source),
    })?;
    let text = output.to_yaml();
    let (objects, problems) = manifest::read(&format!("{name}/{MANIFESTS}"), text.as_bytes());
    if !problems.is_empty() {
        return Err(Error::NotObjects { environment: name.clone(), problems });
    }
    Ok(Rendered { text, objects, warnings: output.warnings.clone() })
}

/// Lists everything that crosses the contract of `app`, over all environments.
pub fn check(app: &App, environments: &BTreeMap<String, Rendered>) -> Vec<Finding> {
    environments.values().flat_map(|rendered| app.contract.check(&rendered.objects)).collect()
}

/// A misspelled `--image` would otherwise ship the old image without a word.
fn refuse_unused(
    images: &[ImageOverride],
    environments: &BTreeMap<String, Rendered>,
) -> Result<(), Error> {
    let objects = || environments.values().flat_map(|rendered| &rendered.objects);
    let is_used = |image: &ImageOverride| {
        let expected = expected(image);
        objects().any(|object| object.value.values().any(|value| names_image(value, &expected)))
    };
    match images.iter().find(|image| !is_used(image)) {
        Some(image) => Err(Error::UnusedImage(image.name.clone())),
        None => Ok(()),
    }
}

/// What a container's `image` begins with after the override took effect.
fn expected(image: &ImageOverride) -> String {
    let ImageOverride { name, new_name, new_tag, digest } = image;
    let name = if new_name.is_empty() { name } else { new_name };
    match (new_tag.as_str(), digest.as_str()) {
        ("", "") => name.clone(),
        (tag, "") => format!("{name}:{tag}"),
        ("", digest) => format!("{name}@{digest}"),
        (tag, digest) => format!("{name}:{tag}@{digest}"),
    }
}

fn names_image(value: &Value, expected: &str) -> bool {
    match value {
        Value::Object(fields) => fields.iter().any(|(key, value)| match value {
            Value::String(text) => key == "image" && text.starts_with(expected),
            inner => names_image(inner, expected),
        }),
        Value::Array(items) => items.iter().any(|item| names_image(item, expected)),
        _ => false,
    }
}
