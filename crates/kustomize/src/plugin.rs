//! `generators`, `transformers` and `validators`: the kinds of plugins that are built in.

use std::collections::BTreeMap;

use manifest::yaml::Node;

use crate::decode::{At, Decode, Rules, decode, record};
use crate::error::Error;
use crate::field_spec::FieldSpec;
use crate::kustomization::{
    FieldSpecField, GeneratorArgs, HelmChart, Image, ObjectMeta, Patch, PatchOptions,
    ReplacementField, Replica, Selector,
};
use crate::loader::Loader;
use crate::read;
use crate::resource::Resource;
use crate::transform::names::End;
use crate::transform::namespace::{Namespace, Subjects};
use crate::transform::value_add::{AddTarget, ValueAdd};
use crate::transform::{patches, replacements};
use crate::transformer::Transformer;

record! {
    struct Entries {
        labels: BTreeMap<String, String> = "labels",
        annotations: BTreeMap<String, String> = "annotations",
        field_specs: Vec<FieldSpecField> = "fieldSpecs",
    }
}

record! {
    struct Names {
        prefix: String = "prefix",
        suffix: String = "suffix",
        field_specs: Option<Vec<FieldSpecField>> = "fieldSpecs",
    }
}

record! {
    struct NamespaceConfig {
        metadata: ObjectMeta = "metadata",
        field_specs: Vec<FieldSpecField> = "fieldSpecs",
        unset_only: bool = "unsetOnly",
        subjects: String = "setRoleBindingSubjects",
    }
}

record! {
    struct ImageConfig {
        image: Image = "imageTag",
        field_specs: Vec<FieldSpecField> = "fieldSpecs",
    }
}

record! {
    struct ReplicaConfig {
        replica: Replica = "replica",
        field_specs: Vec<FieldSpecField> = "fieldSpecs",
    }
}

record! {
    struct PatchConfig {
        path: String = "path",
        patch: String = "patch",
        json_op: String = "jsonOp",
        target: Option<Selector> = "target",
        options: Option<PatchOptions> = "options",
    }
}

record! {
    struct MergesConfig {
        paths: Vec<String> = "paths",
        patches: String = "patches",
    }
}

record! {
    struct ReplacementsConfig {
        replacements: Vec<ReplacementField> = "replacements",
    }
}

record! {
    struct ValueAddConfig {
        value: String = "value",
        targets: Vec<AddTarget> = "targets",
        target_file_path: String = "targetFilePath",
    }
}

record! {
    struct Meta {
        metadata: ObjectMeta = "metadata",
    }
}

record! {
    /// `IAMPolicyGenerator`.
    pub(crate) struct IamPolicy {
        cloud: String = "cloud",
        kubernetes_service: ObjectMeta = "kubernetesService",
        service_account: CloudAccount = "serviceAccount",
    }
}

record! {
    /// An account of a cloud provider.
    pub(crate) struct CloudAccount {
        name: String = "name",
        project: String = "projectId",
    }
}

/// A generator that a plugin configures.
pub(crate) enum Generator {
    ConfigMap(GeneratorArgs),
    Secret(GeneratorArgs),
    Chart { chart: Box<HelmChart>, home: String, config_home: String },
    Iam(IamPolicy),
}

record! {
    struct ChartConfig {
        chart_home: String = "chartHome",
        config_home: String = "configHome",
    }
}

fn read_as<T: Decode>(plugin: &Resource) -> Result<T, Error> {
    // The plugin reads what kustomize printed, so `n` is a text here.
    let value = plugin.node.to_json().map_err(|problem| {
        let step = format!("{}:{}", plugin.origin.file, plugin.origin.line);
        Error::step(step, problem.message)
    })?;
    decode(At::root(&Node::from_json(&value), &plugin.origin.file, Rules::Loose))
}

fn specs(fields: &[FieldSpecField]) -> Vec<FieldSpec> {
    fields.iter().map(FieldSpecField::to_spec).collect()
}

/// Errs unless the plugin is one of those that are built in.
fn built_in_kind(plugin: &Resource) -> Result<&str, Error> {
    let gvk = plugin.gvk();
    if gvk.group.is_empty() && gvk.version == "builtin" {
        return Ok(plugin.kind());
    }
    Err(Error::Refused {
        what: format!(
            "plugin `{}` at {}:{}",
            plugin.kind(),
            plugin.origin.file,
            plugin.origin.line
        ),
        hint: "external plugins disabled; unable to run programs or functions, only plugins with \
               `apiVersion: builtin`"
            .to_owned(),
    })
}

