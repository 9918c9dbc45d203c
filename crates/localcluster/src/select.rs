//! Label and field selectors.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::object::{self, items};
use crate::status::Failure;

/// One requirement on labels.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Requirement {
    In(String, Vec<String>),
    NotIn(String, Vec<String>),
    Exists(String),
    Missing(String),
    Greater(String, i64),
    Less(String, i64),
}

/// Which objects a list or watch wants.
#[derive(Debug, Clone, Default)]
pub(crate) struct Selector {
    labels: Vec<Requirement>,
    fields: Vec<(String, bool, String)>,
}

/// Paths that field selectors may name, for any kind.
const FIELDS: [&str; 22] = [
    "metadata.name",
    "metadata.namespace",
    "status.phase",
    "status.podIP",
    "status.successful",
    "status.replicas",
    "spec.nodeName",
    "spec.restartPolicy",
    "spec.schedulerName",
    "spec.serviceAccountName",
    "spec.unschedulable",
    "spec.type",
    "spec.clusterIP",
    "type",
    "reason",
    "source",
    "reportingComponent",
    "involvedObject.kind",
    "involvedObject.name",
    "involvedObject.namespace",
    "involvedObject.uid",
    "involvedObject.apiVersion",
];

impl Selector {
    /// Parses the `labelSelector` and `fieldSelector` parameters.
    pub(crate) fn parse(labels: &str, fields: &str) -> Result<Self, Failure> {
        let labels = split_top(labels)
            .into_iter()
            .map(|text| {
                requirement(text).ok_or_else(|| {
                    Failure::bad_request(format!("unable to parse requirement: {text:?}"))
                })
            })
            .collect::<Result<_, _>>()?;
        let fields = fields
            .split(',')
            .filter(|part| !part.trim().is_empty())
            .map(field)
            .collect::<Result<_, _>>()?;
        Ok(Self { labels, fields })
    }

    pub(crate) fn is_everything(&self) -> bool {
        self.labels.is_empty() && self.fields.is_empty()
    }

    pub(crate) fn matches(&self, object: &Value) -> bool {
        let labels = &object["metadata"]["labels"];
        self.labels.iter().all(|requirement| requirement.holds(labels))
            && self.fields.iter().all(|(path, equal, wanted)| {
                let found = match object::at(object, path) {
                    Value::String(text) => text.clone(),
                    Value::Null => match path.as_str() {
                        "source" => {
                            object::at(object, "source.component").as_str().unwrap_or("").into()
                        }
                        _ => String::new(),
                    },
                    other => other.to_string(),
                };
                (found == *wanted) == *equal
            })
    }
}

fn field(part: &str) -> Result<(String, bool, String), Failure> {
    let (path, equal, value) = if let Some((path, value)) = part.split_once("!=") {
        (path, false, value)
    } else if let Some((path, value)) = part.split_once("==") {
        (path, true, value)
    } else if let Some((path, value)) = part.split_once('=') {
        (path, true, value)
    } else {
        return Err(Failure::bad_request(format!(
            "invalid selector: {part:?}; can't understand it"
        )));
    };
    let path = path.trim();
    if !FIELDS.contains(&path)
        && !path.starts_with("involvedObject.")
        && !path.starts_with("regarding.")
    {
        return Err(Failure::bad_request(format!(
            "{path:?} is not a known field selector: only \"metadata.name\", \"metadata.namespace\""
        )));
    }
    Ok((path.into(), equal, value.trim().into()))
}

