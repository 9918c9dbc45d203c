//! `patches`, `patchesStrategicMerge` and `patchesJson6902`.

use std::sync::Arc;

use crate::error::Error;
use crate::identity::Id;
use crate::json_patch::{self, Operation};
use crate::kustomization::{Patch, PatchOptions, Selector};
use crate::loader::Loader;
use crate::merge::merge;
use crate::node::{self, Wrong};
use crate::read;
use crate::resource::Resource;
use crate::resources::Resources;
use crate::schema::Schemas;
use crate::selector::Matcher;
use crate::transform::about;

/// The text of a patch and where it stands, for messages.
struct Source {
    text: String,
    file: Arc<str>,
    is_inline: bool,
}

impl Source {
    fn describe(&self) -> String {
        if self.is_inline {
            format!("[patch: {:?}]", self.text)
        } else {
            format!("[path: \"{}\"]", self.file)
        }
    }
}

/// A patch that was read.
pub(crate) struct Loaded {
    content: Content,
    target: Option<Selector>,
    source: Source,
}

enum Content {
    Merge(Vec<Resource>),
    Json(Vec<Operation>),
}

/// Reads an entry of `patches`.
///
/// # Errors
///
/// [`Error::Step`] when it is neither kind of patch, errors of the loader.
pub(crate) fn load(
    patch: &Patch,
    loader: &Loader<'_>,
    kustomization: &Arc<str>,
) -> Result<Loaded, Error> {
    let refuse = |reason: String| Err(Error::step(format!("{kustomization}: patches"), reason));
    let inline = patch.text.trim();
    let source = match (inline.is_empty(), patch.path.is_empty()) {
        (true, true) => return refuse("must specify one of patch and path".to_owned()),
        (false, false) => {
            return refuse("patch and path can't be set at the same time".to_owned());
        }
        (false, true) => {
            Source { text: inline.to_owned(), file: kustomization.clone(), is_inline: true }
        }
        (true, false) => {
            let bytes = loader.load(&patch.path).map_err(|error| {
                error.within(
                    &loader.shown(&loader.root),
                    format!("failed to get the patch file from path({})", patch.path),
                )
            })?;
            let text = String::from_utf8_lossy(&bytes).into_owned();
            Source { text, file: loader.name_of(&patch.path), is_inline: false }
        }
    };
    let content = match read::objects(&source.file, source.text.as_bytes()) {
        Ok(objects) => Content::Merge(allow(objects, patch.options.as_ref())),
        Err(no_merge) => match json_patch::read(&source.text) {
            Ok(operations) => Content::Json(operations),
            Err(no_json) => {
                return refuse(format!(
                    "unable to parse SM or JSON patch from {}: as SM: {no_merge}; as JSON: {no_json}",
                    source.describe()
                ));
            }
        },
    };
    Ok(Loaded { content, target: patch.target.clone(), source })
}

fn allow(mut patches: Vec<Resource>, options: Option<&PatchOptions>) -> Vec<Resource> {
    if let Some(options) = options {
        for patch in &mut patches {
            patch.history.allows_name_change = options.allow_name_change;
            patch.history.allows_kind_change = options.allow_kind_change;
            if options.allow_name_change || options.allow_kind_change {
                // kustomize notes this in annotations, which makes strings of all of them.
                let annotations = patch.annotations();
                let set = node::set_metadata_map(&mut patch.node, "annotations", &annotations);
                debug_assert!(set.is_ok(), "a patch that was read has metadata");
            }
        }
    }
    patches
}

/// Applies a patch to the objects it is for.
///
/// # Errors
///
/// [`Error::Step`] when it has no target, [`Error::Object`] when it does not fit one.
pub(crate) fn apply(
    resources: &mut Resources,
    patch: &Loaded,
    schemas: &Schemas,
) -> Result<(), Error> {
    let refuse = |reason: String| Error::step("patches", reason);
    match (&patch.content, &patch.target) {
        (Content::Merge(patches), _) if patches.is_empty() => Ok(()),
        (Content::Merge(patches), None) => {
            patches.iter().try_for_each(|patch| merge_into_named(resources, patch, schemas))
        }
        (Content::Merge(patches), Some(target)) => match patches.as_slice() {
            [patch] => merge_into_selected(resources, patch, target, schemas),
            _ => Err(refuse(format!(
                "Multiple Strategic-Merge Patches in one `patches` entry is not allowed to set `patches.target` field: {}",
                patch.source.describe()
            ))),
        },
        (Content::Json(_), None) => {
            Err(refuse(format!("must specify a target for JSON patch {}", patch.source.describe())))
        }
        (Content::Json(operations), Some(target)) => {
            apply_json(resources, operations, target, true)
        }
    }
}