fn unknown(plugin: &Resource, role: &str) -> Error {
    let step = format!("{}:{}", plugin.origin.file, plugin.origin.line);
    Error::step(step, format!("unable to load builtin {}: it is no {role}", plugin.gvk()))
}

/// Makes a generator from its configuration.
///
/// # Errors
///
/// [`Error::Refused`] for plugins that are not built in, [`Error::Field`].
pub(crate) fn generator(plugin: &Resource) -> Result<Generator, Error> {
    let args = || -> Result<GeneratorArgs, Error> {
        let mut args: GeneratorArgs = read_as(plugin)?;
        let meta: Meta = read_as(plugin)?;
        if args.name.is_empty() {
            args.name = meta.metadata.name;
        }
        if args.namespace.is_empty() {
            args.namespace = meta.metadata.namespace;
        }
        Ok(args)
    };
    match built_in_kind(plugin)? {
        "ConfigMapGenerator" => args().map(Generator::ConfigMap),
        "SecretGenerator" => args().map(Generator::Secret),
        "IAMPolicyGenerator" => read_as(plugin).map(Generator::Iam),
        "HelmChartInflationGenerator" => {
            let globals: ChartConfig = read_as(plugin)?;
            Ok(Generator::Chart {
                chart: Box::new(read_as(plugin)?),
                home: globals.chart_home,
                config_home: globals.config_home,
            })
        }
        _ => Err(unknown(plugin, "generator")),
    }
}

/// Makes the service account of an `IAMPolicyGenerator`.
pub(crate) fn iam_account(policy: &IamPolicy) -> Node {
    let account = &policy.service_account;
    let address = format!("{}@{}.iam.gserviceaccount.com", account.name, account.project);
    let key = |text: &str| Node::string(text);
    let mut metadata = Node::mapping([
        (
            key("annotations"),
            Node::mapping([(key("iam.gke.io/gcp-service-account"), Node::string(address))]),
        ),
        (key("name"), Node::string(policy.kubernetes_service.name.as_str())),
    ]);
    if !policy.kubernetes_service.namespace.is_empty() {
        metadata.set("namespace", Node::string(policy.kubernetes_service.namespace.as_str()));
    }
    Node::mapping([
        (key("apiVersion"), Node::string("v1")),
        (key("kind"), Node::string("ServiceAccount")),
        (key("metadata"), metadata),
    ])
}

/// Makes a transformer from its configuration.
///
/// # Errors
///
/// [`Error::Refused`] for plugins that are not built in, [`Error::Field`], errors of the loader.
pub(crate) fn transformer(plugin: &Resource, loader: &Loader<'_>) -> Result<Transformer, Error> {
    match built_in_kind(plugin)? {
        "AnnotationsTransformer" => {
            let config: Entries = read_as(plugin)?;
            let (entries, fields) = (config.annotations, specs(&config.field_specs));
            Ok(Transformer::Entries { step: "AnnotationsTransformer", entries, fields })
        }
        "LabelTransformer" => {
            let config: Entries = read_as(plugin)?;
            let (entries, fields) = (config.labels, specs(&config.field_specs));
            Ok(Transformer::Entries { step: "LabelTransformer", entries, fields })
        }
        "HashTransformer" => Ok(Transformer::Hash),
        "ImageTagTransformer" => {
            let config: ImageConfig = read_as(plugin)?;
            Ok(Transformer::Image { image: config.image, fields: specs(&config.field_specs) })
        }
        "NamespaceTransformer" => namespace(plugin),
        kind @ ("PrefixTransformer" | "SuffixTransformer" | "PrefixSuffixTransformer") => {
            names(plugin, kind)
        }
        "ReplicaCountTransformer" => {
            let config: ReplicaConfig = read_as(plugin)?;
            Ok(Transformer::Replica { replica: config.replica, fields: specs(&config.field_specs) })
        }
        "ReplacementTransformer" => {
            let config: ReplacementsConfig = read_as(plugin)?;
            replacements::load(&config.replacements, loader).map(Transformer::Replacements)
        }
        "ValueAddTransformer" => value_add(plugin, loader),
        kind @ ("PatchTransformer"
        | "PatchJson6902Transformer"
        | "PatchStrategicMergeTransformer") => patch(plugin, kind, loader),
        _ => Err(unknown(plugin, "transformer")),
    }
}

