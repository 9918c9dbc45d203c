//! Everything that changes objects, ready to run: from fields of a kustomization or from plugins.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::config::Config;
use crate::error::Error;
use crate::field_spec::{FieldSpec, merge, merge_one};
use crate::identity::Gvk;
use crate::kustomization::{
    FieldSpecField, Image, Kustomization, Label, ReplacementField, Replica,
};
use crate::loader::Loader;
use crate::metadata::Source;
use crate::resource::Resource;
use crate::resources::Resources;
use crate::schema::Schemas;
use crate::shared;
use crate::transform::names::End;
use crate::transform::namespace::{Namespace, Subjects};
use crate::transform::patches::{JsonPatch, Loaded};
use crate::transform::value_add::ValueAdd;
use crate::transform::{
    about, hash, images, labels, names, namespace, patches, replacements, replicas, value_add,
};

/// One change to all objects.
pub(crate) enum Transformer {
    Merges(Vec<Resource>),
    Patch(Box<Loaded>),
    Namespace(Namespace),
    Name { end: End, text: String, fields: Vec<FieldSpec> },
    Entries { step: &'static str, entries: BTreeMap<String, String>, fields: Vec<FieldSpec> },
    JsonPatch(JsonPatch),
    Replica { replica: Replica, fields: Vec<FieldSpec> },
    Image { image: Image, fields: Vec<FieldSpec> },
    Replacements(Vec<ReplacementField>),
    ValueAdd(ValueAdd),
    Hash,
    Several(Vec<Self>),
}

/// A transformer and, where that is wanted, what is written onto the objects it changed.
pub(crate) struct Configured {
    pub(crate) transformer: Transformer,
    pub(crate) source: Option<Source>,
}

impl Transformer {
    /// Whether it may set one of several places that share a node.
    fn may_touch_shared(&self) -> bool {
        match self {
            Self::Merges(_) | Self::Patch(_) | Self::Entries { .. } | Self::Replacements(_) => true,
            Self::Several(list) => list.iter().any(Self::may_touch_shared),
            _ => false,
        }
    }