fn merge_into_named(
    resources: &mut Resources,
    patch: &Resource,
    schemas: &Schemas,
) -> Result<(), Error> {
    let id = patch.original_id();
    let at = resources.target_of(&id).map_err(|reason| Error::Object {
        step: "patches".to_owned(),
        id: id.to_string(),
        origin: patch.origin.clone(),
        reason: format!("no resource matches strategic merge patch: {reason}"),
    })?;
    let resource = &mut resources.as_mut_slice()[at];
    let id = resource.id();
    merge_one(resource, patch.clone(), schemas)
        .map_err(|reason| failed(&id, &resource.origin, patch, reason))
}

/// An error about an object that is half changed, so that it no longer knows its id.
fn failed(id: &Id, origin: &manifest::Origin, patch: &Resource, reason: String) -> Error {
    Error::Object {
        step: format!("patch at {}:{}", patch.origin.file, patch.origin.line),
        id: id.to_string(),
        origin: origin.clone(),
        reason,
    }
}

fn merge_into_selected(
    resources: &mut Resources,
    patch: &Resource,
    target: &Selector,
    schemas: &Schemas,
) -> Result<(), Error> {
    let matcher = Matcher::read(target).map_err(|reason| {
        Error::step("patches", format!("unable to find patch target: {reason}"))
    })?;
    for resource in resources.as_mut_slice() {
        if matcher.takes(resource) {
            let id = resource.id();
            merge_like(resource, patch, schemas)
                .map_err(|reason| failed(&id, &resource.origin, patch, reason))?;
        }
    }
    drop_deleted(resources)
}

/// Merges a patch that takes name, namespace and version from what it changes.
fn merge_like(resource: &mut Resource, patch: &Resource, schemas: &Schemas) -> Result<(), Wrong> {
    let mut patch = patch.clone();
    let kind = patch.kind().to_owned();
    let labels = patch.labels();
    node::set_metadata_map(&mut patch.node, "labels", &labels)?;
    let annotations = patch.annotations();
    node::set_metadata_map(&mut patch.node, "annotations", &annotations)?;
    patch.set_top("apiVersion", &resource.gvk().api_version())?;
    patch.set_top("kind", &kind)?;
    merge_one(resource, patch, schemas)
}

fn merge_one(resource: &mut Resource, patch: Resource, schemas: &Schemas) -> Result<(), Wrong> {
    let (name, namespace) = (resource.name().to_owned(), resource.namespace().to_owned());
    let kind = resource.kind().to_owned();
    let history = patch.history;
    if history.allows_name_change || history.allows_kind_change {
        resource.remember_id();
    }
    if !merge(&mut resource.node, patch.node, schemas)? {
        resource.delete();
        return Ok(());
    }
    if resource.is_gone() {
        return Ok(());
    }
    if !history.allows_kind_change {
        resource.set_top("kind", &kind)?;
    }
    if !history.allows_name_change {
        resource.set_name(&name)?;
    }
    resource.set_namespace(&namespace)
}

/// Forgets objects that a patch deleted; no two of the others may be the same.
fn drop_deleted(resources: &mut Resources) -> Result<(), Error> {
    let left = resources.take().into_iter().filter(|resource| !resource.is_gone()).collect();
    *resources = Resources::collect(left)?;
    Ok(())
}

/// Applies a JSON patch to all objects that a selector takes.
fn apply_json(
    resources: &mut Resources,
    operations: &[Operation],
    target: &Selector,
    remembers: bool,
) -> Result<(), Error> {
    let matcher = Matcher::read(target).map_err(|reason| Error::step("patches", reason))?;
    for resource in resources.as_mut_slice() {
        if !matcher.takes(resource) {
            continue;
        }
        if remembers {
            resource.remember_id();
        }
        patch_one(resource, operations).map_err(|reason| about(resource, "JSON patch", reason))?;
    }
    Ok(())
}

