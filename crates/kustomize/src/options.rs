//! How a build is to run.

use std::sync::Arc;

use bytes::Bytes;
use manifest::Tree;

/// Flags of `kustomize build`, and what the build asks of its surroundings.
#[derive(Clone, Default)]
pub struct Options {
    /// Which files a kustomization may read.
    pub load_restrictor: LoadRestrictor,
    /// The order of the output where the kustomization names none.
    pub reorder: Reorder,
    /// Whether every object gets the label `app.kubernetes.io/managed-by`.
    pub add_managed_by_label: bool,
    /// Image overrides, applied as if they stood at the end of `images` of the top kustomization.
    pub images: Vec<ImageOverride>,
    /// Renders Helm charts; without it, `helmCharts` is refused.
    pub helm: Option<Arc<dyn Helm>>,
    /// Fetches remote bases and files; without it, they are refused.
    pub fetcher: Option<Arc<dyn Fetcher>>,
}

impl std::fmt::Debug for Options {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Options")
            .field("load_restrictor", &self.load_restrictor)
            .field("reorder", &self.reorder)
            .field("add_managed_by_label", &self.add_managed_by_label)
            .field("images", &self.images)
            .field("helm", &self.helm.is_some())
            .field("fetcher", &self.fetcher.is_some())
            .finish()
    }
}

/// Which files a kustomization may read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LoadRestrictor {
    /// Only files in its folder and below, bases apart.
    #[default]
    RootOnly,
    /// Any file.
    None,
}

/// The order of the output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reorder {
    /// Namespaces and other things that many depend on first, webhooks last.
    #[default]
    Legacy,
    /// As the objects were read.
    None,
}

/// Another name, tag or digest for an image; empty fields change nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImageOverride {
    /// The image as the objects name it, without tag.
    pub name: String,
    /// Its new name.
    pub new_name: String,
    /// Its new tag.
    pub new_tag: String,
    /// Its new digest, as `sha256:…`.
    pub digest: String,
}

/// Renders one Helm chart, usually with the installed `helm`.
pub trait Helm: Send + Sync {
    /// Renders the chart to YAML, as `helm template` prints it.
    ///
    /// # Errors
    ///
    /// A sentence that says what failed.
    fn render(&self, chart: &Chart) -> Result<Vec<u8>, String>;
}

/// One entry of `helmCharts` with everything that it depends on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Chart {
    /// The folder of the kustomization.
    pub folder: String,
    /// `helmGlobals.chartHome`, relative to `folder`; `charts` where it says nothing.
    pub chart_home: String,
    /// `helmGlobals.configHome`; empty where it says nothing.
    pub config_home: String,
    /// The name of the chart.
    pub name: String,
    /// Its version; empty for any.
    pub version: String,
    /// The URL of its repository; empty when it is below `chart_home`.
    pub repo: String,
    /// The content of `valuesFile`; the chart's own `values.yaml` counts where it says nothing.
    pub values_file: Option<Vec<u8>>,
    /// `valuesInline`, as YAML.
    pub values_inline: Option<String>,
    /// How the two meet: [`Chart::values`] does it.
    pub values_merge: ValuesMerge,
    /// Contents of further values files; later ones win.
    pub additional_values: Vec<Vec<u8>>,
    /// Arguments for `helm template` that need no file: release name, namespace, flags.
    pub arguments: Vec<String>,
    /// Whether development versions are considered.
    pub devel: bool,
}

/// How `valuesInline` and the values of a file are combined.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ValuesMerge {
    /// Inline values win.
    #[default]
    Override,
    /// The file wins.
    Merge,
    /// Only inline values count.
    Replace,
}

/// Fetches what is not in the tree.
pub trait Fetcher: Send + Sync {
    /// Fetches one file over http.
    ///
    /// # Errors
    ///
    /// A sentence that says what failed.
    fn file(&self, url: &str) -> Result<Bytes, String>;

    /// Fetches a repository: its files, and the folder in it that the URL means.
    ///
    /// # Errors
    ///
    /// A sentence that says what failed.
    fn repository(&self, url: &str) -> Result<(Tree, String), String>;
}
