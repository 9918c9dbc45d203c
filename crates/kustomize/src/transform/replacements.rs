//! `replacements`: values copied from one object, or a constant, into fields of others.

use manifest::yaml::{Kind, Node};

use crate::decode::{At, Rules, decode};
use crate::error::Error;
use crate::identity::Id;
use crate::kustomization::{
    FieldOptions, ReplacementField, Selector, SourceSelector, TargetSelector,
};
use crate::loader::Loader;
use crate::lookup;
use crate::node::{self, Wrong};
use crate::read;
use crate::resource::Resource;
use crate::resources::Resources;
use crate::selector::Matcher;
use crate::transform::about;

mod paths;
mod structured;

/// Reads the files that entries name.
///
/// # Errors
///
/// [`Error::Step`] for an entry that has both a path and content, errors of the loader.
pub(crate) fn load(
    entries: &[ReplacementField],
    loader: &Loader<'_>,
) -> Result<Vec<ReplacementField>, Error> {
    let mut all = Vec::with_capacity(entries.len());
    for entry in entries {
        if entry.path.is_empty() {
            all.push(entry.clone());
            continue;
        }
        let has_targets = entry.targets.as_ref().is_some_and(|targets| !targets.is_empty());
        if entry.source.is_some() || has_targets {
            let reason = "cannot specify both path and inline replacement";
            return Err(Error::step("replacements", reason));
        }
        let bytes = loader.load(&entry.path)?;
        let file = loader.name_of(&entry.path);
        let documents = read::documents(&file, &bytes).map_err(Error::Malformed)?;
        let document = documents.into_iter().next().unwrap_or_default();
        let at = At::root(&document, &file, Rules::Loose);
        match document.kind {
            Kind::Sequence => all.extend(decode::<Vec<ReplacementField>>(at)?),
            Kind::Mapping => all.push(decode(at)?),
            _ => {
                let reason = format!("unsupported replacement type encountered within {file}");
                return Err(Error::step("replacements", reason));
            }
        }
    }
    Ok(all)
}

/// Applies replacements one after the other.
///
/// # Errors
///
/// [`Error::Step`] when source or target are not found, [`Error::Object`].
pub(crate) fn apply(
    resources: &mut Resources,
    replacements: &[ReplacementField],
) -> Result<(), Error> {
    for replacement in replacements {
        let value = source_value(resources, replacement)
            .map_err(|reason| Error::step("replacements", reason))?;
        for target in replacement.targets.iter().flatten() {
            apply_to(resources, &value, target)?;
        }
    }
    Ok(())
}

fn source_value(resources: &Resources, replacement: &ReplacementField) -> Result<Node, Wrong> {
    let (source, constant) = (&replacement.source, &replacement.source_value);
    if replacement.targets.is_none() {
        return Err("replacements must specify a source and at least one target".to_owned());
    }
    match (source, constant) {
        (None, None) => {
            Err("replacements must specify a source and at least one target".to_owned())
        }
        (Some(_), Some(_)) => Err("value and resource selectors are mutually exclusive".to_owned()),
        (None, Some(text)) => Ok(node::untagged(text.as_str())),
        (Some(source), None) => field_of(source_object(resources, source)?, source),
    }
}

fn source_object<'a>(
    resources: &'a Resources,
    source: &SourceSelector,
) -> Result<&'a Resource, Wrong> {
    let wanted = source.id();
    let mut found = resources
        .as_slice()
        .iter()
        .filter(|resource| written_ids(resource).any(|id| id.is_selected_by(&wanted)));
    let shown = || format!("{wanted}:{}", source.field_path);
    let first = found.next().ok_or_else(|| format!("nothing selected by {}", shown()))?;
    match found.next() {
        Some(_) => Err(format!("multiple matches for selector {}", shown())),
        None => Ok(first),
    }
}

/// All ids of an object, with namespaces as they are written.
fn written_ids(resource: &Resource) -> impl Iterator<Item = Id> + '_ {
    let now = Id { is_cluster_scoped: false, ..resource.id() };
    std::iter::once(now).chain(resource.previous_ids())
}