fn namespace(plugin: &Resource) -> Result<Transformer, Error> {
    let config: NamespaceConfig = read_as(plugin)?;
    let subjects = match config.subjects.as_str() {
        "" | "defaultOnly" => Subjects::Default,
        "allServiceAccounts" => Subjects::ServiceAccounts,
        "none" => Subjects::None,
        other => {
            let reason = format!(
                "invalid value \"{other}\" for setRoleBindingSubjects: must be one of \
                 \"defaultOnly\", \"none\" or \"allServiceAccounts\""
            );
            let step = format!("{}:{}", plugin.origin.file, plugin.origin.line);
            return Err(Error::step(step, reason));
        }
    };
    if config.metadata.namespace.is_empty() {
        return Ok(Transformer::Several(Vec::new()));
    }
    Ok(Transformer::Namespace(Namespace {
        name: config.metadata.namespace,
        fields: specs(&config.field_specs),
        unset_only: config.unset_only,
        subjects,
    }))
}

fn names(plugin: &Resource, kind: &str) -> Result<Transformer, Error> {
    let config: Names = read_as(plugin)?;
    let Some(fields) = &config.field_specs else {
        let step = format!("{}:{}", plugin.origin.file, plugin.origin.line);
        return Err(Error::step(step, "fieldSpecs is not expected to be nil"));
    };
    let fields = specs(fields);
    let mut all = Vec::new();
    if kind != "SuffixTransformer" {
        let (text, fields) = (config.prefix, fields.clone());
        all.push(Transformer::Name { end: End::Prefix, text, fields });
    }
    if kind != "PrefixTransformer" {
        all.push(Transformer::Name { end: End::Suffix, text: config.suffix, fields });
    }
    Ok(Transformer::Several(all))
}

fn value_add(plugin: &Resource, loader: &Loader<'_>) -> Result<Transformer, Error> {
    let mut config: ValueAddConfig = read_as(plugin)?;
    if !config.target_file_path.is_empty() {
        let bytes = loader.load(&config.target_file_path)?;
        let file = loader.name_of(&config.target_file_path);
        let documents = read::documents(&file, &bytes).map_err(Error::Malformed)?;
        let document = documents.into_iter().next().unwrap_or_default();
        let more: ValueAddConfig = decode(At::root(&document, &file, Rules::Loose))?;
        config.targets.extend(more.targets);
    }
    let step = format!("{}:{}", plugin.origin.file, plugin.origin.line);
    if config.targets.is_empty() {
        return Err(Error::step(step, "must specify at least one target"));
    }
    if config.targets.iter().any(|target| target.field_path.is_empty()) {
        return Err(Error::step(step, "fieldPath cannot be empty"));
    }
    if let Some(target) = config.targets.iter().find(|target| target.file_path_position < 0) {
        let position = target.file_path_position;
        let reason = format!("value of FilePathPosition ({position}) cannot be negative");
        return Err(Error::step(step, reason));
    }
    let value = match config.value.trim() {
        "" => loader.base_name().to_owned(),
        value => value.to_owned(),
    };
    Ok(Transformer::ValueAdd(ValueAdd { value, targets: config.targets }))
}

fn patch(plugin: &Resource, kind: &str, loader: &Loader<'_>) -> Result<Transformer, Error> {
    let file = &plugin.origin.file;
    if kind == "PatchStrategicMergeTransformer" {
        let config: MergesConfig = read_as(plugin)?;
        let mut entries = config.paths;
        if !config.patches.is_empty() {
            entries.push(config.patches);
        }
        return patches::load_merges(&entries, loader, file).map(Transformer::Merges);
    }
    let config: PatchConfig = read_as(plugin)?;
    let is_json = kind == "PatchJson6902Transformer";
    let entry = Patch {
        path: config.path,
        text: if is_json { config.json_op } else { config.patch },
        target: config.target,
        options: config.options,
    };
    if is_json {
        return patches::load_json(&entry, loader).map(Transformer::JsonPatch);
    }
    patches::load(&entry, loader, file).map(|loaded| Transformer::Patch(Box::new(loaded)))
}