    /// Changes all objects.
    ///
    /// # Errors
    ///
    /// [`Error::Object`] or [`Error::Step`].
    pub(crate) fn apply(&self, resources: &mut Resources, schemas: &Schemas) -> Result<(), Error> {
        match self {
            Self::Merges(list) => patches::apply_merges(resources, list, schemas),
            Self::Patch(patch) => patches::apply(resources, patch, schemas),
            Self::Namespace(namespace) => namespace::apply(resources, namespace),
            Self::Name { end, text, fields } => names::apply(resources, *end, text, fields),
            Self::Entries { step, entries, fields } => {
                labels::apply(resources, step, entries, fields)
            }
            Self::JsonPatch(patch) => patches::apply_json_entry(resources, patch),
            Self::Replica { replica, fields } => replicas::apply(resources, replica, fields),
            Self::Image { image, fields } => images::apply(resources, image, fields),
            Self::Replacements(list) => replacements::apply(resources, list),
            Self::ValueAdd(add) => value_add::apply(resources, add),
            Self::Hash => hash::apply(resources),
            Self::Several(list) => list.iter().try_for_each(|one| one.apply(resources, schemas)),
        }
    }
}

/// Runs transformers in order; objects of which nothing is left are dropped after each.
///
/// # Errors
///
/// Those of the transformers.
pub(crate) fn run(
    all: &[Configured],
    resources: &mut Resources,
    schemas: &Schemas,
) -> Result<(), Error> {
    for Configured { transformer, source } in all {
        transformer.apply(resources, schemas)?;
        if transformer.may_touch_shared() {
            shared::settle_all(resources);
        }
        if let Some(source) = source {
            for resource in resources.as_mut_slice() {
                source
                    .mark_change(&mut resource.node)
                    .map_err(|reason| about(resource, "buildMetadata", reason))?;
            }
        }
        if resources.as_slice().iter().any(Resource::is_gone) {
            let left = resources.take().into_iter().filter(|resource| !resource.is_gone());
            let left = left.collect();
            resources.replace_all(left);
        }
    }
    Ok(())
}

/// Makes the transformers of a kustomization's own fields, in the order in which they run.
///
/// # Errors
///
/// [`Error::Step`] for fields that do not fit, errors of the loader.
pub(crate) fn of_fields(
    kustomization: &Kustomization,
    config: &Config,
    loader: &Loader<'_>,
    file: &Arc<str>,
) -> Result<Vec<(&'static str, Transformer)>, Error> {
    let mut all = Vec::new();
    let merges = kustomization.patches_strategic_merge.as_deref().unwrap_or_default();
    if !merges.is_empty() {
        let loaded = patches::load_merges(merges, loader, file)?;
        all.push(("PatchStrategicMergeTransformer", Transformer::Merges(loaded)));
    }
    for patch in &kustomization.patches {
        let loaded = Box::new(patches::load(patch, loader, file)?);
        all.push(("PatchTransformer", Transformer::Patch(loaded)));
    }
    add_names(&mut all, kustomization, config);
    add_labels(&mut all, kustomization, config)
        .map_err(|reason| Error::step(format!("{file}: labels"), reason))?;
    for entry in kustomization.patches_json6902.iter().flatten() {
        let loaded = patches::load_json(entry, loader)?;
        all.push(("PatchJson6902Transformer", Transformer::JsonPatch(loaded)));
    }
    all.extend(kustomization.replicas.iter().map(|replica| {
        let (replica, fields) = (replica.clone(), config.replicas.clone());
        ("ReplicaCountTransformer", Transformer::Replica { replica, fields })
    }));
    all.extend(kustomization.images.iter().map(|image| {
        let (image, fields) = (image.clone(), config.images.clone());
        ("ImageTagTransformer", Transformer::Image { image, fields })
    }));
    if !kustomization.replacements.is_empty() {
        let loaded = replacements::load(&kustomization.replacements, loader)?;
        all.push(("ReplacementTransformer", Transformer::Replacements(loaded)));
    }
    Ok(all)
}

type Named = (&'static str, Transformer);

fn add_names(all: &mut Vec<Named>, kustomization: &Kustomization, config: &Config) {
    if !kustomization.namespace.is_empty() {
        let namespace = Namespace {
            name: kustomization.namespace.clone(),
            fields: config.namespace.clone(),
            unset_only: false,
            subjects: Subjects::Default,
        };
        all.push(("NamespaceTransformer", Transformer::Namespace(namespace)));
    }
    let ends = [
        ("PrefixTransformer", End::Prefix, &kustomization.name_prefix, &config.name_prefix),
        ("SuffixTransformer", End::Suffix, &kustomization.name_suffix, &config.name_suffix),
    ];
    for (kind, end, text, fields) in ends {
        if !text.is_empty() {
            let (text, fields) = (text.clone(), fields.clone());
            all.push((kind, Transformer::Name { end, text, fields }));
        }
    }
}

fn add_labels(
    all: &mut Vec<Named>,
    kustomization: &Kustomization,
    config: &Config,
) -> Result<(), String> {
    let kind = "LabelTransformer";
    for label in &kustomization.labels {
        let (entries, fields) = (label.pairs.clone(), label_fields(label, config)?);
        all.push((kind, Transformer::Entries { step: "labels", entries, fields }));
    }
    let common = kustomization.common_labels.clone().unwrap_or_default();
    if !kustomization.labels.is_empty() || !common.is_empty() {
        let fields = config.common_labels.clone();
        all.push((kind, Transformer::Entries { step: "commonLabels", entries: common, fields }));
    }
    if !kustomization.common_annotations.is_empty() {
        let entries = kustomization.common_annotations.clone();
        let fields = config.common_annotations.clone();
        let step = "commonAnnotations";
        all.push(("AnnotationsTransformer", Transformer::Entries { step, entries, fields }));
    }
    Ok(())
}

/// The fields that an entry of `labels` touches.
fn label_fields(label: &Label, config: &Config) -> Result<Vec<FieldSpec>, String> {
    let mut fields: Vec<FieldSpec> = label.fields.iter().map(FieldSpecField::to_spec).collect();
    merge(&mut fields, &config.labels)?;
    if label.include_selectors {
        merge(&mut fields, &config.common_labels)?;
        return Ok(fields);
    }
    if label.include_templates {
        merge(&mut fields, &config.template_labels)?;
    }
    let own = FieldSpec::new(Gvk::default(), "metadata/labels", true);
    merge_one(&mut fields, &own)?;
    Ok(fields)
}