fn field_of(resource: &Resource, source: &SourceSelector) -> Result<Node, Wrong> {
    let path = if source.field_path.is_empty() { "metadata.name" } else { &source.field_path };
    let steps = lookup::steps(&lookup::split_dotted(path))
        .map_err(|reason| format!("error looking up replacement source: {reason}"))?;
    let found = lookup::find(&resource.node, &steps)
        .map_err(|reason| format!("error looking up replacement source: {reason}"))?;
    let Some(found) = found.filter(|found| !node::is_empty(found)) else {
        let id = source.id();
        return Err(format!("fieldPath `{path}` is missing for replacement source {id}"));
    };
    let found = crate::shared::unmarked(found).into_owned();
    let Some(options) = source.options.as_ref().filter(|options| !options.delimiter.is_empty())
    else {
        return Ok(found);
    };
    if found.kind != Kind::Scalar {
        return Err("delimiter option can only be used with scalar nodes".to_owned());
    }
    let index = usize::try_from(options.index).ok();
    let part = index.and_then(|index| found.value.split(options.delimiter.as_str()).nth(index));
    match part {
        Some(part) => Ok(Node { value: part.into(), ..found.clone() }),
        None => Err(format!(
            "options.index {} is out of bounds for value {}",
            options.index, found.value
        )),
    }
}

fn apply_to(resources: &mut Resources, value: &Node, target: &TargetSelector) -> Result<(), Error> {
    let refuse = |reason: String| Error::step("replacements", reason);
    let Some(select) = &target.select else {
        return Err(refuse("target must specify resources to select".to_owned()));
    };
    let read = |selector: &Selector| {
        Matcher::read(selector)
            .map_err(|reason| refuse(format!("error creating target selector: {reason}")))
    };
    let selects = read(select)?;
    let rejects = target
        .reject
        .iter()
        .map(|selector| Ok((selector, read(selector)?)))
        .collect::<Result<Vec<_>, Error>>()?;
    let standard = ["metadata.name".to_owned()];
    let paths = if target.field_paths.is_empty() { &standard[..] } else { &target.field_paths };
    for resource in resources.as_mut_slice() {
        if !is_target(resource, &selects, &rejects) {
            continue;
        }
        for path in paths {
            paths::copy_to(&mut resource.node, value, path, target.options.as_ref())
                .map_err(|reason| about(resource, "replacements", reason))?;
        }
    }
    Ok(())
}

fn is_target(resource: &Resource, selects: &Matcher, rejects: &[(&Selector, Matcher)]) -> bool {
    if !selects.takes_metadata(resource) {
        return false;
    }
    let is_rejected = rejects.iter().any(|(selector, matcher)| {
        let by_metadata = !(selector.annotations.is_empty() && selector.labels.is_empty())
            && matcher.takes_metadata(resource);
        let by_id = !selector.has_no_id() && written_ids(resource).any(|id| matcher.takes_id(&id));
        by_metadata || by_id
    });
    !is_rejected && written_ids(resource).any(|id| selects.takes_id(&id))
}

/// Puts a value into one field.
fn set(target: &mut Node, value: &Node, options: Option<&FieldOptions>) -> Result<(), Wrong> {
    let joined;
    let options = options.filter(|options| !options.delimiter.is_empty());
    let value = match options {
        None => value,
        Some(options) => {
            if target.kind != Kind::Scalar {
                return Err("delimiter option can only be used with scalar nodes".to_owned());
            }
            let text = if node::is_null(value) { "" } else { value.value.as_str() };
            joined = Node { value: join(&target.value, text, options).into(), ..value.clone() };
            &joined
        }
    };
    if target.kind == Kind::Scalar {
        // The type stays what it was, so that text and numbers may replace each other.
        target.value.clone_from(&value.value);
    } else {
        *target = value.clone();
    }
    Ok(())
}

/// Replaces one part of a text; an index before or beyond it prepends or appends.
fn join(text: &str, part: &str, options: &FieldOptions) -> String {
    let delimiter = options.delimiter.as_str();
    let mut parts: Vec<&str> = text.split(delimiter).collect();
    match usize::try_from(options.index) {
        Err(_) => parts.insert(0, part),
        Ok(index) if index >= parts.len() => parts.push(part),
        Ok(index) => parts[index] = part,
    }
    parts.join(delimiter)
}
