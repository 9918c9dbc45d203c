//! Which objects a patch or replacement is for.

use std::collections::BTreeMap;

use manifest::yaml::Text;
use regex::Regex;

use crate::identity::{Gvk, Id};
use crate::kustomization::Selector;
use crate::resource::Resource;

mod labels;

pub(crate) use labels::LabelSelector;

/// A selector whose expressions were read.
pub(crate) struct Matcher {
    group: Pattern,
    version: Pattern,
    kind: Pattern,
    name: Pattern,
    namespace: Pattern,
    labels: LabelSelector,
    annotations: LabelSelector,
}

/// A regular expression for a whole text.
enum Pattern {
    Any,
    Exact(String),
    Expression(Box<Regex>),
}

impl Pattern {
    fn read(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Ok(Self::Any);
        }
        if text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'/'))
        {
            return Ok(Self::Exact(text.to_owned()));
        }
        let expression = Regex::new(&format!("^(?:{text})$"))
            .map_err(|error| format!("`{text}` is no regular expression: {error}"))?;
        Ok(Self::Expression(Box::new(expression)))
    }

    fn fits(&self, text: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Exact(exact) => exact == text,
            Self::Expression(expression) => expression.is_match(text),
        }
    }
}

impl Matcher {
    /// Reads the expressions of a selector.
    ///
    /// # Errors
    ///
    /// A sentence about the first that is none.
    pub(crate) fn read(selector: &Selector) -> Result<Self, String> {
        Ok(Self {
            group: Pattern::read(&selector.group)?,
            version: Pattern::read(&selector.version)?,
            kind: Pattern::read(&selector.kind)?,
            name: Pattern::read(&selector.name)?,
            namespace: Pattern::read(&selector.namespace)?,
            labels: LabelSelector::read(&selector.labels)?,
            annotations: LabelSelector::read(&selector.annotations)?,
        })
    }

    /// Whether a patch is for this resource: by the name it has or was read with.
    pub(crate) fn takes(&self, resource: &Resource) -> bool {
        let (now, first) = (resource.id(), resource.original_id());
        (self.namespace.fits(first.effective_namespace())
            || self.namespace.fits(now.effective_namespace()))
            && (self.name.fits(&first.name) || self.name.fits(&now.name))
            && self.takes_gvk(&now.gvk)
            && self.takes_metadata(resource)
    }

    pub(crate) fn takes_metadata(&self, resource: &Resource) -> bool {
        let fits = |selector: &LabelSelector, read: &dyn Fn() -> BTreeMap<Text, Text>| {
            selector.is_empty() || selector.fits(&read())
        };
        fits(&self.labels, &|| resource.labels())
            && fits(&self.annotations, &|| resource.annotations())
    }

    fn takes_gvk(&self, gvk: &Gvk) -> bool {
        self.group.fits(&gvk.group) && self.version.fits(&gvk.version) && self.kind.fits(&gvk.kind)
    }

    /// Whether an id fits; its namespace counts as it is written.
    pub(crate) fn takes_id(&self, id: &Id) -> bool {
        self.takes_gvk(&id.gvk) && self.name.fits(&id.name) && self.namespace.fits(&id.namespace)
    }
}
