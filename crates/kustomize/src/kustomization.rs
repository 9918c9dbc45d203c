//! The kustomization file.

use std::collections::BTreeMap;

use manifest::yaml::Node;

use crate::decode::{At, Rules, decode, record};
use crate::error::Error;
use crate::identity::{Gvk, Id};

record! {
    /// One kustomization or component, as written.
    pub(crate) struct Kustomization {
        kind: String = "kind",
        api_version: String = "apiVersion",
        metadata: Option<ObjectMeta> = "metadata",
        openapi: BTreeMap<String, String> = "openapi",
        name_prefix: String = "namePrefix",
        name_suffix: String = "nameSuffix",
        namespace: String = "namespace",
        common_labels: Option<BTreeMap<String, String>> = "commonLabels",
        labels: Vec<Label> = "labels",
        common_annotations: BTreeMap<String, String> = "commonAnnotations",
        patches_strategic_merge: Option<Vec<String>> = "patchesStrategicMerge",
        patches_json6902: Option<Vec<Patch>> = "patchesJson6902",
        patches: Vec<Patch> = "patches",
        images: Vec<Image> = "images",
        image_tags: Option<Vec<Image>> = "imageTags",
        replacements: Vec<ReplacementField> = "replacements",
        replicas: Vec<Replica> = "replicas",
        vars: Option<Vec<Variable>> = "vars",
        sort_options: Option<SortOptions> = "sortOptions",
        resources: Vec<String> = "resources",
        components: Vec<String> = "components",
        crds: Vec<String> = "crds",
        bases: Option<Vec<String>> = "bases",
        config_map_generator: Vec<GeneratorArgs> = "configMapGenerator",
        secret_generator: Vec<GeneratorArgs> = "secretGenerator",
        helm_globals: Option<HelmGlobals> = "helmGlobals",
        helm_charts: Vec<HelmChart> = "helmCharts",
        helm_chart_inflation_generator: Vec<OldHelmChart> = "helmChartInflationGenerator",
        generator_options: Option<GeneratorOptions> = "generatorOptions",
        configurations: Vec<String> = "configurations",
        generators: Vec<String> = "generators",
        transformers: Vec<String> = "transformers",
        validators: Vec<String> = "validators",
        build_metadata: Vec<String> = "buildMetadata",
    }
}

record! {
    /// The part of an object's metadata that configuration reads.
    pub(crate) struct ObjectMeta {
        name: String = "name",
        namespace: String = "namespace",
        labels: BTreeMap<String, String> = "labels",
        annotations: BTreeMap<String, String> = "annotations",
    }
}

record! {
    /// An entry of `labels`.
    pub(crate) struct Label {
        pairs: BTreeMap<String, String> = "pairs",
        include_selectors: bool = "includeSelectors",
        include_templates: bool = "includeTemplates",
        fields: Vec<FieldSpecField> = "fields",
    }
}

record! {
    /// A field of a kind.
    pub(crate) struct FieldSpecField {
        group: String = "group",
        version: String = "version",
        kind: String = "kind",
        path: String = "path",
        create: bool = "create",
    }
}

record! {
    /// An entry of `patches` or `patchesJson6902`.
    pub(crate) struct Patch {
        path: String = "path",
        text: String = "patch",
        target: Option<Selector> = "target",
        options: Option<PatchOptions> = "options",
    }
}

record! {
    /// What a patch may do besides changing fields.
    pub(crate) struct PatchOptions {
        allow_name_change: bool = "allowNameChange",
        allow_kind_change: bool = "allowKindChange",
    }
}

record! {
    /// Selects objects; where it selects targets, the texts are regular expressions.
    pub(crate) struct Selector {
        group: String = "group",
        version: String = "version",
        kind: String = "kind",
        name: String = "name",
        namespace: String = "namespace",
        annotations: String = "annotationSelector",
        labels: String = "labelSelector",
    }
}

record! {
    /// An entry of `images`.
    pub(crate) struct Image {
        name: String = "name",
        new_name: String = "newName",
        tag_suffix: String = "tagSuffix",
        new_tag: String = "newTag",
        digest: String = "digest",
    }
}

record! {
    /// An entry of `replicas`.
    pub(crate) struct Replica {
        name: String = "name",
        count: i64 = "count",
    }
}

record! {
    /// An entry of `replacements`: inline, or the path of a file with some.
    pub(crate) struct ReplacementField {
        source: Option<SourceSelector> = "source",
        targets: Option<Vec<TargetSelector>> = "targets",
        source_value: Option<String> = "sourceValue",
        path: String = "path",
    }
}

