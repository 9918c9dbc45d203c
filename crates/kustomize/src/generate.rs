//! `configMapGenerator` and `secretGenerator`.

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use manifest::yaml::{Kind, Node, Text};

use crate::error::Error;
use crate::kustomization::{GeneratorArgs, GeneratorOptions};
use crate::loader::Loader;
use crate::node::{self, Wrong};
use crate::resource::{Behavior, Resource};

mod pairs;

/// What is generated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Product {
    ConfigMap,
    Secret,
}

impl Product {
    /// The name of the plugin that makes it.
    pub(crate) fn generator(self) -> &'static str {
        match self {
            Self::ConfigMap => "ConfigMapGenerator",
            Self::Secret => "SecretGenerator",
        }
    }
}

/// Makes one object.
///
/// # Errors
///
/// [`Error::Step`] for sources that make no sense, errors of the loader.
pub(crate) fn generate(
    product: Product,
    args: &GeneratorArgs,
    global: Option<&GeneratorOptions>,
    loader: &Loader<'_>,
    file: &Arc<str>,
) -> Result<Resource, Error> {
    let step = match product {
        Product::ConfigMap => "configMapGenerator",
        Product::Secret => "secretGenerator",
    };
    let refuse = |reason: String| Error::step(format!("{file}: {step}"), reason);
    if args.name.is_empty() {
        return Err(refuse("a configmap must have a name".to_owned()));
    }
    let data = pairs::collect(args, loader, step)?;
    let options = merge_options(args.options.as_ref(), global);
    let mut resource = Resource::new(head(product, args), file.clone());
    match product {
        Product::ConfigMap => set_data(&mut resource.node, data).map_err(refuse)?,
        Product::Secret => {
            let encoded = data
                .into_iter()
                .map(|(key, value)| (node::untagged(key), Node::string(encode(&value))));
            let secret_type =
                if args.secret_type.is_empty() { "Opaque" } else { &args.secret_type };
            resource.node.content.push(node::untagged("type"));
            resource.node.content.push(Node::string(secret_type));
            let data = Node::mapping(encoded);
            resource.node.content.push(node::untagged("data"));
            resource.node.content.push(data);
        }
    }
    if let Some(options) = &options {
        let texts = |map: &BTreeMap<String, String>| {
            map.iter().map(|(key, value)| (Text::from(key), Text::from(value))).collect()
        };
        node::set_metadata_map(&mut resource.node, "labels", &texts(&options.labels))
            .map_err(refuse)?;
        node::set_metadata_map(&mut resource.node, "annotations", &texts(&options.annotations))
            .map_err(refuse)?;
        if options.immutable {
            resource.node.content.push(node::untagged("immutable"));
            resource.node.content.push(Node::boolean(true));
        }
    }
    resource.history.is_generated = true;
    resource.history.needs_hash = !options.is_some_and(|options| options.disable_name_suffix_hash);
    resource.history.behavior = Behavior::read(&args.behavior);
    Ok(resource)
}

fn head(product: Product, args: &GeneratorArgs) -> Node {
    let kind = if product == Product::ConfigMap { "ConfigMap" } else { "Secret" };
    let mut metadata = Node::mapping([(node::untagged("name"), Node::string(args.name.as_str()))]);
    if !args.namespace.is_empty() {
        metadata.set("namespace", Node::string(args.namespace.as_str()));
    }
    Node::mapping([
        (node::untagged("apiVersion"), Node::string("v1")),
        (node::untagged("kind"), Node::string(kind)),
        (node::untagged("metadata"), metadata),
    ])
}

/// Adds what all generators have in common to what one has of its own.
fn merge_options(
    own: Option<&GeneratorOptions>,
    global: Option<&GeneratorOptions>,
) -> Option<GeneratorOptions> {
    let Some(global) = global else { return own.cloned() };
    let mut options = own.cloned().unwrap_or_default();
    for (mine, all) in
        [(&mut options.labels, &global.labels), (&mut options.annotations, &global.annotations)]
    {
        for (key, value) in all {
            mine.entry(key.clone()).or_insert_with(|| value.clone());
        }
    }
    options.disable_name_suffix_hash |= global.disable_name_suffix_hash;
    options.immutable |= global.immutable;
    Some(options)
}

/// Puts text into `data` and everything else into `binaryData`.
fn set_data(object: &mut Node, data: BTreeMap<String, Vec<u8>>) -> Result<(), Wrong> {
    for (key, value) in data {
        let (field, text) = match String::from_utf8(value) {
            Ok(text) => ("data", text),
            Err(error) => ("binaryData", encode(error.as_bytes())),
        };
        if let Some(map) = node::field_or_insert(object, field, Kind::Mapping)? {
            node::set_field(map, &key, Node::string(text))?;
        }
    }
    Ok(())
}

/// Base64, broken into lines of 70 characters when there is more than one.
fn encode(bytes: &[u8]) -> String {
    const LINE: usize = 70;
    let text = STANDARD.encode(bytes);
    if text.len() < LINE {
        return text;
    }
    let mut lines = String::with_capacity(text.len() + text.len() / LINE + 1);
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(LINE));
        lines.push_str(line);
        lines.push('\n');
        rest = after;
    }
    lines
}

/// Lets a generated object take the place of an old one, or be merged with it.
///
/// # Errors
///
/// A sentence, when `metadata` is no mapping.
pub(crate) fn meet(new: &mut Resource, old: &Resource, behavior: Behavior) -> Result<(), Wrong> {
    let mut labels = old.labels();
    labels.extend(new.labels());
    node::set_metadata_map(&mut new.node, "labels", &labels)?;
    let old_annotations = old.annotations();
    let mut annotations = old_annotations.clone();
    annotations.extend(new.annotations());
    if let (Behavior::Merge, Some(origin)) =
        (behavior, old_annotations.get(crate::metadata::ORIGIN))
    {
        annotations.insert(crate::metadata::ORIGIN.into(), origin.clone());
    }
    node::set_metadata_map(&mut new.node, "annotations", &annotations)?;
    new.set_name(old.name())?;
    new.set_namespace(old.namespace())?;
    let needs_hash = new.history.needs_hash && old.history.needs_hash;
    new.history = old.history.clone();
    new.history.needs_hash = needs_hash;
    if behavior == Behavior::Merge {
        for field in ["data", "binaryData"] {
            let mut map = node::text_map(old.node.get(field));
            map.extend(node::text_map(new.node.get(field)));
            new.node.remove(field);
            if !map.is_empty() {
                let entries =
                    map.into_iter().map(|(key, value)| (node::untagged(key), Node::string(value)));
                let entries = Node::mapping(entries);
                new.node.content.push(node::untagged(field));
                new.node.content.push(entries);
            }
        }
    }
    Ok(())
}