/// Splits at commas that are not inside parentheses.
fn split_top(text: &str) -> Vec<&str> {
    let (mut depth, mut start, mut parts) = (0_u32, 0, Vec::new());
    for (index, character) in text.char_indices() {
        match character {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                parts.push(&text[start..index]);
                start = index + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts.into_iter().map(str::trim).filter(|p| !p.is_empty()).collect()
}

fn requirement(text: &str) -> Option<Requirement> {
    if let Some(key) = text.strip_prefix('!') {
        return Some(Requirement::Missing(key.trim().into()));
    }
    for (operator, negated) in [("!=", true), ("==", false), ("=", false)] {
        if let Some((key, value)) = text.split_once(operator) {
            let (key, values) = (key.trim().to_owned(), vec![value.trim().to_owned()]);
            let is_word = !key.is_empty() && !key.contains(char::is_whitespace);
            return is_word.then_some({
                if negated { Requirement::NotIn(key, values) } else { Requirement::In(key, values) }
            });
        }
    }
    if let Some((key, value)) = text.split_once('>') {
        return Some(Requirement::Greater(key.trim().into(), value.trim().parse().ok()?));
    }
    if let Some((key, value)) = text.split_once('<') {
        return Some(Requirement::Less(key.trim().into(), value.trim().parse().ok()?));
    }
    if let Some((head, list)) = text.split_once('(') {
        let values: Vec<String> =
            list.strip_suffix(')')?.split(',').map(|v| v.trim().to_owned()).collect();
        let (key, word) = head.trim().rsplit_once(char::is_whitespace)?;
        let key = key.trim().to_owned();
        return match word {
            "in" => Some(Requirement::In(key, values)),
            "notin" => Some(Requirement::NotIn(key, values)),
            _ => None,
        };
    }
    (!text.contains(char::is_whitespace)).then(|| Requirement::Exists(text.into()))
}

impl Requirement {
    fn holds(&self, labels: &Value) -> bool {
        let get = |key: &str| labels[key].as_str();
        let number = |key: &str| get(key).and_then(|v| v.parse::<i64>().ok());
        match self {
            Self::In(key, values) => get(key).is_some_and(|v| values.iter().any(|w| w == v)),
            Self::NotIn(key, values) => get(key).is_none_or(|v| values.iter().all(|w| w != v)),
            Self::Exists(key) => get(key).is_some(),
            Self::Missing(key) => get(key).is_none(),
            Self::Greater(key, than) => number(key).is_some_and(|n| n > *than),
            Self::Less(key, than) => number(key).is_some_and(|n| n < *than),
        }
    }
}

/// Whether a `metav1.LabelSelector` matches `labels`; an absent one matches nothing.
pub(crate) fn label_selector_matches(selector: &Value, labels: &Value) -> bool {
    if !selector.is_object() {
        return false;
    }
    let exact = selector["matchLabels"].as_object().into_iter().flatten();
    let mut requirements: Vec<Requirement> = exact
        .map(|(k, v)| Requirement::In(k.clone(), vec![v.as_str().unwrap_or("").into()]))
        .collect();
    for expression in items(&selector["matchExpressions"]) {
        let key = expression["key"].as_str().unwrap_or_default().to_owned();
        let values = items(&expression["values"])
            .iter()
            .filter_map(|v| v.as_str().map(str::to_owned))
            .collect();
        match expression["operator"].as_str() {
            Some("In") => requirements.push(Requirement::In(key, values)),
            Some("NotIn") => requirements.push(Requirement::NotIn(key, values)),
            Some("Exists") => requirements.push(Requirement::Exists(key)),
            Some("DoesNotExist") => requirements.push(Requirement::Missing(key)),
            _ => return false,
        }
    }
    requirements.iter().all(|requirement| requirement.holds(labels))
}

/// Whether a plain map selector (of a Service) matches `labels`; an empty one matches nothing.
pub(crate) fn map_selector_matches(selector: &Value, labels: &Value) -> bool {
    let wanted: BTreeMap<&String, &Value> = selector.as_object().into_iter().flatten().collect();
    !wanted.is_empty() && wanted.iter().all(|(key, value)| &labels[key.as_str()] == *value)
}

/// A label selector in the text form of the scale subresource.
pub(crate) fn selector_text(selector: &Value) -> String {
    let exact = selector["matchLabels"].as_object().into_iter().flatten();
    let mut parts: Vec<String> =
        exact.map(|(k, v)| format!("{k}={}", v.as_str().unwrap_or_default())).collect();
    for expression in items(&selector["matchExpressions"]) {
        let key = expression["key"].as_str().unwrap_or_default();
        let values: Vec<&str> =
            items(&expression["values"]).iter().filter_map(Value::as_str).collect();
        parts.push(match expression["operator"].as_str() {
            Some("In") => format!("{key} in ({})", values.join(",")),
            Some("NotIn") => format!("{key} notin ({})", values.join(",")),
            Some("DoesNotExist") => format!("!{key}"),
            _ => key.to_owned(),
        });
    }
    parts.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn label_selectors_mean_what_kubectl_means() {
        let object = json!({ "metadata": { "name": "a", "labels": { "app": "shop", "n": "5" } } });
        for (text, wanted) in [
            ("app=shop", true),
            ("app==shop,n", true),
            ("app!=shop", false),
            ("!other", true),
            ("app in (x, shop)", true),
            ("app notin (shop)", false),
            ("n>4", true),
            ("n<4", false),
            ("", true),
            ("other", false),
        ] {
            let selector = Selector::parse(text, "").expect(text);
            assert_eq!(selector.matches(&object), wanted, "{text}");
        }
        assert!(Selector::parse("a b", "").is_err());
        assert!(Selector::parse("", "metadata.name=a").unwrap().matches(&object));
        assert!(Selector::parse("", "spec.color=a").is_err());
    }
}