record! {
    /// Where a replacement takes its value from.
    pub(crate) struct SourceSelector {
        group: String = "group",
        version: String = "version",
        kind: String = "kind",
        name: String = "name",
        namespace: String = "namespace",
        field_path: String = "fieldPath",
        options: Option<FieldOptions> = "options",
    }
}

record! {
    /// Where a replacement puts its value.
    pub(crate) struct TargetSelector {
        select: Option<Selector> = "select",
        reject: Vec<Selector> = "reject",
        field_paths: Vec<String> = "fieldPaths",
        options: Option<FieldOptions> = "options",
    }
}

record! {
    /// Which part of a field a replacement means.
    pub(crate) struct FieldOptions {
        delimiter: String = "delimiter",
        index: i64 = "index",
        encoding: String = "encoding",
        create: bool = "create",
    }
}

record! {
    /// An entry of `vars`.
    pub(crate) struct Variable {
        name: String = "name",
        object: VariableTarget = "objref",
        field: VariableField = "fieldref",
    }
}

record! {
    /// The object of a variable.
    pub(crate) struct VariableTarget {
        api_version: String = "apiVersion",
        group: String = "group",
        version: String = "version",
        kind: String = "kind",
        name: String = "name",
        namespace: String = "namespace",
    }
}

record! {
    /// The field of a variable.
    pub(crate) struct VariableField {
        field_path: String = "fieldPath",
    }
}

record! {
    /// The order of the output.
    pub(crate) struct SortOptions {
        order: String = "order",
        legacy: Option<LegacySortOptions> = "legacySortOptions",
    }
}

record! {
    /// Kinds that come first and last.
    pub(crate) struct LegacySortOptions {
        order_first: Vec<String> = "orderFirst",
        order_last: Vec<String> = "orderLast",
    }
}

record! {
    /// An entry of `configMapGenerator` or `secretGenerator`.
    pub(crate) struct GeneratorArgs {
        namespace: String = "namespace",
        name: String = "name",
        behavior: String = "behavior",
        literals: Vec<String> = "literals",
        files: Vec<String> = "files",
        envs: Vec<String> = "envs",
        env: String = "env",
        options: Option<GeneratorOptions> = "options",
        /// Only of secrets.
        secret_type: String = "type",
    }
}

record! {
    /// What generated objects have in common.
    pub(crate) struct GeneratorOptions {
        labels: BTreeMap<String, String> = "labels",
        annotations: BTreeMap<String, String> = "annotations",
        disable_name_suffix_hash: bool = "disableNameSuffixHash",
        immutable: bool = "immutable",
    }
}

record! {
    /// What Helm charts have in common.
    pub(crate) struct HelmGlobals {
        chart_home: String = "chartHome",
        config_home: String = "configHome",
    }
}

record! {
    /// An entry of `helmCharts`.
    pub(crate) struct HelmChart {
        name: String = "name",
        version: String = "version",
        repo: String = "repo",
        release_name: String = "releaseName",
        namespace: String = "namespace",
        additional_values_files: Vec<String> = "additionalValuesFiles",
        values_file: String = "valuesFile",
        values_inline: Option<Node> = "valuesInline",
        values_merge: String = "valuesMerge",
        include_crds: bool = "includeCRDs",
        skip_hooks: bool = "skipHooks",
        api_versions: Vec<String> = "apiVersions",
        kube_version: String = "kubeVersion",
        name_template: String = "nameTemplate",
        skip_tests: bool = "skipTests",
        devel: bool = "devel",
        debug: bool = "debug",
    }
}

record! {
    /// An entry of the deprecated `helmChartInflationGenerator`.
    pub(crate) struct OldHelmChart {
        chart_name: String = "chartName",
        chart_version: String = "chartVersion",
        chart_repo_url: String = "chartRepoUrl",
        chart_home: String = "chartHome",
        chart_repo_name: String = "chartRepoName",
        helm_bin: String = "helmBin",
        helm_home: String = "helmHome",
        values: String = "values",
        values_local: Option<Node> = "valuesLocal",
        values_merge: String = "valuesMerge",
        release_name: String = "releaseName",
        release_namespace: String = "releaseNamespace",
        extra_args: Vec<String> = "extraArgs",
    }
}

const WARNING_END: &str = "Run 'kustomize edit fix' to update your Kustomization automatically.";

