//! What has to be ready first.

use api::condition::{READY, is_true};
use api::kustomization::Dependency;
use api::{Kustomization, KustomizationSpec};

use super::Request;
use crate::context::{Context, read};
use crate::error::Error;
use crate::queue::Key;

/// Checks that every dependency has delivered its newest spec and, if it has the same source, the same
/// revision.
///
/// # Errors
///
/// [`Error::Dependency`] names the first that is not ready; [`Error::Access`] a forbidden reference.
///
/// # Source
///
/// facts/flux.md §4.3 step 4.
pub(crate) fn check(context: &Context, request: &Request, revision: &str) -> Result<(), Error> {
    for dependency in &request.spec.depends_on {
        let key = key(dependency, &request.key.0);
        if context.settings.no_cross_namespace_references && key.0 != request.key.0 {
            let reason = format!(
                "can't access dependency '{}/{}', cross-namespace references have been blocked",
                key.0, key.1
            );
            return Err(Error::Access { reason });
        }
        check_one(context, request, &key, revision)?;
    }
    Ok(())
}

/// Where a dependency is.
fn key(dependency: &Dependency, namespace: &str) -> Key {
    let namespace = dependency.namespace.clone().unwrap_or_else(|| namespace.to_owned());
    (namespace, dependency.name.clone())
}

fn check_one(context: &Context, request: &Request, key: &Key, revision: &str) -> Result<(), Error> {
    let name = format!("{}/{}", key.0, key.1);
    let not_ready = |why: &str| Error::Dependency { reason: format!("dependency '{name}' {why}") };
    let seen = context.kustomizations.seen(key).ok_or_else(|| not_ready("is not found"))?;
    let dependency: Kustomization = read(&seen).map_err(|_| not_ready("cannot be read"))?;
    let status = dependency.status.unwrap_or_default();
    let is_observed = status.observed_generation == dependency.metadata.generation;
    if !is_observed || !is_true(&status.conditions, READY) {
        return Err(not_ready("is not ready"));
    }
    let same_source = source(&dependency.spec, &key.0) == source(&request.spec, &request.key.0);
    if same_source && status.last_applied_revision.as_deref() != Some(revision) {
        return Err(not_ready("revision is not up to date"));
    }
    Ok(())
}

/// What identifies the source of a Kustomization in a namespace.
fn source<'a>(spec: &'a KustomizationSpec, namespace: &'a str) -> (&'a str, &'a str, &'a str) {
    let source = &spec.source_ref;
    (source.kind.as_str(), source.namespace.as_deref().unwrap_or(namespace), source.name.as_str())
}
