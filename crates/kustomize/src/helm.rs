//! `helmCharts`: what the caller's Helm renders, as resources.

use manifest::yaml::Node;

use crate::error::Error;
use crate::files::join;
use crate::kustomization::HelmChart;
use crate::loader::Loader;
use crate::merge::merge_plainly;
use crate::options::{Chart, Options, ValuesMerge};
use crate::read;
use crate::resource::Resource;

/// Renders a chart.
///
/// # Errors
///
/// [`Error::Refused`] when the caller brought no Helm, [`Error::Step`] for what Helm refuses.
pub(crate) fn render(
    chart: &HelmChart,
    (home, config_home): (&str, &str),
    namespace: &str,
    loader: &Loader<'_>,
    options: &Options,
) -> Result<Vec<Resource>, Error> {
    let Some(helm) = &options.helm else {
        return Err(Error::Refused {
            what: format!("Helm chart `{}`", chart.name),
            hint: "must specify --enable-helm".to_owned(),
        });
    };
    let step = format!("helmCharts `{}`", chart.name);
    if chart.name.is_empty() {
        return Err(Error::step("helmCharts", "chart name cannot be empty"));
    }
    let home = if home.is_empty() { "charts" } else { home };
    let request = Chart {
        folder: loader.root.clone(),
        chart_home: home.to_owned(),
        config_home: config_home.to_owned(),
        name: chart.name.clone(),
        version: chart.version.clone(),
        repo: chart.repo.clone(),
        values_file: values_file(chart, loader)?,
        values_inline: chart.values_inline.as_ref().map(manifest::yaml::emit),
        values_merge: values_merge(chart).map_err(|reason| Error::step(step.as_str(), reason))?,
        additional_values: chart
            .additional_values_files
            .iter()
            .map(|path| loader.load(path).map(|bytes| bytes.to_vec()))
            .collect::<Result<_, _>>()?,
        arguments: arguments(chart, namespace),
        devel: chart.devel,
    };
    let bytes = helm.render(&request).map_err(|reason| Error::step(step.as_str(), reason))?;
    let file = loader.name_of(&join(home, &chart.name));
    let mut resources = read::objects(&file, &bytes).map_err(Error::Malformed)?;
    for resource in &mut resources {
        resource.history.is_from_helm = true;
    }
    Ok(resources)
}

fn values_file(chart: &HelmChart, loader: &Loader<'_>) -> Result<Option<Vec<u8>>, Error> {
    if chart.values_file.is_empty() {
        return Ok(None);
    }
    loader.load(&chart.values_file).map(|bytes| Some(bytes.to_vec()))
}

fn values_merge(chart: &HelmChart) -> Result<ValuesMerge, String> {
    match chart.values_merge.as_str() {
        "" | "override" => Ok(ValuesMerge::Override),
        "merge" => Ok(ValuesMerge::Merge),
        "replace" => Ok(ValuesMerge::Replace),
        _ => Err("valuesMerge must be one of [merge override replace]".to_owned()),
    }
}

/// The arguments for `helm template` that name no file.
fn arguments(chart: &HelmChart, namespace: &str) -> Vec<String> {
    let mut all = Vec::new();
    if chart.release_name.is_empty() {
        all.push("--generate-name".to_owned());
    } else {
        all.push(chart.release_name.clone());
    }
    let namespace = if chart.namespace.is_empty() { namespace } else { &chart.namespace };
    let versions = chart.api_versions.iter().map(|version| ("--api-versions", version.as_str()));
    let pairs = [("--namespace", namespace), ("--name-template", chart.name_template.as_str())]
        .into_iter()
        .chain(versions)
        .chain([("--kube-version", chart.kube_version.as_str())]);
    for (flag, value) in pairs {
        if !value.is_empty() {
            all.extend([flag.to_owned(), value.to_owned()]);
        }
    }
    let flags = [
        ("--include-crds", chart.include_crds),
        ("--skip-tests", chart.skip_tests),
        ("--no-hooks", chart.skip_hooks),
        ("--debug", chart.debug),
        ("--devel", chart.devel),
    ];
    all.extend(flags.iter().filter(|(_, on)| *on).map(|(flag, _)| (*flag).to_owned()));
    all
}

impl Chart {
    /// The values for the chart: those of a file, by default the chart's own `values.yaml`, and
    /// those of the kustomization, combined as it says.
    ///
    /// # Errors
    ///
    /// A sentence, when one of them is no YAML, or they do not fit.
    pub fn values(&self, of_chart: &[u8]) -> Result<Vec<u8>, String> {
        let file = self.values_file.as_deref().unwrap_or(of_chart);
        let Some(inline) = &self.values_inline else { return Ok(file.to_vec()) };
        if self.values_merge == ValuesMerge::Replace {
            return Ok(inline.clone().into_bytes());
        }
        let parse = |bytes: &[u8]| -> Result<Node, String> {
            let documents = manifest::yaml::parse(bytes).map_err(|problem| problem.message)?;
            Ok(documents.into_iter().next().unwrap_or_else(|| Node::mapping([])))
        };
        let (file, inline) = (parse(file)?, parse(inline.as_bytes())?);
        let (under, over) = if self.values_merge == ValuesMerge::Override {
            (file, inline)
        } else {
            (inline, file)
        };
        Ok(manifest::yaml::emit(&merge_plainly(under, over)?).into_bytes())
    }
}