impl Kustomization {
    /// Reads a kustomization file; deprecated fields are moved to those that replaced them.
    ///
    /// # Errors
    ///
    /// [`Error::Field`] for what is unknown or ill-typed, [`Error::Empty`].
    pub(crate) fn read(node: &Node, file: &str, warnings: &mut Vec<String>) -> Result<Self, Error> {
        let at = At::root(node, file, Rules::Exact);
        let mut read: Self = decode(at)?;
        if let Some(args) =
            read.config_map_generator.iter().find(|args| !args.secret_type.is_empty())
        {
            return Err(Error::Field {
                file: file.to_owned(),
                line: node.get("configMapGenerator").map_or(1, |value| value.line),
                field: format!("configMapGenerator `{}`: type", args.name),
                reason: "unknown field".to_owned(),
            });
        }
        read.warn(warnings);
        read.modernize();
        let empty = Self {
            kind: read.kind.clone(),
            api_version: read.api_version.clone(),
            ..Self::default()
        };
        if read == empty {
            return Err(Error::Empty { file: file.to_owned() });
        }
        read.check_version().map_err(|(field, reason)| Error::Field {
            file: file.to_owned(),
            line: node.get(field).map_or(1, |value| value.line),
            field: field.to_owned(),
            reason,
        })?;
        Ok(read)
    }

    pub(crate) fn is_component(&self) -> bool {
        self.kind == "Component"
    }

    fn warn(&self, warnings: &mut Vec<String>) {
        let fields = [
            (self.bases.is_some(), "bases", "resources", ""),
            (self.common_labels.is_some(), "commonLabels", "labels", ""),
            (self.image_tags.is_some(), "imageTags", "images", ""),
            (self.patches_json6902.is_some(), "patchesJson6902", "patches", ""),
            (self.patches_strategic_merge.is_some(), "patchesStrategicMerge", "patches", ""),
            (self.vars.is_some(), "vars", "replacements", "[EXPERIMENTAL] "),
        ];
        let used = fields.into_iter().filter(|field| field.0);
        warnings.extend(used.map(|(_, old, new, mark)| {
            format!(
                "# Warning: '{old}' is deprecated. Please use '{new}' instead. {mark}{WARNING_END}"
            )
        }));
    }

    fn modernize(&mut self) {
        if self.kind.is_empty() {
            "Kustomization".clone_into(&mut self.kind);
        }
        if self.api_version.is_empty() {
            self.api_version = self.expected_version().to_owned();
        }
        self.resources.extend(self.bases.take().unwrap_or_default());
        self.images.extend(self.image_tags.take().unwrap_or_default());
        for args in self.config_map_generator.iter_mut().chain(&mut self.secret_generator) {
            if !args.env.is_empty() {
                args.envs.push(std::mem::take(&mut args.env));
            }
        }
        self.modernize_charts();
    }

    /// Charts of the old field; the homes of the last ones count for all.
    fn modernize_charts(&mut self) {
        let mut globals = HelmGlobals::default();
        for old in std::mem::take(&mut self.helm_chart_inflation_generator) {
            if !old.helm_home.is_empty() {
                globals.config_home = old.helm_home;
            }
            if !old.chart_home.is_empty() {
                globals.chart_home = old.chart_home;
            }
            self.helm_charts.push(HelmChart {
                name: old.chart_name,
                version: old.chart_version,
                repo: old.chart_repo_url,
                values_file: old.values,
                values_inline: old.values_local,
                values_merge: old.values_merge,
                release_name: old.release_name,
                ..HelmChart::default()
            });
        }
        if self.helm_globals.is_none() && globals != HelmGlobals::default() {
            self.helm_globals = Some(globals);
        }
    }

    fn expected_version(&self) -> &'static str {
        if self.is_component() {
            "kustomize.config.k8s.io/v1alpha1"
        } else {
            "kustomize.config.k8s.io/v1beta1"
        }
    }

    fn check_version(&self) -> Result<(), (&'static str, String)> {
        if !matches!(self.kind.as_str(), "Kustomization" | "Component") {
            return Err(("kind", "kind should be Kustomization or Component".to_owned()));
        }
        let expected = self.expected_version();
        if self.api_version != expected {
            let reason = format!("apiVersion for {} should be {expected}", self.kind);
            return Err(("apiVersion", reason));
        }
        Ok(())
    }
}

impl Selector {
    /// Whether it says nothing about kind and name.
    pub(crate) fn has_no_id(&self) -> bool {
        [&self.group, &self.version, &self.kind, &self.name, &self.namespace]
            .iter()
            .all(|text| text.is_empty())
    }
}

impl SourceSelector {
    pub(crate) fn id(&self) -> Id {
        Id {
            gvk: Gvk {
                group: self.group.clone(),
                version: self.version.clone(),
                kind: self.kind.clone(),
            },
            name: self.name.clone(),
            namespace: self.namespace.clone(),
            is_cluster_scoped: false,
        }
    }
}

impl FieldSpecField {
    pub(crate) fn to_spec(&self) -> crate::field_spec::FieldSpec {
        let gvk = Gvk {
            group: self.group.clone(),
            version: self.version.clone(),
            kind: self.kind.clone(),
        };
        crate::field_spec::FieldSpec::new(gvk, &self.path, self.create)
    }
}
