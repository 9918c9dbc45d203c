//! Follows a kustomization through everything it builds on.

use std::sync::Arc;

use crate::config::Config;
use crate::error::Error;
use crate::generate::{self, Product};
use crate::kustomization::Kustomization;
use crate::loader::{self, Loader};
use crate::options::Options;
use crate::read;
use crate::resources::Resources;
use crate::schema::Schemas;
use crate::transform;

/// What has come together so far: objects, and what later steps have to know.
#[derive(Default)]
pub(crate) struct Accumulated {
    pub(crate) resources: Resources,
    pub(crate) config: Arc<Config>,
}

impl Accumulated {
    fn merge_config(&mut self, other: &Arc<Config>) -> Result<(), Error> {
        if Arc::ptr_eq(&self.config, other) || **other == Config::default() {
            return Ok(());
        }
        if *self.config == Config::default() {
            self.config = other.clone();
            return Ok(());
        }
        Arc::make_mut(&mut self.config)
            .merge(other)
            .map_err(|reason| Error::step("configurations", reason))
    }

    fn absorb(&mut self, other: Self) -> Result<(), Error> {
        self.resources.append_all(other.resources)?;
        self.merge_config(&other.config)
    }
}

/// What all kustomizations of one build share.
pub(crate) struct Session<'a> {
    pub(crate) options: &'a Options,
    pub(crate) warnings: Vec<String>,
    pub(crate) built_in: Arc<Config>,
    /// The schema of `openapi.path`, where a kustomization names one.
    pub(crate) schemas: Option<Arc<Schemas>>,
}

impl Session<'_> {
    fn schemas(&self) -> Arc<Schemas> {
        self.schemas.clone().unwrap_or_default()
    }
}

/// A kustomization and where it stands.
pub(crate) struct Target<'a> {
    pub(crate) kustomization: Kustomization,
    pub(crate) loader: Loader<'a>,
    pub(crate) file: Arc<str>,
}

impl<'a> Target<'a> {
    /// Reads the kustomization of a folder.
    pub(crate) fn load(loader: Loader<'a>, session: &mut Session<'_>) -> Result<Self, Error> {
        let (name, bytes) = loader.kustomization()?;
        let file = loader.name_of(name);
        let documents = read::documents(&file, &bytes).map_err(Error::Malformed)?;
        let empty = manifest::yaml::Node::mapping([]);
        let document = documents.first().unwrap_or(&empty);
        let kustomization = Kustomization::read(document, &file, &mut session.warnings)?;
        refuse_unfinished(&kustomization, &file)?;
        Ok(Self { kustomization, loader, file })
    }

    fn folder(&self) -> String {
        self.loader.shown(&self.loader.root)
    }

    /// Builds everything below this kustomization into `into`.
    pub(crate) fn accumulate(
        &self,
        mut into: Accumulated,
        session: &mut Session<'_>,
    ) -> Result<Accumulated, Error> {
        for path in &self.kustomization.resources {
            self.add_resource(&mut into, path, session)?;
        }
        self.configure(&mut into, session)?;
        self.generate(&mut into)?;
        for path in &self.kustomization.components {
            let doing = format!("accumulating component `{path}`");
            let loader =
                self.loader.enter(path).map_err(|error| error.within(&self.folder(), &doing))?;
            into = Self::add_folder(into, loader, true, session)
                .map_err(|error| error.within(&self.folder(), &doing))?;
        }
        self.transform(&mut into, session)?;
        Ok(into)
    }

    fn add_resource(
        &self,
        into: &mut Accumulated,
        path: &str,
        session: &mut Session<'_>,
    ) -> Result<(), Error> {
        let doing = || format!("accumulating resources from `{path}`");
        let within = |error: Error| error.within(&self.folder(), doing());
        match self.loader.load(path) {
            Ok(bytes) => {
                let file = self.loader.name_of(path);
                let objects =
                    read::objects(&file, &bytes).map_err(Error::Malformed).map_err(within)?;
                let objects = Resources::collect(objects).map_err(within)?;
                into.resources.append_all(objects).map_err(within)
            }
            Err(no_file @ (Error::Outside { .. } | Error::Refused { .. }))
                if !loader::is_remote(path) =>
            {
                Err(within(no_file))
            }
            Err(no_file) => {
                let loader = match self.loader.enter(path) {
                    Ok(loader) => loader,
                    Err(refused @ (Error::Refused { .. } | Error::Cycle { .. })) => {
                        return Err(within(refused));
                    }
                    Err(no_base) => {
                        return Err(within(Error::NeitherFileNorBase {
                            path: path.to_owned(),
                            file: no_file.to_string(),
                            base: Box::new(no_base),
                        }));
                    }
                };
                let taken = std::mem::take(into);
                *into = Self::add_folder(taken, loader, false, session).map_err(within)?;
                Ok(())
            }
        }
    }

