//! From what a source follows to one digest.

use api::OCIRepositorySpec;
use oci_spec::image::Digest;
use registry::{Pinned, Reference, Registry};

use crate::error::Error;
use crate::semver::{Range, newest};

/// One digest, and how people call it.
#[derive(Debug, Clone)]
pub(crate) struct Revision {
    /// What to pull, exactly.
    pub(crate) pinned: Pinned,
    /// `<tag>@sha256:…`, or `sha256:…` when a digest is followed.
    pub(crate) text: String,
}

/// Finds out which digest a source means now: digest, else semver, else tag, else `latest`.
///
/// # Errors
///
/// [`Error::Url`], [`Error::NoTag`], [`Error::Resolve`].
///
/// # Source
///
/// facts/flux.md §2.1 and §2.4 step 3.
pub(crate) async fn pin(registry: &Registry, spec: &OCIRepositorySpec) -> Result<Revision, Error> {
    let repository = repository(&spec.url)?;
    let follow = spec.reference.clone().unwrap_or_default();
    if let Some(digest) = &follow.digest {
        let digest: Digest =
            digest.parse().map_err(|_| no_tag(&spec.url, format!("`{digest}` is not a digest")))?;
        let text = digest.to_string();
        return Ok(Revision { pinned: repository.pin(digest), text });
    }
    let tag = match (&follow.semver, &follow.tag) {
        (Some(range), _) => {
            newest_tag(registry, &repository, spec, (range, follow.semver_filter.as_deref()))
                .await?
        }
        (None, Some(tag)) => tag.clone(),
        (None, None) => "latest".to_owned(),
    };
    let reference =
        repository.with_tag(&tag).map_err(|source| no_tag(&spec.url, source.to_string()))?;
    let found = registry
        .resolve(&reference)
        .await
        .map_err(|source| Error::Resolve { reference: reference.to_string(), source })?;
    let digest = found.digest().clone();
    let text = format!("{tag}@{digest}");
    Ok(Revision { pinned: reference.pin(digest), text })
}

/// The repository of a source's URL, which may name neither tag nor digest.
fn repository(url: &str) -> Result<Reference, Error> {
    let invalid = |reason: String| Error::Url { reason };
    let name = url.strip_prefix("oci://").ok_or_else(|| {
        invalid(format!("URL must be in format 'oci://<domain>/<org>/<repo>', not '{url}'"))
    })?;
    let reference = Reference::parse(name)
        .map_err(|error| invalid(format!("failed to parse URL '{url}': {error}")))?;
    if reference.digest().is_some() {
        return Err(invalid("URL must not contain a digest; use 'spec.ref.digest'".to_owned()));
    }
    if let Some(tag) = reference.tag() {
        return Err(invalid(format!("URL must not contain a tag; remove ':{tag}'")));
    }
    Ok(reference)
}

async fn newest_tag(
    registry: &Registry,
    repository: &Reference,
    spec: &OCIRepositorySpec,
    (range, filter): (&str, Option<&str>),
) -> Result<String, Error> {
    let parsed = Range::parse(range)
        .ok_or_else(|| no_tag(&spec.url, format!("semver '{range}' is not a version range")))?;
    let filter = filter
        .map(|filter| regex::RegexBuilder::new(filter).size_limit(1 << 20).build())
        .transpose()
        .map_err(|error| no_tag(&spec.url, format!("semverFilter is not a pattern: {error}")))?;
    let tags = registry
        .tags(repository)
        .await
        .map_err(|source| Error::Resolve { reference: repository.to_string(), source })?;
    newest(tags.iter().map(String::as_str), &parsed, filter.as_ref())
        .map(str::to_owned)
        .ok_or_else(|| no_tag(&spec.url, format!("no match found for semver: {range}")))
}

fn no_tag(url: &str, reason: String) -> Error {
    Error::NoTag { url: url.to_owned(), reason }
}
