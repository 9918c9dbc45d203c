//! Fields that others may change without causing a correction (`spec.ignore`).

use std::collections::BTreeMap;

use manifest::Object;
use regex::Regex;
use serde_json::Value;

use crate::drift::{covers, differences};
use crate::error::Error;
use crate::fields::{Fields, list, map, metadata, text};

/// Which objects a rule is about; every part that is given must match.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selector {
    /// API group, version, kind, namespace and name: whole-text regular expressions; empty = any.
    pub group: String,
    /// See `group`.
    pub version: String,
    /// See `group`.
    pub kind: String,
    /// See `group`.
    pub namespace: String,
    /// See `group`.
    pub name: String,
    /// Kubernetes label selector, such as `app=web,tier in (a, b),!legacy`; empty = any.
    pub label_selector: String,
    /// The same over annotations.
    pub annotation_selector: String,
}

/// JSON pointers that are left to others on the objects that the target selects.
#[derive(Debug, Clone)]
pub struct IgnoreRule {
    paths: Vec<String>,
    target: Option<Target>,
}

#[derive(Debug, Clone)]
struct Target {
    patterns: [Option<Regex>; 5],
    labels: Vec<Requirement>,
    annotations: Vec<Requirement>,
}

impl IgnoreRule {
    /// Reads a rule; no target means every object.
    ///
    /// # Errors
    ///
    /// [`Error::Pointer`] for a path that does not begin with `/`, [`Error::Selector`] for a
    /// pattern or a label selector that cannot be read.
    pub fn parse(paths: Vec<String>, target: Option<&Selector>) -> Result<Self, Error> {
        if let Some(path) = paths.iter().find(|path| !path.starts_with('/')) {
            return Err(Error::Pointer { path: path.clone() });
        }
        Ok(Self { paths, target: target.map(Target::parse).transpose()? })
    }

    /// Returns the JSON pointers that `rules` ignore on `object`.
    pub fn pointers(rules: &[Self], object: &Object) -> Vec<String> {
        rules
            .iter()
            .filter(|rule| rule.target.as_ref().is_none_or(|target| target.selects(object)))
            .flat_map(|rule| rule.paths.iter().cloned())
            .collect()
    }
}

impl Target {
    fn parse(selector: &Selector) -> Result<Self, Error> {
        Ok(Self {
            patterns: [
                pattern(&selector.group)?,
                pattern(&selector.version)?,
                pattern(&selector.kind)?,
                pattern(&selector.namespace)?,
                pattern(&selector.name)?,
            ],
            labels: requirements(&selector.label_selector)?,
            annotations: requirements(&selector.annotation_selector)?,
        })
    }

    fn selects(&self, object: &Object) -> bool {
        let parts = [
            object.group(),
            object.version(),
            object.kind(),
            object.namespace().unwrap_or_default(),
            object.name(),
        ];
        let matches_parts =
            self.patterns.iter().zip(parts).all(|(pattern, part)| {
                pattern.as_ref().is_none_or(|pattern| pattern.is_match(part))
            });
        let meets = |requirements: &[Requirement], which: &str| {
            requirements.iter().all(|requirement| {
                requirement.holds(metadata(&object.value, which, requirement.key()))
            })
        };
        matches_parts && meets(&self.labels, "labels") && meets(&self.annotations, "annotations")
    }
}

fn pattern(text: &str) -> Result<Option<Regex>, Error> {
    if text.is_empty() {
        return Ok(None);
    }
    let refused = |_| Error::Selector { text: text.to_owned(), what: "pattern" };
    Regex::new(&format!("^(?:{text})$")).map(Some).map_err(refused)
}

/// One term of a label selector.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Requirement {
    In(String, Vec<String>),
    NotIn(String, Vec<String>),
    Exists(String),
    Absent(String),
}

impl Requirement {
    fn key(&self) -> &str {
        match self {
            Self::In(key, _) | Self::NotIn(key, _) | Self::Exists(key) | Self::Absent(key) => key,
        }
    }

    fn holds(&self, value: Option<&str>) -> bool {
        let is_one_of = |values: &[String]| value.is_some_and(|v| values.iter().any(|w| w == v));
        match self {
            Self::In(_, values) => is_one_of(values),
            Self::NotIn(_, values) => !is_one_of(values),
            Self::Exists(_) => value.is_some(),
            Self::Absent(_) => value.is_none(),
        }
    }
}

fn requirements(selector: &str) -> Result<Vec<Requirement>, Error> {
    let refused = || Error::Selector { text: selector.to_owned(), what: "label selector" };
    split_terms(selector)
        .into_iter()
        .filter(|term| !term.is_empty())
        .map(|term| requirement(term).ok_or_else(refused))
        .collect()
}

/// Splits at commas outside parentheses.
fn split_terms(selector: &str) -> Vec<&str> {
    let mut depth = 0_i32;
    let is_separator = |c: char| {
        depth += i32::from(c == '(') - i32::from(c == ')');
        c == ',' && depth == 0
    };
    selector.split(is_separator).map(str::trim).collect()
}