    fn add_folder(
        mut into: Accumulated,
        loader: Loader<'_>,
        is_component: bool,
        session: &mut Session<'_>,
    ) -> Result<Accumulated, Error> {
        let target = Target::load(loader, session)?;
        if target.kustomization.is_component() != is_component {
            let (kind, file) = (&target.kustomization.kind, &target.file);
            let expected =
                if is_component { "kind 'Component'" } else { "a kind other than 'Component'" };
            let reason = format!("expected {expected} but got '{kind}' in {file}");
            return Err(Error::step("kind", reason));
        }
        target.use_schema(session, false)?;
        if is_component {
            return target.accumulate(into, session);
        }
        let base = target.accumulate(Accumulated::default(), session)?;
        into.absorb(base)?;
        Ok(into)
    }

    /// Takes the schema of `openapi` for the rest of the build.
    pub(crate) fn use_schema(&self, session: &mut Session<'_>, is_top: bool) -> Result<(), Error> {
        let openapi = &self.kustomization.openapi;
        if session.schemas.is_some() && !is_top {
            return Ok(());
        }
        let refuse = |reason: &str| Error::step(format!("{}: openapi", self.file), reason);
        match (openapi.get("path"), openapi.get("version")) {
            (Some(_), Some(_)) => {
                Err(refuse("builtin version and custom schema provided, cannot use both"))
            }
            (Some(path), None) => {
                let bytes = self.loader.load(path)?;
                let file = self.loader.name_of(path);
                let documents = read::documents(&file, &bytes).map_err(Error::Malformed)?;
                let document = documents.into_iter().next().unwrap_or_default();
                session.schemas = Some(Arc::new(crate::schema::parse_custom(&document)));
                Ok(())
            }
            (None, Some(version)) if version != "v1.21.2" => {
                Err(refuse("the specified OpenAPI version is not built in"))
            }
            _ => Ok(()),
        }
    }

    fn configure(&self, into: &mut Accumulated, session: &Session<'_>) -> Result<(), Error> {
        let mut config = session.built_in.clone();
        if !self.kustomization.configurations.is_empty() {
            let mut added = Config::default();
            for path in &self.kustomization.configurations {
                let within = |error: Error| {
                    error.within(&self.folder(), format!("reading configuration `{path}`"))
                };
                let bytes = self.loader.load(path).map_err(within)?;
                let file = self.loader.name_of(path);
                let documents = read::documents(&file, &bytes).map_err(Error::Malformed)?;
                let Some(document) = documents.first() else { continue };
                let read = Config::read(document, &file)?;
                added.merge(&read).map_err(|reason| Error::step("configurations", reason))?;
            }
            Arc::make_mut(&mut config)
                .merge(&added)
                .map_err(|reason| Error::step("configurations", reason))?;
        }
        into.merge_config(&config)
    }

    fn generate(&self, into: &mut Accumulated) -> Result<(), Error> {
        let kustomization = &self.kustomization;
        let global = kustomization.generator_options.as_ref();
        let config_maps =
            kustomization.config_map_generator.iter().map(|args| (Product::ConfigMap, args));
        let secrets = kustomization.secret_generator.iter().map(|args| (Product::Secret, args));
        for (product, args) in config_maps.chain(secrets) {
            let made = generate::generate(product, args, global, &self.loader, &self.file)?;
            into.resources.absorb(vec![made])?;
        }
        Ok(())
    }

