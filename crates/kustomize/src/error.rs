//! What can go wrong in a build.

use manifest::Origin;

/// Why a build gave no output.
///
/// A message is about one layer; [`std::error::Error::source`] leads to the layer below. What
/// failed for a reason that lies in a file names the file and, where there is one, line and field.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The folder to build, or one that a kustomization names, is not there.
    #[error("`{path}` does not exist or is no folder")]
    NoFolder {
        /// The path as it was resolved.
        path: String,
    },
    /// A file is not there or cannot be read.
    #[error("cannot read file `{path}`: {reason}")]
    NoFile {
        /// The path as it was resolved.
        path: String,
        /// What the file system says.
        reason: String,
    },
    /// A folder has no kustomization file.
    #[error(
        "unable to find one of `kustomization.yaml`, `kustomization.yml` or `Kustomization` in `{folder}`"
    )]
    NoKustomization {
        /// The folder.
        folder: String,
    },
    /// A folder has more than one kustomization file.
    #[error("found multiple kustomization files under `{folder}`: {}", names.join(", "))]
    ManyKustomizations {
        /// The folder.
        folder: String,
        /// The files.
        names: Vec<String>,
    },
    /// A kustomization file says nothing.
    #[error("{file}: the kustomization is empty")]
    Empty {
        /// The file.
        file: String,
    },
    /// A file reaches out of the folder of its kustomization.
    #[error("security; file `{path}` is not in or below `{root}`")]
    Outside {
        /// The file.
        path: String,
        /// The folder of the kustomization.
        root: String,
    },
    /// A kustomization builds on itself.
    #[error("cycle detected: candidate root `{candidate}` contains visited root `{visited}`")]
    Cycle {
        /// The folder that was to be built.
        candidate: String,
        /// The folder that asks for it.
        visited: String,
    },
    /// Folders build on folders on folders, more than anybody means.
    #[error("kustomizations are nested more than {limit} deep at `{folder}`")]
    TooDeep {
        /// The folder.
        folder: String,
        /// How deep is allowed.
        limit: usize,
    },
    /// A field of a configuration file is not known, or has a value that it cannot have.
    #[error("{file}:{line}: `{field}`: {reason}")]
    Field {
        /// The file.
        file: String,
        /// 1-based.
        line: u32,
        /// The path of the field, such as `images[0].newTag`.
        field: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A file is not YAML, or not a Kubernetes object.
    #[error("{0}")]
    Malformed(manifest::Problem),
    /// Two objects have the same id.
    #[error(
        "may not add resource with an already registered id: {id} (first at {}:{}, again at {}:{})",
        first.file, first.line, second.file, second.line
    )]
    SameId {
        /// `Kind.version.group/name.namespace`.
        id: String,
        /// Where the first one came from.
        first: Origin,
        /// Where the second one came from.
        second: Origin,
    },
    /// A generated object and those that are there do not fit.
    #[error("generated {id} {reason}")]
    Generator {
        /// `Kind.version.group/name.namespace`.
        id: String,
        /// What does not fit.
        reason: String,
    },
    /// A transformation could not be applied to an object.
    #[error("{step}: cannot change {id} from {}:{}: {reason}", origin.file, origin.line)]
    Object {
        /// The transformation, such as `namespace`.
        step: String,
        /// `Kind.version.group/name.namespace`.
        id: String,
        /// Where the object came from.
        origin: Origin,
        /// What failed.
        reason: String,
    },
    /// A step failed as a whole.
    #[error("{step}: {reason}")]
    Step {
        /// The step, such as `replacements`.
        step: String,
        /// What failed.
        reason: String,
    },
    /// Something that kustomize can do and this build may not.
    #[error("{what} is refused: {hint}")]
    Refused {
        /// What was asked for.
        what: String,
        /// What would have to be different.
        hint: String,
    },
    /// An entry of `resources` is neither a file nor a folder that builds.
    #[error("accumulating resources: `{path}` is no file with resources ({file}) and no base")]
    NeitherFileNorBase {
        /// The entry.
        path: String,
        /// Why it is no file.
        file: String,
        /// Why it is no base.
        #[source]
        base: Box<Self>,
    },
    /// Something failed while a folder was built.
    #[error("in `{folder}`, {doing}")]
    In {
        /// The folder.
        folder: String,
        /// What was done there.
        doing: String,
        /// What failed.
        #[source]
        source: Box<Self>,
    },
}

impl Error {
    /// Says in which folder, and doing what, it happened.
    pub(crate) fn within(self, folder: &str, doing: impl Into<String>) -> Self {
        let folder = if folder.is_empty() { "." } else { folder };
        Self::In { folder: folder.to_owned(), doing: doing.into(), source: Box::new(self) }
    }

    pub(crate) fn step(step: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Step { step: step.into(), reason: reason.into() }
    }

    /// The message with those of all layers below, outermost first, joined by `: `.
    pub fn chain(&self) -> String {
        let mut text = self.to_string();
        let mut source = std::error::Error::source(self);
        while let Some(error) = source {
            text.push_str(": ");
            text.push_str(&error.to_string());
            source = error.source();
        }
        text
    }
}
