//! The sample application's image: tiny, but a real one that `crane` can read.

use std::collections::BTreeMap;

use manifest::Tree;
use registry::{Reference, Registry};

use crate::bundles;
use crate::parts::Parts;
use crate::report::{Attempt as _, Report};

/// Pushes `acme/shop-server:VERSION` to the embedded registry.
pub(super) async fn push(parts: &Parts, version: &str) -> Result<(), Report> {
    let cannot = || format!("cannot push the sample's image `{version}`");
    let registry = Registry::new(registry::Settings::default()).attempt(cannot)?;
    let name = format!("{}/acme/shop-server:{version}", parts.registry_host());
    let to = Reference::parse(&name).attempt(cannot)?;
    let mut tree = Tree::new();
    tree.insert("etc/shop-release", format!("{version}\n")).attempt(cannot)?;
    let annotations = BTreeMap::from([("org.opencontainers.image.version".into(), version.into())]);
    let options = bundle::PackOptions {
        source: "https://git.example.com/acme/shop.git".into(),
        revision: version.into(),
        layer: bundle::LayerKind::Oci,
        annotations,
        ..bundle::PackOptions::default()
    };
    let packed = bundle::pack(&tree, &options).attempt(cannot)?;
    bundles::push(&registry, &to, &packed).await.attempt(cannot)?;
    Ok(())
}