fn patch_one(resource: &mut Resource, operations: &[Operation]) -> Result<(), Wrong> {
    use manifest::yaml::{Kind, Node};
    json_patch::through_json(&mut resource.node)?;
    if resource.history.leaves_annotations() {
        // kustomize keeps notes in annotations, so a patch always finds that mapping.
        if let Some(metadata) = resource.node.get_mut("metadata").filter(|node| node.is_mapping())
            && metadata.get("annotations").is_none_or(|found| found.kind != Kind::Mapping)
        {
            metadata.set("annotations", Node::mapping([]));
        }
    }
    json_patch::apply(&mut resource.node, operations)?;
    let annotations = resource.annotations();
    node::set_metadata_map(&mut resource.node, "annotations", &annotations)
}

/// Reads `patchesStrategicMerge`: paths, or patches themselves.
///
/// # Errors
///
/// [`Error::Step`] when there is no patch in them, errors of the loader.
pub(crate) fn load_merges(
    entries: &[String],
    loader: &Loader<'_>,
    kustomization: &Arc<str>,
) -> Result<Vec<Resource>, Error> {
    let mut patches = Vec::new();
    for entry in entries {
        if let Ok(found) = read::objects(kustomization, entry.as_bytes()) {
            patches.extend(found);
        } else {
            let bytes = loader.load(entry)?;
            patches
                .extend(read::objects(&loader.name_of(entry), &bytes).map_err(Error::Malformed)?);
        }
    }
    if patches.is_empty() {
        let reason = format!("patch appears to be empty; files={entries:?}");
        return Err(Error::step("patchesStrategicMerge", reason));
    }
    Ok(patches)
}

/// Applies patches that name what they change.
///
/// # Errors
///
/// [`Error::Object`].
pub(crate) fn apply_merges(
    resources: &mut Resources,
    patches: &[Resource],
    schemas: &Schemas,
) -> Result<(), Error> {
    patches.iter().try_for_each(|patch| merge_like_named(resources, patch, schemas))
}

fn merge_like_named(
    resources: &mut Resources,
    patch: &Resource,
    schemas: &Schemas,
) -> Result<(), Error> {
    let id = patch.original_id();
    let at = resources.target_of(&id).map_err(|reason| Error::Object {
        step: "patchesStrategicMerge".to_owned(),
        id: id.to_string(),
        origin: patch.origin.clone(),
        reason,
    })?;
    let key = resources.as_slice()[at].id();
    // As in kustomize, other objects of the same current id are changed as well.
    for resource in resources.as_mut_slice() {
        if resource.id() == key {
            merge_like(resource, patch, schemas)
                .map_err(|reason| failed(&key, &resource.origin, patch, reason))?;
        }
    }
    drop_deleted(resources)
}

/// An entry of `patchesJson6902` that was read.
pub(crate) struct JsonPatch {
    target: Selector,
    operations: Vec<Operation>,
}

/// Reads an entry of `patchesJson6902`.
///
/// # Errors
///
/// [`Error::Step`] for an entry that says too little or too much, errors of the loader.
pub(crate) fn load_json(entry: &Patch, loader: &Loader<'_>) -> Result<JsonPatch, Error> {
    let refuse = |reason: String| Err(Error::step("patchesJson6902", reason));
    let Some(target) = entry.target.as_ref().filter(|target| !target.name.is_empty()) else {
        return refuse("must specify the target name".to_owned());
    };
    let text = match (entry.path.as_str(), entry.text.as_str()) {
        ("", "") => return refuse("empty file path and empty jsonOp".to_owned()),
        ("", inline) => inline.to_owned(),
        (_, inline) if !inline.is_empty() => {
            return refuse("must specify a file path or jsonOp, not both".to_owned());
        }
        (path, _) => String::from_utf8_lossy(&loader.load(path)?).into_owned(),
    };
    match json_patch::read(&text) {
        Ok(operations) if operations.is_empty() => {
            refuse(format!("patch appears to be empty; file={}", entry.path))
        }
        Ok(operations) => Ok(JsonPatch { target: target.clone(), operations }),
        Err(reason) => refuse(format!("decoding {}: {reason}", entry.path)),
    }
}

/// Applies an entry of `patchesJson6902`.
///
/// # Errors
///
/// [`Error::Object`].
pub(crate) fn apply_json_entry(resources: &mut Resources, patch: &JsonPatch) -> Result<(), Error> {
    apply_json(resources, &patch.operations, &patch.target, false)
}
