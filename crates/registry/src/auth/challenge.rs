//! `WWW-Authenticate`: how a registry wants to be logged in to.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::header::{HeaderMap, WWW_AUTHENTICATE};

/// The scheme that wharf will answer: bearer before basic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Challenge {
    /// Where tokens are given; `None` for basic authentication.
    pub(crate) realm: Option<String>,
    pub(crate) service: String,
    /// The scopes that the registry named, one `type:name:action` each.
    pub(crate) access: BTreeSet<String>,
}

impl Challenge {
    /// Reads all challenges of an answer and picks one; `None` when none is understood.
    ///
    /// # Source
    ///
    /// RFC 9110 §11.6.1; distribution, "Token Authentication Specification".
    pub(crate) fn read(headers: &HeaderMap) -> Option<Self> {
        let values = headers.get_all(WWW_AUTHENTICATE).iter();
        let challenges: Vec<_> =
            values.filter_map(|value| value.to_str().ok()).flat_map(parse).collect();
        let find = |scheme: &str| challenges.iter().find(|(name, _)| name == scheme);
        if let Some((_, parameters)) = find("bearer")
            && let Some(realm) = parameters.get("realm")
        {
            let get = |name: &str| parameters.get(name).cloned().unwrap_or_default();
            let access = atoms(&get("scope"));
            return Some(Self { realm: Some(realm.clone()), service: get("service"), access });
        }
        find("basic").map(|_| Self { realm: None, service: String::new(), access: BTreeSet::new() })
    }
}

/// `repository:shop:pull,push` as one atom per action.
pub(crate) fn atoms(scope: &str) -> BTreeSet<String> {
    let mut atoms = BTreeSet::new();
    for part in scope.split_whitespace() {
        if let Some((resource, actions)) = part.rsplit_once(':') {
            atoms.extend(actions.split(',').map(|action| format!("{resource}:{action}")));
        }
    }
    atoms
}

/// Atoms as the scopes of a token request: one per resource, actions joined.
pub(crate) fn scopes(atoms: &BTreeSet<String>) -> Vec<String> {
    let mut resources: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (resource, action) in atoms.iter().filter_map(|atom| atom.rsplit_once(':')) {
        resources.entry(resource).or_default().push(action);
    }
    resources
        .into_iter()
        .map(|(resource, mut actions)| {
            // Some token servers compare the text, and everybody else says "pull,push".
            actions
                .sort_by_key(|action| ["pull", "push", "delete"].iter().position(|a| a == action));
            format!("{resource}:{}", actions.join(","))
        })
        .collect()
}

type Parameters = BTreeMap<String, String>;

/// Splits a header value into challenges: lower-case scheme and parameters.
fn parse(value: &str) -> Vec<(String, Parameters)> {
    let mut challenges: Vec<(String, Parameters)> = Vec::new();
    for part in split_outside_quotes(value) {
        let part = part.trim();
        let (word, parameter) = match part.split_once(char::is_whitespace) {
            Some((word, rest)) if !word.contains('=') => (Some(word), rest.trim()),
            None if !part.contains('=') => (Some(part), ""),
            _ => (None, part),
        };
        if let Some(scheme) = word.filter(|scheme| !scheme.is_empty()) {
            challenges.push((scheme.to_ascii_lowercase(), Parameters::new()));
        }
        if let (Some((_, parameters)), Some((name, value))) =
            (challenges.last_mut(), parameter.split_once('='))
        {
            parameters.insert(name.trim().to_ascii_lowercase(), unquote(value.trim()));
        }
    }
    challenges
}

fn split_outside_quotes(value: &str) -> Vec<&str> {
    let (mut parts, mut start, mut in_quotes, mut is_escaped) = (Vec::new(), 0, false, false);
    for (at, byte) in value.bytes().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if in_quotes => is_escaped = true,
            b'"' => in_quotes = !in_quotes,
            b',' if !in_quotes => {
                parts.push(&value[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&value[start..]);
    parts
}

fn unquote(value: &str) -> String {
    let Some(inner) = value.strip_prefix('"') else { return value.to_owned() };
    let (mut text, mut is_escaped) = (String::new(), false);
    for c in inner.chars() {
        match c {
            c if is_escaped => {
                text.push(c);
                is_escaped = false;
            }
            '\\' => is_escaped = true,
            '"' => break,
            c => text.push(c),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(values: &[&str]) -> Option<Challenge> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(WWW_AUTHENTICATE, value.parse().unwrap());
        }
        Challenge::read(&headers)
    }

    #[test]
    fn a_comma_in_quotes_does_not_end_a_parameter() {
        let text =
            r#"Bearer realm="https://auth/token",service="r",scope="repository:a/b:pull,push""#;
        let challenge = read(&[text]).unwrap();
        assert_eq!(challenge.realm.as_deref(), Some("https://auth/token"));
        assert_eq!(scopes(&challenge.access), ["repository:a/b:pull,push"]);
    }

    #[test]
    fn bearer_wins_over_basic_wherever_it_stands() {
        for values in [
            &["Basic realm=\"x\", Bearer realm=\"https://t\""][..],
            &["Bearer realm=\"https://t\"", "Basic realm=x"][..],
        ] {
            assert_eq!(read(values).unwrap().realm.as_deref(), Some("https://t"));
        }
        assert_eq!(read(&["basic realm=\"x\""]).unwrap().realm, None);
        assert_eq!(read(&["Negotiate"]), None);
        assert_eq!(read(&[]), None);
    }
}