fn requirement(term: &str) -> Option<Requirement> {
    let single = |value: &str| vec![value.trim().to_owned()];
    let key = |text: &str| {
        let key = text.trim();
        let is_key =
            !key.is_empty() && !key.contains(|c: char| c.is_whitespace() || "()=!".contains(c));
        is_key.then(|| key.to_owned())
    };
    if let Some((left, values)) = term.split_once('(') {
        let values = values.strip_suffix(')')?.split(',').map(|v| v.trim().to_owned()).collect();
        let (name, operator) = left.trim().rsplit_once(char::is_whitespace)?;
        return match operator {
            "in" => Some(Requirement::In(key(name)?, values)),
            "notin" => Some(Requirement::NotIn(key(name)?, values)),
            _ => None,
        };
    }
    if let Some((name, value)) = term.split_once("!=") {
        return Some(Requirement::NotIn(key(name)?, single(value)));
    }
    if let Some((name, value)) = term.split_once("==").or_else(|| term.split_once('=')) {
        return Some(Requirement::In(key(name)?, single(value)));
    }
    match term.strip_prefix('!') {
        Some(name) => Some(Requirement::Absent(key(name)?)),
        None => Some(Requirement::Exists(key(term)?)),
    }
}

/// Rewrites a payload so that applying it leaves the ignored fields as others set them.
///
/// For each ignored pointer that differs: the field is *stripped* from the payload when another
/// manager owns it by server-side apply, and *adopts* the live value otherwise (or is stripped when
/// there is none).
///
/// # Source
///
/// facts/flux.md §4.6, "ignore rules".
pub fn respect_ignored(desired: &mut Object, live: &Fields, dry_run: &Fields, ignored: &[String]) {
    let changes = differences(live, dry_run);
    let live_value = Value::Object(live.clone());
    let mut payload = Value::Object(std::mem::take(&mut desired.value));
    for pointer in ignored {
        if !changes.iter().any(|change| covers(pointer, &change.pointer)) {
            continue;
        }
        match live_value.pointer(pointer) {
            Some(value) if !is_owned_elsewhere(live, pointer) => set(&mut payload, pointer, value),
            _ => strip(&mut payload, pointer),
        }
    }
    if let Value::Object(fields) = payload {
        desired.value = fields;
    }
}

fn set(payload: &mut Value, pointer: &str, value: &Value) {
    if let Some(slot) = payload.pointer_mut(pointer) {
        *slot = value.clone();
    }
}

fn strip(payload: &mut Value, pointer: &str) {
    let Some((parent, token)) = pointer.rsplit_once('/') else { return };
    match payload.pointer_mut(parent) {
        Some(Value::Object(fields)) => {
            fields.remove(&unescape(token));
        }
        Some(Value::Array(items)) => {
            if let Some(index) = token.parse().ok().filter(|index| *index < items.len()) {
                items.remove(index);
            }
        }
        _ => {}
    }
}

fn unescape(token: &str) -> String {
    token.replace("~1", "/").replace("~0", "~")
}

/// Tells whether a manager other than ours owns the field by an Apply.
fn is_owned_elsewhere(live: &Fields, pointer: &str) -> bool {
    list(live, &["metadata", "managedFields"])
        .filter(|entry| text(entry, &["operation"]) == "Apply")
        .filter(|entry| text(entry, &["manager"]) != crate::takeover::MANAGER)
        .filter_map(|entry| map(entry, &["fieldsV1"]))
        .any(|fields| owns(fields, &Value::Object(live.clone()), pointer))
}

/// Follows `pointer` through a fieldsV1 set; list items are found by key (`k:`), value or index.
fn owns(fields: &Fields, live: &Value, pointer: &str) -> bool {
    let Some(rest) = pointer.strip_prefix('/') else { return true };
    let (token, tail) =
        rest.split_once('/').map_or((rest, ""), |(token, _)| (token, &rest[token.len()..]));
    let below = if let Value::Array(items) = live {
        let index = token.parse::<usize>().ok();
        index
            .and_then(|index| Some((index, items.get(index)?)))
            .and_then(|(index, item)| Some((item_entry(fields, index, item)?, item)))
    } else {
        let name = unescape(token);
        fields.get(&format!("f:{name}")).zip(live.get(&name))
    };
    match below {
        Some((Value::Object(entry), value)) => entry.is_empty() || owns(entry, value, tail),
        _ => false,
    }
}

fn item_entry<'a>(fields: &'a Fields, index: usize, item: &Value) -> Option<&'a Value> {
    let by_key = |(name, entry): (&String, &'a Value)| {
        let keys: BTreeMap<String, Value> = serde_json::from_str(name.strip_prefix("k:")?).ok()?;
        keys.iter().all(|(key, value)| item.get(key) == Some(value)).then_some(entry)
    };
    let by_value = |(name, entry): (&String, &'a Value)| {
        let value: Value = serde_json::from_str(name.strip_prefix("v:")?).ok()?;
        (value == *item).then_some(entry)
    };
    fields
        .get(&format!("i:{index}"))
        .or_else(|| fields.iter().find_map(by_key))
        .or_else(|| fields.iter().find_map(by_value))
}

#[cfg(test)]
mod tests;
