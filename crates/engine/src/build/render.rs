//! From files to objects, before variables are replaced.

use std::sync::Arc;

use kustomize::{LoadRestrictor, Options};
use manifest::{Object, Tree};

use super::overlay::{Overlay, overlay};
use crate::context::Context;
use crate::error::Error;
use crate::kustomization::Request;
use crate::source::Bundle;

/// Renders one folder of a bundle; the same folder with the same overlay is rendered once.
pub(super) async fn render(
    context: &Context,
    bundle: &Bundle,
    request: &Request,
) -> Result<Arc<Vec<Object>>, Error> {
    let folder = folder(request.spec.path.as_deref().unwrap_or_default());
    let on_top = Overlay::of(&request.spec);
    let key = format!("{}|{folder}|{}", bundle.content.digest, on_top.key());
    let content = bundle.content.clone();
    let make = async move {
        let work = move || objects(&content.tree, &folder, &on_top);
        let crashed = |_| Error::Build { reason: "the build crashed; this is a bug".to_owned() };
        let objects = tokio::task::spawn_blocking(work).await.map_err(crashed)??;
        let weight = objects.iter().map(|object| 256 + 64 * object.value.len()).sum::<usize>();
        Ok((Arc::new(objects), weight.max(1)))
    };
    context.renders.get(&key, make).await
}

/// Brings `spec.path` into the form of a tree's folders; it cannot lead out of the artifact.
fn folder(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            // As securejoin does: going up from the root stays there.
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

fn objects(tree: &Tree, folder: &str, on_top: &Overlay) -> Result<Vec<Object>, Error> {
    if !folder.is_empty() && tree.below(folder).next().is_none() {
        let reason = format!("kustomization path not found: stat {folder}: no such directory");
        return Err(Error::Artifact { reason, is_pending: false });
    }
    let Some(files) = overlay(tree, folder, on_top)? else { return Ok(Vec::new()) };
    let built = kustomize(&files, folder)?;
    Ok(built.into_iter().filter(|object| object.group() != "kustomize.config.k8s.io").collect())
}

/// Any file of the artifact may be read; there is nothing else that could be.
fn kustomize(files: &Tree, folder: &str) -> Result<Vec<Object>, Error> {
    let options = Options { load_restrictor: LoadRestrictor::None, ..Options::default() };
    let folder = if folder.is_empty() { "." } else { folder };
    let failed = |error: kustomize::Error| Error::Build {
        reason: format!("kustomize build failed: {}", error.chain()),
    };
    kustomize::build(files, folder, &options).map(|output| output.objects()).map_err(failed)
}
