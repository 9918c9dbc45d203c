//! The contract: what may come from a bundle, and what must come from the platform.

use std::fmt;
use std::str::FromStr;

use manifest::Object;
use serde::{Deserialize, Serialize};

use crate::{Error, Finding};

/// The written rule of what a bundle may contain.
///
/// An empty list does not restrict: `allow: []` lets every kind pass, `namespaces: []` every namespace.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contract {
    /// The kinds that a bundle may hold.
    #[serde(default)]
    pub allow: Vec<KindPattern>,
    /// The namespaces that its objects may live in; a `Namespace` object must carry one of these names.
    #[serde(default)]
    pub namespaces: Vec<String>,
}

/// One kind: `Service` for the core group, `Deployment.apps` for any other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct KindPattern {
    kind: String,
    group: String,
}

impl Contract {
    /// Lists every object that crosses the contract, in the order of `objects`.
    pub fn check<'o>(&self, objects: impl IntoIterator<Item = &'o Object>) -> Vec<Finding> {
        objects.into_iter().flat_map(|object| self.crossings(object)).collect()
    }

    fn crossings(&self, object: &Object) -> Vec<Finding> {
        [self.kind_crossing(object), self.namespace_crossing(object)]
            .into_iter()
            .flatten()
            .map(|message| Finding { origin: object.origin.clone(), object: object.id(), message })
            .collect()
    }

    fn kind_crossing(&self, object: &Object) -> Option<String> {
        if self.allow.is_empty() || self.allow.iter().any(|pattern| pattern.matches(object)) {
            return None;
        }
        let kind = KindPattern { kind: object.kind().into(), group: object.group().into() };
        Some(format!("kind `{kind}` is not in the contract: it must come from the platform"))
    }

    fn namespace_crossing(&self, object: &Object) -> Option<String> {
        let namespace = match object.namespace() {
            Some(namespace) => namespace,
            None if object.kind() == "Namespace" && object.group().is_empty() => object.name(),
            None => return None,
        };
        if self.namespaces.is_empty() || self.namespaces.iter().any(|one| one == namespace) {
            return None;
        }
        Some(format!(
            "namespace `{namespace}` is not in the contract: {}",
            self.namespaces.join(", ")
        ))
    }
}

impl KindPattern {
    fn matches(&self, object: &Object) -> bool {
        self.kind == object.kind() && self.group == object.group()
    }
}

impl FromStr for KindPattern {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let (kind, group) = text.split_once('.').unwrap_or((text, ""));
        let starts_upper = kind.starts_with(|first: char| first.is_ascii_uppercase());
        let group_missing = text.ends_with('.');
        if !starts_upper || group_missing || !kind.chars().all(|c| c.is_ascii_alphanumeric()) {
            return Err(Error::NotAKind(text.into()));
        }
        Ok(Self { kind: kind.into(), group: group.into() })
    }
}

impl TryFrom<String> for KindPattern {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<KindPattern> for String {
    fn from(pattern: KindPattern) -> Self {
        pattern.to_string()
    }
}

impl fmt::Display for KindPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.group.as_str() {
            "" => f.write_str(&self.kind),
            group => write!(f, "{}.{group}", self.kind),
        }
    }
}

#[cfg(test)]
mod tests;
