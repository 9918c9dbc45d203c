//! What can go wrong between a checkout and a checked tree.

use std::path::PathBuf;

use checks::Finding;
use manifest::Problem;

/// Why a checkout could not become a tree.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// `wharf.yaml` cannot be read from disk.
    #[error("cannot read `{}`", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        #[source]
        source: std::io::Error,
    },
    /// `wharf.yaml` is not what it should be; each problem names its line where it has one.
    #[error("`{file}` is not an App: {}", problems.join("; "))]
    NotAnApp {
        /// The file as it was named.
        file: String,
        /// All problems found.
        problems: Vec<String>,
    },
    /// `kustomize build` of one environment failed.
    #[error("environment `{environment}` does not build from `{build}`")]
    Build {
        /// The environment's name.
        environment: String,
        /// Its folder.
        build: String,
        /// What the build says.
        #[source]
        source: Box<kustomize::Error>,
    },
    /// The built text does not read as Kubernetes objects.
    #[error(
        "environment `{environment}` builds something that is no Kubernetes object: {}",
        listed(problems)
    )]
    NotObjects {
        /// The environment's name.
        environment: String,
        /// All problems found.
        problems: Vec<Problem>,
    },
    /// Objects that cross the contract.
    #[error("{} outside the contract:\n    {}", counted(findings.len()), listed(findings))]
    OutsideContract {
        /// All findings of all environments.
        findings: Vec<Finding>,
    },
    /// An image given on the command line that nothing uses.
    #[error("no container in any environment uses image `{0}`")]
    UnusedImage(String),
}

fn listed<T: ToString>(items: &[T]) -> String {
    items.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n    ")
}

fn counted(objects: usize) -> String {
    match objects {
        1 => "1 object is".into(),
        more => format!("{more} objects are"),
    }
}
