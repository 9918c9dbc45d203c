//! From verified bytes to files.

use std::sync::Arc;

use api::OCIRepositorySpec;
use api::oci_repository::LayerOperation;
use bundle::{Limits, PackOptions};
use bytes::Bytes;
use k8s_openapi::jiff::Timestamp;
use manifest::Tree;
use trust::Verified;

use super::{Bundle, Content, Fetched, Sources};
use crate::error::Error;
use crate::ignore;

/// Unpacks the layer, leaves out what is to be ignored, and archives the rest for others to fetch.
///
/// Sources with the same layer and the same rules share the result.
///
/// # Errors
///
/// [`Error::Layer`] with the reason why the archive is refused.
pub(crate) async fn unpack(
    sources: &Sources,
    spec: &OCIRepositorySpec,
    limits: Limits,
    fetched: Verified<Fetched>,
) -> Result<Verified<Bundle>, Error> {
    let operation = spec.layer_selector.as_ref().and_then(|selector| selector.operation);
    let is_copy = operation == Some(LayerOperation::Copy);
    let key = format!(
        "{}|{}|{}",
        fetched.get().descriptor.digest(),
        if is_copy { "copy" } else { "extract" },
        spec.ignore.as_deref().map_or_else(String::new, |rules| format!("={rules}")),
    );
    let work = fetched.get().clone();
    let rules = spec.ignore.clone();
    let make = async move {
        let unpack = move || content(&work, is_copy, rules.as_deref(), limits);
        let content =
            tokio::task::spawn_blocking(unpack).await.expect("unpacking does not panic")?;
        let weight = content.archive.len()
            + content.tree.iter().map(|(path, file)| path.len() + file.bytes.len()).sum::<usize>();
        Ok::<_, Error>((Arc::new(content), weight.max(1)))
    };
    let content = sources.contents.get(&key, make).await?;
    fetched.try_map(|fetched| {
        Ok(Bundle {
            revision: fetched.revision,
            origin_revision: fetched.annotations.get(bundle::media::REVISION).cloned(),
            metadata: fetched.annotations,
            content,
        })
    })
}

fn content(
    fetched: &Fetched,
    is_copy: bool,
    rules: Option<&str>,
    limits: Limits,
) -> Result<Content, Error> {
    let refused = |source: bundle::Error| Error::Layer {
        reference: fetched.reference.clone(),
        source: Box::new(source),
    };
    if is_copy {
        // Whatever the blob is, a Kustomization can only build from it when it is an archive.
        let tree = bundle::unpack(&fetched.layer, &limits).unwrap_or_default();
        return Ok(with_digest(tree, fetched.layer.clone()));
    }
    let tree =
        bundle::unpack_layer(&fetched.descriptor, &fetched.layer, &limits).map_err(refused)?.tree;
    let tree = ignore::filter(&tree, rules);
    let packed = bundle::pack(&tree, &options()).map_err(refused)?;
    Ok(with_digest(tree, packed.layer))
}

fn with_digest(tree: Tree, archive: Bytes) -> Content {
    let digest = registry::sha256(&archive).to_string();
    Content { tree, archive, digest }
}

/// Only the layer of the result is used, so what the manifest would say does not matter.
fn options() -> PackOptions {
    PackOptions {
        source: String::new(),
        revision: String::new(),
        created: Timestamp::UNIX_EPOCH,
        annotations: std::collections::BTreeMap::new(),
        layer: bundle::LayerKind::Flux,
    }
}
