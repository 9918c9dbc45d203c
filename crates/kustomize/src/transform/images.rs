//! `images`: other names, tags and digests.

use manifest::yaml::{Kind, Node, Tag};
use regex::Regex;

use crate::error::Error;
use crate::field_spec::{FieldSpec, Make};
use crate::kustomization::Image;
use crate::node::{self, Wrong};
use crate::resources::Resources;
use crate::transform::each;

/// Changes an image wherever a container or one of the fields names it.
///
/// # Errors
///
/// [`Error::Object`], or [`Error::Step`] when the name is no regular expression.
pub(crate) fn apply(
    resources: &mut Resources,
    image: &Image,
    fields: &[FieldSpec],
) -> Result<(), Error> {
    let name = Name::read(&image.name).map_err(|reason| Error::step("images", reason))?;
    let change = &mut |found: &mut Node| change(found, image, &name);
    each(resources, "images", |resource| {
        if resource.kind() == "CustomResourceDefinition" {
            return Ok(());
        }
        visit_containers(&mut resource.node, change)
    })?;
    each(resources, "images", |resource| {
        if resource.kind() == "CustomResourceDefinition" {
            return Ok(());
        }
        fields.iter().try_for_each(|field| field.apply(&mut resource.node, Make::Nothing, change))
    })
}

/// The name of an image, which kustomize takes for a regular expression.
enum Name {
    /// Only characters that mean themselves, `.` apart.
    Plain(String),
    Expression(Box<Regex>),
}

impl Name {
    fn read(name: &str) -> Result<Self, String> {
        let is_plain =
            name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_/:@.".contains(&byte));
        if is_plain {
            return Ok(Self::Plain(name.to_owned()));
        }
        let pattern = format!("^{name}(:[a-zA-Z0-9_.{{}}-]*)?(@sha256:[a-zA-Z0-9_.{{}}-]*)?$");
        Regex::new(&pattern)
            .map(|expression| Self::Expression(Box::new(expression)))
            .map_err(|error| format!("image name `{name}` is no regular expression: {error}"))
    }

    fn fits(&self, image: &str) -> bool {
        match self {
            Self::Expression(expression) => expression.is_match(image),
            Self::Plain(name) => {
                let (mut rest, mut wanted) = (image.chars(), name.chars());
                let starts = wanted.all(|want| {
                    rest.next().is_some_and(|have| want == have || (want == '.' && have != '\n'))
                });
                starts && is_tail(rest.as_str())
            }
        }
    }
}

/// `(:[a-zA-Z0-9_.{}-]*)?(@sha256:[a-zA-Z0-9_.{}-]*)?`
fn is_tail(text: &str) -> bool {
    let good = |part: &str| {
        part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.{}-".contains(&byte))
    };
    let (tag, digest) = match text.find('@') {
        Some(at) => (&text[..at], Some(&text[at..])),
        None => (text, None),
    };
    let tag_is_good = tag.is_empty() || tag.strip_prefix(':').is_some_and(good);
    tag_is_good && digest.is_none_or(|digest| digest.strip_prefix("@sha256:").is_some_and(good))
}

fn visit_containers(
    here: &mut Node,
    change: &mut dyn FnMut(&mut Node) -> Result<(), Wrong>,
) -> Result<(), Wrong> {
    if here.kind == Kind::Sequence {
        return here.content.iter_mut().try_for_each(|item| visit_containers(item, change));
    }
    for (key, value) in here.entries_mut() {
        if value.kind == Kind::Scalar {
            continue;
        }
        visit_containers(value, change)?;
        let is_list = value.kind == Kind::Sequence;
        if is_list && matches!(key.value.as_str(), "containers" | "initContainers") {
            for container in &mut value.content {
                if let Some(image) = node::field_mut(container, "image")? {
                    change(image)?;
                }
            }
        }
    }
    Ok(())
}

fn change(found: &mut Node, image: &Image, name: &Name) -> Result<(), Wrong> {
    node::expect_scalar(found)?;
    if !name.fits(&found.value) {
        return Ok(());
    }
    let (old_name, old_tag, old_digest) = split(&found.value);
    let new_name = if image.new_name.is_empty() { old_name } else { &image.new_name };
    let suffixed;
    let (tag, digest) = match (image.new_tag.as_str(), image.digest.as_str()) {
        ("", "") if image.tag_suffix.is_empty() => (old_tag, old_digest),
        ("", "") => {
            suffixed = format!("{old_tag}{}", image.tag_suffix);
            (suffixed.as_str(), "")
        }
        chosen => chosen,
    };
    let mut text = new_name.to_owned();
    for (mark, part) in [(':', tag), ('@', digest)] {
        if !part.is_empty() {
            text.push(mark);
            text.push_str(part);
        }
    }
    node::set_scalar(found, Tag::None, text)
}

/// Splits `name[:tag][@digest]`; a colon before the first slash belongs to a host.
pub(crate) fn split(image: &str) -> (&str, &str, &str) {
    let start = image.find('/').unwrap_or(0);
    let at = image[start..].find('@').map(|at| at + start);
    let colon = image[start..].find(':').map(|at| at + start);
    match (colon, at) {
        (None, None) => (image, "", ""),
        (Some(colon), Some(at)) if colon < at => {
            (&image[..colon], &image[colon + 1..at], &image[at + 1..])
        }
        (_, Some(at)) => (&image[..at], "", &image[at + 1..]),
        (Some(colon), None) => (&image[..colon], &image[colon + 1..], ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_of_the_host_is_no_tag() {
        assert_eq!(split("host:5000/a"), ("host:5000/a", "", ""));
        assert_eq!(split("host:5000/a:1@sha256:x"), ("host:5000/a", "1", "sha256:x"));
        assert_eq!(split("a@sha256:x"), ("a", "", "sha256:x"));
    }

    #[test]
    fn only_the_whole_name_fits() {
        let name = Name::read("nginx").unwrap();
        assert!(name.fits("nginx") && name.fits("nginx:1.2") && name.fits("nginx:1@sha256:ab"));
        assert!(!name.fits("my/nginx") && !name.fits("nginx2") && !name.fits("nginx:a/b"));
    }
}
