//! The variables of `spec.postBuild`.

use api::kustomization::{SubstituteReference, SubstituteStrategy};
use cluster::{Cluster, Resource};
use k8s_openapi::api::core::v1::{ConfigMap, Secret};
use plan::Fields;
use serde_json::Value;

use crate::error::Error;
use crate::kustomization::Request;
use crate::source::data;
use crate::substitute::{Variables, accept};

/// Gathers the variables: those of `substituteFrom` in order, then the inline ones; later ones win.
///
/// `None` when nothing is to be replaced.
///
/// # Errors
///
/// [`Error::Build`] names a ConfigMap or Secret that is missing, or a name that is none.
pub(super) async fn load(cluster: &Cluster, request: &Request) -> Result<Option<Variables>, Error> {
    let Some(post_build) = &request.spec.post_build else { return Ok(None) };
    let failed = |reason: String| Error::Build { reason };
    let mut variables = Variables::new();
    for reference in &post_build.substitute_from {
        let pairs = pairs(cluster, &request.key.0, reference).await?;
        accept(&mut variables, pairs).map_err(failed)?;
    }
    let inline = post_build.substitute.clone().unwrap_or_default();
    accept(&mut variables, inline).map_err(failed)?;
    let is_always = post_build.substitute_strategy == Some(SubstituteStrategy::Always);
    Ok((is_always || !variables.is_empty()).then_some(variables))
}

async fn pairs(
    cluster: &Cluster,
    namespace: &str,
    reference: &SubstituteReference,
) -> Result<Vec<(String, String)>, Error> {
    let is_secret = reference.kind == "Secret";
    let resource =
        if is_secret { Resource::of::<Secret>(true) } else { Resource::of::<ConfigMap>(true) };
    match cluster.get(&resource, namespace, &reference.name).await? {
        Some(found) if is_secret => Ok(secret_pairs(&found)),
        Some(found) => Ok(config_pairs(&found)),
        None if reference.optional => Ok(Vec::new()),
        None => Err(Error::Build {
            reason: format!(
                "substitute from '{}/{}' error: not found in namespace '{namespace}'",
                reference.kind, reference.name
            ),
        }),
    }
}

fn config_pairs(object: &Fields) -> Vec<(String, String)> {
    let data = object.get("data").and_then(Value::as_object).into_iter().flatten();
    data.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect()
}

fn secret_pairs(object: &Fields) -> Vec<(String, String)> {
    let keys = object.get("data").and_then(Value::as_object).into_iter().flatten();
    keys.filter_map(|(key, _)| {
        let value = String::from_utf8_lossy(&data(object, &[key])?).into_owned();
        Some((key.clone(), value))
    })
    .collect()
}
