//! Bundles on their way to and from a registry.

use std::path::Path;

use bundle::{Limits, Packed};
use manifest::{Object, Tree};
use oci_spec::image::{Descriptor, MediaType};
use registry::{Manifest, Pinned, Reference, Registry};

use crate::report::{Attempt as _, Report};

/// The most bytes of a content layer that are read, compressed.
const MOST_LAYER_BYTES: u64 = 256 << 20;

/// A bundle as it came from a registry, digests verified.
pub(crate) struct Fetched {
    /// What it is, exactly.
    pub(crate) pinned: Pinned,
    /// Its manifest.
    pub(crate) manifest: Manifest,
    /// Its content layer, as stored.
    pub(crate) layer: bytes::Bytes,
    /// The layer's descriptor.
    pub(crate) descriptor: Descriptor,
}

/// Stores a bundle's blobs and manifest under the reference's tag, or by digest without one.
pub(crate) async fn push(
    registry: &Registry,
    to: &Reference,
    packed: &Packed,
) -> Result<Pinned, registry::Error> {
    tokio::try_join!(
        registry.push_blob(to, packed.config.clone()),
        registry.push_blob(to, packed.layer.clone()),
    )?;
    let digest =
        registry.push_manifest(to, &MediaType::ImageManifest, packed.manifest.clone()).await?;
    Ok(to.pin(digest))
}

/// Reads a bundle; what was asked for by tag is pinned to the digest that it had.
pub(crate) async fn fetch(registry: &Registry, from: &Reference) -> Result<Fetched, Report> {
    let cannot = || format!("cannot pull `{from}`");
    let manifest = registry.manifest(from).await.attempt(cannot)?;
    let image = manifest.image(from).attempt(cannot)?;
    let descriptor = bundle::content_layer(&image, None).attempt(cannot)?.clone();
    let layer = registry.blob(from, &descriptor, MOST_LAYER_BYTES).await.attempt(cannot)?;
    Ok(Fetched { pinned: from.pin(manifest.digest.clone()), manifest, layer, descriptor })
}

impl Fetched {
    /// Unpacks the content.
    pub(crate) fn tree(&self) -> Result<Tree, Report> {
        let unpacked = bundle::unpack_layer(&self.descriptor, &self.layer, &Limits::default());
        let cannot = || format!("cannot unpack `{}`", self.pinned.reference);
        Ok(unpacked.attempt(cannot)?.tree)
    }

    /// One annotation of the manifest.
    pub(crate) fn annotation(&self, key: &str) -> Option<String> {
        let image = self.manifest.image(&self.pinned.reference).ok()?;
        image.annotations().as_ref()?.get(key).cloned()
    }
}

/// Reads the objects of a tree; problems of all files are said at once.
pub(crate) fn objects(name: &str, tree: &Tree) -> Result<Vec<Object>, Report> {
    let (objects, problems) = manifest::read_tree(tree);
    if problems.is_empty() {
        return Ok(objects);
    }
    let report = Report::new(format!("cannot read the manifests of `{name}`"));
    Err(problems.iter().fold(report, |report, problem| report.reason(problem.to_string())))
}

/// Writes a tree below a folder; nothing outside it is touched, since a tree has no way out.
pub(crate) fn write(tree: &Tree, folder: &Path) -> Result<(), Report> {
    for (path, file) in tree.iter() {
        let path = folder.join(path);
        let parent = path.parent().unwrap_or(folder);
        let cannot = || format!("cannot write `{}`", path.display());
        std::fs::create_dir_all(parent).attempt(cannot)?;
        std::fs::write(&path, &file.bytes).attempt(cannot)?;
        mark_executable(&path, file.executable).attempt(cannot)?;
    }
    Ok(())
}

#[cfg(unix)]
fn mark_executable(path: &Path, executable: bool) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = if executable { 0o755 } else { 0o644 };
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn mark_executable(_: &Path, _: bool) -> std::io::Result<()> {
    Ok(())
}
