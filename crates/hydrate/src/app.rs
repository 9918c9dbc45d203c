//! `wharf.yaml`: one application, its environments and the rules that it keeps.

use std::path::Path;

use checks::Contract;
use serde::{Deserialize, Serialize};

use crate::Error;

/// One application as `wharf.yaml` describes it, validated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct App {
    /// `metadata.name`, a DNS label.
    pub name: String,
    /// Where bundles go: `oci://HOST/REPOSITORY`, without tag and digest.
    pub repository: String,
    /// The environments in the order of promotion; never empty, names unique.
    pub environments: Vec<Environment>,
    /// What a bundle may contain.
    pub contract: Contract,
}

/// One environment; it follows the channel of its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Environment {
    /// Its name, the name of its channel and of its folder in the bundle; a DNS label.
    pub name: String,
    /// The folder to build, relative to `wharf.yaml`.
    pub build: String,
    /// The environment that a bundle must have reached before; none for the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Document {
    api_version: String,
    kind: String,
    metadata: Metadata,
    spec: Spec,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Metadata {
    name: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Spec {
    repository: String,
    environments: Vec<Environment>,
    #[serde(default)]
    contract: Contract,
}

impl App {
    /// Reads and validates a `wharf.yaml` on disk, at most 1 MiB.
    ///
    /// # Errors
    ///
    /// [`Error::Unreadable`], [`Error::NotAnApp`].
    pub fn read(path: &Path) -> Result<Self, Error> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| Error::Unreadable { path: path.into(), source })?;
        Self::parse(&path.display().to_string(), &text)
    }

    /// Parses and validates the text of a `wharf.yaml`; `file` is its name in messages.
    ///
    /// # Errors
    ///
    /// [`Error::NotAnApp`] with the line of what does not parse, or with all that does not fit together.
    pub fn parse(file: &str, text: &str) -> Result<Self, Error> {
        let wrong = |problems| Error::NotAnApp { file: file.into(), problems };
        if text.len() > MOST_BYTES {
            return Err(wrong(vec![format!("it is larger than {MOST_BYTES} bytes")]));
        }
        let document: Document =
            serde_saphyr::from_str(text).map_err(|error| wrong(vec![one_line(&error)]))?;
        let problems = problems_of(&document);
        if !problems.is_empty() {
            return Err(wrong(problems));
        }
        let Document { metadata, spec, .. } = document;
        let Spec { repository, environments, contract } = spec;
        Ok(Self { name: metadata.name, repository, environments, contract })
    }

    /// The environment of that name.
    pub fn environment(&self, name: &str) -> Option<&Environment> {
        self.environments.iter().find(|environment| environment.name == name)
    }
}

const MOST_BYTES: usize = 1 << 20;
const API_VERSION: &str = "wharf.dev/v1alpha1";

fn one_line(error: &serde_saphyr::Error) -> String {
    error.to_string().lines().next().unwrap_or_default().trim_start_matches("error: ").into()
}

fn problems_of(document: &Document) -> Vec<String> {
    let mut problems = Vec::new();
    if document.api_version != API_VERSION || document.kind != "App" {
        problems.push(format!(
            "it says `{} {}`, expected `{API_VERSION} App`",
            document.api_version, document.kind
        ));
    }
    if !is_dns_label(&document.metadata.name) {
        problems.push(format!("metadata.name `{}` is not a DNS label", document.metadata.name));
    }
    if !document.spec.repository.starts_with("oci://") {
        problems.push(format!(
            "spec.repository `{}` does not start with `oci://`",
            document.spec.repository
        ));
    }
    if document.spec.environments.is_empty() {
        problems.push("spec.environments is empty".into());
    }
    problems.extend(environment_problems(&document.spec.environments));
    problems
}

fn environment_problems(environments: &[Environment]) -> Vec<String> {
    let mut problems = Vec::new();
    for (place, environment) in environments.iter().enumerate() {
        let Environment { name, build, after } = environment;
        let earlier = &environments[..place];
        if !is_dns_label(name) {
            problems.push(format!("environment name `{name}` is not a DNS label"));
        }
        if earlier.iter().any(|one| one.name == *name) {
            problems.push(format!("environment `{name}` stands twice"));
        }
        if !is_inner_path(build) {
            problems.push(format!("environment `{name}`: build `{build}` leaves the checkout"));
        }
        if let Some(after) = after
            && !earlier.iter().any(|one| one.name == *after)
        {
            problems.push(format!(
                "environment `{name}`: after `{after}` names no environment that stands before it"
            ));
        }
    }
    problems
}

fn is_inner_path(path: &str) -> bool {
    !path.is_empty()
        && !path.starts_with('/')
        && path.split('/').all(|part| part != ".." && !part.contains('\\'))
}

fn is_dns_label(name: &str) -> bool {
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    (1..=63).contains(&name.len())
        && name.chars().all(inner)
        && !name.starts_with('-')
        && !name.ends_with('-')
}

#[cfg(test)]
mod tests;
