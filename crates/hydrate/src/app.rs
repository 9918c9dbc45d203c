//! `wharf.yaml`: one application, its environments and the rules that it keeps.

use std::path::Path;

use checks::Contract;
use jiff::Timestamp;
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
    /// What stays in the registry.
    pub retention: Retention,
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
    /// What a bundle must meet before it may come.
    #[serde(default)]
    pub gates: Gates,
}

/// What a bundle must meet before it may come to an environment; every field may be left out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Gates {
    /// The environment that must run this very bundle and be healthy; the one before it.
    pub healthy: Option<String>,
    /// How long the bundle must have been on the channel before, as `30m`.
    pub soak: Option<String>,
    /// Who must have agreed.
    pub approvals: Option<Approvals>,
    /// When moves are allowed, as `Mon-Thu 09:00-16:00 Europe/Berlin`; always, when there are none.
    pub windows: Vec<String>,
    /// When moves are not allowed.
    pub freezes: Vec<Freeze>,
}

/// How many people, of which.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approvals {
    /// How many different people.
    pub count: usize,
    /// Whose names count, with `*` for any text; everybody's, when there are none.
    #[serde(default)]
    pub from: Vec<String>,
}

/// A span of time without moves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Freeze {
    /// Its beginning, as `2026-12-20T00:00:00Z`.
    pub from: Timestamp,
    /// Its end.
    pub until: Timestamp,
    /// Why.
    #[serde(default)]
    pub reason: String,
}

/// What stays in the registry; what is left out has a default that errs on keeping.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Retention {
    /// How many rollback candidates of each channel stay, however old.
    pub candidates: Option<usize>,
    /// How long every move stays, as `90d`.
    pub window: Option<String>,
    /// How long channels named `pr-*` stay after their last move, as `14d`.
    pub previews: Option<String>,
    /// Patterns of tags that always stay.
    pub pins: Vec<String>,
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
    #[serde(default)]
    retention: Retention,
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
        let Spec { repository, environments, contract, retention } = spec;
        Ok(Self { name: metadata.name, repository, environments, contract, retention })
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
        let Environment { name, build, after, gates } = environment;
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
        if gates.healthy.is_some() && gates.healthy != *after {
            problems.push(format!(
                "environment `{name}`: gates.healthy names the environment before it, `{}`",
                after.as_deref().unwrap_or("none")
            ));
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