    fn transform(&self, into: &mut Accumulated, session: &Session<'_>) -> Result<(), Error> {
        use transform::{images, labels, names, namespace, patches, replicas};
        let kustomization = &self.kustomization;
        let custom = session.schemas();
        let schemas = if session.schemas.is_some() { &*custom } else { Schemas::built_in() };
        let Accumulated { resources, config } = into;
        if let Some(entries) =
            kustomization.patches_strategic_merge.as_deref().filter(|e| !e.is_empty())
        {
            patches::apply_merges(resources, entries, &self.loader, &self.file, schemas)?;
        }
        for patch in &kustomization.patches {
            let loaded = patches::load(patch, &self.loader, &self.file)?;
            patches::apply(resources, &loaded, schemas)?;
            drop_empty(resources);
        }
        if !kustomization.namespace.is_empty() {
            let namespace = namespace::Namespace {
                name: &kustomization.namespace,
                fields: &config.namespace,
                unset_only: false,
                subjects: namespace::Subjects::Default,
            };
            namespace::apply(resources, &namespace)?;
        }
        if !kustomization.name_prefix.is_empty() {
            names::apply(
                resources,
                names::End::Prefix,
                &kustomization.name_prefix,
                &config.name_prefix,
            )?;
        }
        if !kustomization.name_suffix.is_empty() {
            names::apply(
                resources,
                names::End::Suffix,
                &kustomization.name_suffix,
                &config.name_suffix,
            )?;
        }
        for label in &kustomization.labels {
            let fields = label_fields(label, config)
                .map_err(|reason| Error::step(format!("{}: labels", self.file), reason))?;
            labels::apply(resources, "labels", &label.pairs, &fields)?;
        }
        if let Some(pairs) = kustomization.common_labels.as_ref().filter(|pairs| !pairs.is_empty())
        {
            labels::apply(resources, "commonLabels", pairs, &config.common_labels)?;
        }
        if !kustomization.common_annotations.is_empty() {
            let pairs = &kustomization.common_annotations;
            labels::apply(resources, "commonAnnotations", pairs, &config.common_annotations)?;
        }
        for entry in kustomization.patches_json6902.iter().flatten() {
            patches::apply_json_entry(resources, entry, &self.loader)?;
            drop_empty(resources);
        }
        for replica in &kustomization.replicas {
            replicas::apply(resources, replica, &config.replicas)?;
        }
        for image in &kustomization.images {
            images::apply(resources, image, &config.images)?;
        }
        Ok(())
    }
}

/// A field that this build does not know how to follow yet is never passed over in silence.
fn refuse_unfinished(kustomization: &Kustomization, file: &str) -> Result<(), Error> {
    let fields = [
        ("replacements", !kustomization.replacements.is_empty()),
        ("vars", kustomization.vars.is_some()),
        ("crds", !kustomization.crds.is_empty()),
        ("generators", !kustomization.generators.is_empty()),
        ("transformers", !kustomization.transformers.is_empty()),
        ("validators", !kustomization.validators.is_empty()),
        ("helmCharts", !kustomization.helm_charts.is_empty()),
        ("helmChartInflationGenerator", !kustomization.helm_chart_inflation_generator.is_empty()),
        ("buildMetadata", !kustomization.build_metadata.is_empty()),
    ];
    match fields.into_iter().find(|(_, is_used)| *is_used) {
        None => Ok(()),
        Some((field, _)) => Err(Error::Refused {
            what: format!("field `{field}` of {file}"),
            hint: "it is not supported yet".to_owned(),
        }),
    }
}

fn drop_empty(resources: &mut Resources) {
    if resources.as_slice().iter().any(crate::resource::Resource::is_gone) {
        let left = resources.take().into_iter().filter(|resource| !resource.is_gone()).collect();
        resources.replace_all(left);
    }
}

/// The fields that an entry of `labels` touches.
fn label_fields(
    label: &crate::kustomization::Label,
    config: &Config,
) -> Result<Vec<crate::field_spec::FieldSpec>, String> {
    use crate::field_spec::{FieldSpec, merge, merge_one};
    let mut fields: Vec<FieldSpec> =
        label.fields.iter().map(crate::kustomization::FieldSpecField::to_spec).collect();
    merge(&mut fields, &config.labels)?;
    if label.include_selectors {
        merge(&mut fields, &config.common_labels)?;
        return Ok(fields);
    }
    if label.include_templates {
        merge(&mut fields, &config.template_labels)?;
    }
    let own = FieldSpec::new(crate::identity::Gvk::default(), "metadata/labels", true);
    merge_one(&mut fields, &own)?;
    Ok(fields)
}
