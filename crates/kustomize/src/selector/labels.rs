//! Label selectors: `app=web,tier in (a, b),!old`.

use std::collections::BTreeMap;

use manifest::yaml::Text;

/// Requirements that all have to be met.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct LabelSelector {
    requirements: Vec<Requirement>,
}

#[derive(Debug, PartialEq, Eq)]
struct Requirement {
    key: String,
    operator: Operator,
}

#[derive(Debug, PartialEq, Eq)]
enum Operator {
    Exists,
    Missing,
    In(Vec<String>),
    NotIn(Vec<String>),
    Above(i64),
    Below(i64),
}

impl LabelSelector {
    /// Reads a selector; an empty text selects everything.
    ///
    /// # Errors
    ///
    /// A sentence that says what was expected.
    ///
    /// # Source
    ///
    /// Kubernetes, "Labels and Selectors", set-based and equality-based requirements.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        let mut requirements = Vec::new();
        if text.trim().is_empty() {
            return Ok(Self { requirements });
        }
        for part in split(text) {
            let requirement = read_requirement(part.trim()).ok_or_else(|| {
                format!("unable to parse requirement `{}` of selector `{text}`", part.trim())
            })?;
            requirements.push(requirement);
        }
        Ok(Self { requirements })
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.requirements.is_empty()
    }

    pub(crate) fn fits(&self, labels: &BTreeMap<Text, Text>) -> bool {
        self.requirements.iter().all(|requirement| {
            let value = labels.get(requirement.key.as_str()).map(Text::as_str);
            requirement.operator.fits(value)
        })
    }
}

impl Operator {
    fn fits(&self, value: Option<&str>) -> bool {
        let is_among = |values: &[String]| values.iter().any(|one| value == Some(one.as_str()));
        let number = || value.and_then(|value| value.parse::<i64>().ok());
        match self {
            Self::Exists => value.is_some(),
            Self::Missing => value.is_none(),
            Self::In(values) => is_among(values),
            Self::NotIn(values) => !is_among(values),
            Self::Above(limit) => number().is_some_and(|number| number > *limit),
            Self::Below(limit) => number().is_some_and(|number| number < *limit),
        }
    }
}

/// Splits at commas outside of parentheses.
fn split(text: &str) -> Vec<&str> {
    let (mut depth, mut start, mut parts) = (0_usize, 0, Vec::new());
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            b',' if depth == 0 => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

fn read_requirement(text: &str) -> Option<Requirement> {
    if let Some(key) = text.strip_prefix('!') {
        return requirement(key.trim(), Operator::Missing);
    }
    let key_end =
        text.find(|c: char| c.is_whitespace() || "=!<>()".contains(c)).unwrap_or(text.len());
    let (key, rest) = (&text[..key_end], text[key_end..].trim());
    let one = |value: &str| Some(vec![value.trim().to_owned()]).filter(|_| is_value(value.trim()));
    let operator = if rest.is_empty() {
        Operator::Exists
    } else if let Some(value) = rest.strip_prefix("!=") {
        Operator::NotIn(one(value)?)
    } else if let Some(value) = rest.strip_prefix("==").or_else(|| rest.strip_prefix('=')) {
        Operator::In(one(value)?)
    } else if let Some(value) = rest.strip_prefix('>') {
        Operator::Above(value.trim().parse().ok()?)
    } else if let Some(value) = rest.strip_prefix('<') {
        Operator::Below(value.trim().parse().ok()?)
    } else if let Some(values) = rest.strip_prefix("notin") {
        Operator::NotIn(read_values(values)?)
    } else {
        Operator::In(read_values(rest.strip_prefix("in")?)?)
    };
    requirement(key, operator)
}

fn requirement(key: &str, operator: Operator) -> Option<Requirement> {
    let name = key.rsplit('/').next().unwrap_or(key);
    let good = is_value(name) && !name.is_empty();
    good.then(|| Requirement { key: key.to_owned(), operator })
}

fn read_values(text: &str) -> Option<Vec<String>> {
    let inner = text.trim().strip_prefix('(')?.strip_suffix(')')?;
    let values: Vec<_> = inner.split(',').map(|value| value.trim().to_owned()).collect();
    values.iter().all(|value| is_value(value)).then_some(values)
}

/// At most 63 letters, digits, `-`, `_` and `.`, the outer ones letters or digits.
fn is_value(text: &str) -> bool {
    let inner = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    text.len() <= 63
        && text.chars().all(inner)
        && !text.starts_with(['-', '_', '.'])
        && !text.ends_with(['-', '_', '.'])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(selector: &str, labels: &[(&str, &str)]) -> bool {
        let labels = labels.iter().map(|(key, value)| (Text::from(*key), Text::from(*value)));
        LabelSelector::read(selector).unwrap().fits(&labels.collect())
    }

    #[test]
    fn all_requirements_must_be_met() {
        assert!(fits("a=1,b in (x, y),!c", &[("a", "1"), ("b", "y")]));
        assert!(!fits("a=1,b in (x, y),!c", &[("a", "1"), ("b", "y"), ("c", "")]));
        assert!(fits("a!=2", &[]));
        assert!(!fits("a notin (1)", &[("a", "1")]));
        assert!(LabelSelector::read("a in 1").is_err());
    }
}
