//! `build`: from a folder to the objects that are to be applied.

use std::sync::Arc;

use manifest::yaml::Node;

use crate::accumulate::{Accumulated, Session, Target};
use crate::config::Config;
use crate::error::Error;
use crate::files::Files;
use crate::kustomization::Image;
use crate::loader::Loader;
use crate::metadata::{self, Source};
use crate::options::Options;
use crate::resource::Resource;
use crate::resources::Resources;
use crate::transform::{about, hash, labels, references, sort, variables};

/// What a build gives.
#[derive(Clone, Debug, Default)]
pub struct Output {
    text: String,
    resources: Vec<Resource>,
    /// What `kustomize build` prints to standard error while it succeeds, such as deprecations.
    pub warnings: Vec<String>,
}

impl Output {
    /// The text that `kustomize build` prints: documents separated by `---` lines, keys sorted.
    pub fn to_yaml(&self) -> String {
        self.text.clone()
    }

    /// As [`Output::to_yaml`], without a copy.
    pub fn as_yaml(&self) -> &str {
        &self.text
    }

    /// The objects, in the order of the text, each with the file and line it came from.
    pub fn objects(&self) -> Vec<manifest::Object> {
        let objects = self.resources.iter().map(|resource| {
            let value = match resource.node.to_json() {
                Ok(serde_json::Value::Object(value)) => value,
                // It was printed, so it has a JSON form.
                _ => serde_json::Map::new(),
            };
            manifest::Object { value, origin: resource.origin.clone() }
        });
        objects.collect()
    }
}

/// Builds the kustomization in `folder`.
///
/// Nothing but `files` is read, unless `options` brings callbacks that do. The same files give the
/// same output.
///
/// # Errors
///
/// Whatever `kustomize build` refuses is an [`Error`] that names the file, and the line and field
/// where there are some.
pub fn build(files: &impl Files, folder: &str, options: &Options) -> Result<Output, Error> {
    let mut session = Session {
        options,
        warnings: Vec::new(),
        built_in: Arc::new(Config::built_in()),
        schemas: None,
    };
    let loader = Loader::new(files, folder, options)?;
    let mut target = Target::load(loader, &mut session)?;
    target.kustomization.images.extend(options.images.iter().map(|image| Image {
        name: image.name.clone(),
        new_name: image.new_name.clone(),
        new_tag: image.new_tag.clone(),
        digest: image.digest.clone(),
        ..Image::default()
    }));
    if !target.kustomization.build_metadata.is_empty() {
        target.source = Some(Source::default());
    }
    target.use_schema(&mut session, true)?;
    let built = target.accumulate(Accumulated::default(), &mut session)?;
    finish(built, &target, session)
}

/// The steps that come last and only once.
fn finish(
    mut built: Accumulated,
    target: &Target<'_>,
    mut session: Session<'_>,
) -> Result<Output, Error> {
    let options = session.options;
    hash::apply(&mut built.resources)?;
    references::apply(&mut built.resources, &built.config.name_reference)?;
    let unused =
        variables::apply(&mut built.resources, &built.variables, &built.config.var_reference)?;
    session.warnings.extend(unused);
    crate::shared::settle_all(&mut built.resources);
    for resource in built.resources.as_slice() {
        crate::read::check(&resource.node).map_err(|reason| about(resource, "checking", reason))?;
    }
    drop_local(&mut built.resources);
    let kustomization = &target.kustomization;
    sort::apply(&mut built.resources, kustomization.sort_options.as_ref(), options.reorder)?;
    let has = |name: &str| kustomization.build_metadata.iter().any(|option| option == name);
    if options.add_managed_by_label || has("managedByLabel") {
        let entries = [("app.kubernetes.io/managed-by".to_owned(), "kustomize-v5.8.1".to_owned())];
        let field = crate::field_spec::FieldSpec::new(
            crate::identity::Gvk::default(),
            "metadata/labels",
            true,
        );
        labels::apply(&mut built.resources, "managedByLabel", &entries.into(), &[field])?;
    }
    let (keep_origin, keep_transformations) =
        (has("originAnnotations"), has("transformerAnnotations"));
    let mut resources = built.resources.take();
    let mut text = String::new();
    for resource in &mut resources {
        let start = if text.is_empty() { "" } else { "---\n" };
        text.push_str(start);
        metadata::clean(&mut resource.node, keep_origin, keep_transformations)
            .and_then(|()| {
                let written = manifest::append_node(&mut text, &resource.node);
                written.map_err(|problem| problem.message)
            })
            .map_err(|reason| about(resource, "writing", reason))?;
    }
    Ok(Output { text, resources, warnings: session.warnings })
}

/// Objects that are only there for other tools do not go out.
fn drop_local(resources: &mut Resources) {
    let is_local = |node: &Node| {
        let mark = node.at(&["metadata", "annotations"]);
        let mark = mark.and_then(|map| map.get("config.kubernetes.io/local-config"));
        mark.is_some_and(|mark| mark.value != "false")
    };
    if resources.as_slice().iter().any(|resource| is_local(&resource.node)) {
        let left = resources.take().into_iter().filter(|resource| !is_local(&resource.node));
        let left = left.collect();
        resources.replace_all(left);
    }
}
