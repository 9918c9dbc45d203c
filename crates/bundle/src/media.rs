//! The media types and annotation keys that a bundle speaks.

/// Media type of the manifest of every bundle.
pub const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
/// Media type of the config that Flux writes.
pub const FLUX_CONFIG: &str = "application/vnd.cncf.flux.config.v1+json";
/// Media type of the layer that Flux writes.
pub const FLUX_LAYER: &str = "application/vnd.cncf.flux.content.v1.tar+gzip";
/// Media type of the config of a plain OCI image.
pub const OCI_CONFIG: &str = "application/vnd.oci.image.config.v1+json";
/// Media type of the layer of a plain OCI image; the one that Flux and Argo CD both take.
pub const OCI_LAYER: &str = "application/vnd.oci.image.layer.v1.tar+gzip";

/// Annotation: when the content was made, RFC 3339.
pub const CREATED: &str = "org.opencontainers.image.created";
/// Annotation: where the content comes from, usually a Git URL.
pub const SOURCE: &str = "org.opencontainers.image.source";
/// Annotation: which state of the source, `<branch or tag>@sha1:<commit>`.
pub const REVISION: &str = "org.opencontainers.image.revision";
/// Annotation on a layer: the file or folder name that `oras push` was given.
pub const TITLE: &str = "org.opencontainers.image.title";

/// Which media types a packed bundle carries; the bytes of the layer are the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum LayerKind {
    /// Flux's own types, as `flux push artifact` writes them.
    #[default]
    Flux,
    /// Plain OCI image types, which Argo CD, Flux and every registry's web page know.
    Oci,
}

impl LayerKind {
    /// The media type of the config blob.
    pub fn config(self) -> &'static str {
        match self {
            Self::Flux => FLUX_CONFIG,
            Self::Oci => OCI_CONFIG,
        }
    }

    /// The media type of the content layer.
    pub fn layer(self) -> &'static str {
        match self {
            Self::Flux => FLUX_LAYER,
            Self::Oci => OCI_LAYER,
        }
    }
}
