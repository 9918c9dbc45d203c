//! What a source holds ready for Kustomizations.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The content that a source fetched last.
///
/// # Source
///
/// `fluxcd/pkg/apis/meta` Artifact; all of `digest`, `path`, `url`, `revision` and `lastUpdateTime` are
/// required there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Artifact {
    /// Digest of the artifact file, such as `sha256:…`.
    #[schemars(regex(pattern = r"^[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[a-zA-Z0-9=_-]+$"))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// When this artifact was stored.
    pub last_update_time: Time,
    /// Annotations of the OCI manifest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<BTreeMap<String, String>>,
    /// Path relative to the root of the storage, `<kind>/<namespace>/<name>/<file>`.
    pub path: String,
    /// Human-readable identity of the content upstream: `<tag>@sha256:…` or `sha256:…`.
    pub revision: String,
    /// Size of the artifact file in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<i64>,
    /// Where the artifact file can be fetched over HTTP.
    pub url: String,
}
