//! Follows a kustomization through everything it builds on.

use std::sync::Arc;

use manifest::yaml::Node;

use crate::config::Config;
use crate::error::Error;
use crate::generate::{self, Product};
use crate::helm;
use crate::kustomization::{HelmChart, Kustomization};
use crate::loader::{self, Loader};
use crate::metadata::Source;
use crate::options::Options;
use crate::plugin::{self, Generator};
use crate::read;
use crate::resource::Resource;
use crate::resources::Resources;
use crate::schema::{self, Schemas};
use crate::transform::variables::{self, Variables};
use crate::transformer::{self, Configured};

/// What has come together so far: objects, and what later steps have to know.
#[derive(Default)]
pub(crate) struct Accumulated {
    pub(crate) resources: Resources,
    pub(crate) config: Arc<Config>,
    pub(crate) variables: Variables,
}

impl Accumulated {
    fn merge_config(&mut self, other: &Arc<Config>, built_in: &Arc<Config>) -> Result<(), Error> {
        if Arc::ptr_eq(&self.config, other) || **other == Config::default() {
            return Ok(());
        }
        if Arc::ptr_eq(other, built_in) && *self.config == Config::default() {
            self.config = other.clone();
            return Ok(());
        }
        Arc::make_mut(&mut self.config)
            .merge(other)
            .map_err(|reason| Error::step("configurations", reason))
    }

    fn absorb(&mut self, other: Self, built_in: &Arc<Config>) -> Result<(), Error> {
        self.resources.append_all(other.resources)?;
        self.merge_config(&other.config, built_in)?;
        variables::join(&mut self.variables, other.variables)
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

/// A kustomization and where it stands.
pub(crate) struct Target<'a> {
    pub(crate) kustomization: Kustomization,
    pub(crate) loader: Loader<'a>,
    pub(crate) file: Arc<str>,
    pub(crate) file_name: &'static str,
    /// Where its objects come from, when that is to be written onto them.
    pub(crate) source: Option<Source>,
    /// The namespace that those who build on it give to charts.
    pub(crate) chart_namespace: String,
}

impl<'a> Target<'a> {
    /// Reads the kustomization of a folder.
    pub(crate) fn load(loader: Loader<'a>, session: &mut Session<'_>) -> Result<Self, Error> {
        let (file_name, bytes) = loader.kustomization()?;
        let file = loader.name_of(file_name);
        let documents = read::documents(&file, &bytes).map_err(Error::Malformed)?;
        let empty = Node::mapping([]);
        let document = documents.first().unwrap_or(&empty);
        let kustomization = Kustomization::read(document, &file, &mut session.warnings)?;
        let (source, chart_namespace) = (None, String::new());
        Ok(Self { kustomization, loader, file, file_name, source, chart_namespace })
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
        self.generate(&mut into, session)?;
        for path in &self.kustomization.components {
            let within = |error: Error| {
                error.within(&self.folder(), format!("accumulating component `{path}`"))
            };
            let loader = self.loader.enter(path).map_err(within)?;
            into = self.add_folder(into, loader, (path, true), session).map_err(within)?;
        }
        self.transform(&mut into, session)?;
        self.validate(&mut into, session)?;
        let declared = self.kustomization.vars.as_deref().unwrap_or_default();
        variables::declare(&mut into.variables, &mut into.resources, declared)?;
        Ok(into)
    }

    /// Adds a file or folder that `resources`, or a list of plugins, names.
    fn add_resource(
        &self,
        into: &mut Accumulated,
        path: &str,
        session: &mut Session<'_>,
    ) -> Result<(), Error> {
        let within = |error: Error| {
            error.within(&self.folder(), format!("accumulating resources from `{path}`"))
        };
        let no_file = match self.loader.load(path) {
            Ok(bytes) => return self.add_file(into, path, &bytes).map_err(within),
            Err(no_file) => no_file,
        };
        if matches!(no_file, Error::Outside { .. }) {
            return Err(within(no_file));
        }
        if loader::is_remote(path)
            && let Some(fetcher) = self.loader.fetcher()
        {
            let (tree, folder) = fetcher
                .repository(path)
                .map_err(|reason| within(Error::NoFile { path: path.to_owned(), reason }))?;
            let loader = self.loader.remote(&tree, &folder).map_err(within)?;
            let taken = std::mem::take(into);
            *into = self.add_folder(taken, loader, (path, false), session).map_err(within)?;
            return Ok(());
        }
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
        *into = self.add_folder(taken, loader, (path, false), session).map_err(within)?;
        Ok(())
    }

    fn add_file(&self, into: &mut Accumulated, path: &str, bytes: &[u8]) -> Result<(), Error> {
        let file = self.loader.name_of(path);
        let mut objects = read::objects(&file, bytes).map_err(Error::Malformed)?;
        if let Some(source) = &self.source {
            mark(&mut objects, &source.below(path))?;
        }
        into.resources.append_all(Resources::collect(objects)?)
    }

    fn add_folder(
        &self,
        mut into: Accumulated,
        loader: Loader<'_>,
        (path, is_component): (&str, bool),
        session: &mut Session<'_>,
    ) -> Result<Accumulated, Error> {
        let mut target = Target::load(loader, session)?;
        if target.kustomization.is_component() != is_component {
            let (kind, file) = (&target.kustomization.kind, &target.file);
            let expected =
                if is_component { "kind 'Component'" } else { "a kind other than 'Component'" };
            let reason = format!("expected {expected} but got '{kind}' in {file}");
            return Err(Error::step("kind", reason));
        }
        target.source = self.source.as_ref().map(|source| source.below(path));
        let own = &self.kustomization.namespace;
        let chart_namespace = if own.is_empty() { &self.chart_namespace } else { own };
        target.chart_namespace.clone_from(chart_namespace);
        target.use_schema(session, false)?;
        let start = if is_component { std::mem::take(&mut into) } else { Accumulated::default() };
        let built = target.accumulate(start, session)?;
        into.absorb(built, &session.built_in)?;
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
                session.schemas = Some(Arc::new(schema::parse_custom(&document)));
                Ok(())
            }
            (None, Some(version)) if version != "v1.21.2" => {
                Err(refuse("the specified OpenAPI version is not built in"))
            }
            _ => Ok(()),
        }
    }

    /// Adds the built-in fields, those of `configurations` and those of `crds`.
    fn configure(&self, into: &mut Accumulated, session: &Session<'_>) -> Result<(), Error> {
        let refuse = |reason| Error::step(format!("{}: configurations", self.file), reason);
        let mut config = session.built_in.clone();
        if !self.kustomization.configurations.is_empty() {
            let mut added = Config::default();
            for path in &self.kustomization.configurations {
                let read = self.read_config(path, Config::read)?;
                added.merge(&read).map_err(refuse)?;
            }
            Arc::make_mut(&mut config).merge(&added).map_err(refuse)?;
        }
        into.merge_config(&config, &session.built_in)?;
        for path in &self.kustomization.crds {
            let read = self.read_config(path, |document, file| {
                crate::crds::read(document).map_err(|reason| Error::step(file, reason))
            })?;
            into.merge_config(&Arc::new(read), &session.built_in)?;
        }
        Ok(())
    }

    fn read_config(
        &self,
        path: &str,
        read: impl Fn(&Node, &str) -> Result<Config, Error>,
    ) -> Result<Config, Error> {
        let within =
            |error: Error| error.within(&self.folder(), format!("reading configuration `{path}`"));
        let bytes = self.loader.load(path).map_err(within)?;
        let file = self.loader.name_of(path);
        let documents = read::documents(&file, &bytes).map_err(Error::Malformed).map_err(within)?;
        documents.first().map_or_else(|| Ok(Config::default()), |document| read(document, &file))
    }

    /// Adds what generators make.
    fn generate(&self, into: &mut Accumulated, session: &mut Session<'_>) -> Result<(), Error> {
        let kustomization = &self.kustomization;
        let global = kustomization.generator_options.as_ref();
        let config_maps =
            kustomization.config_map_generator.iter().map(|args| (Product::ConfigMap, args));
        let secrets = kustomization.secret_generator.iter().map(|args| (Product::Secret, args));
        for (product, args) in config_maps.chain(secrets) {
            let made = generate::generate(product, args, global, &self.loader, &self.file)?;
            let source = self.built_in_source(product.generator());
            self.absorb(into, vec![made], source.as_ref())?;
        }
        let globals = kustomization.helm_globals.clone().unwrap_or_default();
        for chart in &kustomization.helm_charts {
            let homes = (globals.chart_home.as_str(), globals.config_home.as_str());
            let made = self.render(chart, homes, session.options)?;
            let source = self.built_in_source("HelmChartInflationGenerator");
            self.absorb(into, made, source.as_ref())?;
        }
        for plugin in self.plugins(&kustomization.generators, session)? {
            let source = Source::of_plugin(&plugin);
            let made = self.run_generator(&plugin, session.options)?;
            self.absorb(into, made, source.as_ref())?;
        }
        Ok(())
    }

    fn run_generator(&self, plugin: &Resource, options: &Options) -> Result<Vec<Resource>, Error> {
        let file = &plugin.origin.file;
        let one = |product, args| {
            generate::generate(product, &args, None, &self.loader, file).map(|made| vec![made])
        };
        match plugin::generator(plugin)? {
            Generator::ConfigMap(args) => one(Product::ConfigMap, args),
            Generator::Secret(args) => one(Product::Secret, args),
            Generator::Chart { chart, home, config_home } => {
                self.render(&chart, (&home, &config_home), options)
            }
            Generator::Iam(policy) => {
                Ok(vec![Resource::new(plugin::iam_account(&policy), file.clone())])
            }
        }
    }

    fn render(
        &self,
        chart: &HelmChart,
        homes: (&str, &str),
        options: &Options,
    ) -> Result<Vec<Resource>, Error> {
        let own = &self.kustomization.namespace;
        let namespace = if own.is_empty() { &self.chart_namespace } else { own };
        helm::render(chart, homes, namespace, &self.loader, options)
    }

    fn absorb(
        &self,
        into: &mut Accumulated,
        mut made: Vec<Resource>,
        source: Option<&Source>,
    ) -> Result<(), Error> {
        if let Some(source) = source {
            mark(&mut made, source)?;
        }
        into.resources
            .absorb(made)
            .map_err(|error| error.within(&self.folder(), "merging from generators"))
    }

    fn built_in_source(&self, kind: &str) -> Option<Source> {
        self.source.as_ref().map(|source| source.built_in(self.file_name, kind))
    }

    /// The objects that configure plugins: written inline, or in files and folders.
    fn plugins(
        &self,
        entries: &[String],
        session: &mut Session<'_>,
    ) -> Result<Vec<Resource>, Error> {
        let mut found = Accumulated::default();
        let mut paths = Vec::new();
        for entry in entries {
            match read::objects(&self.file, entry.as_bytes()) {
                Ok(mut objects) => {
                    if let Some(source) = &self.source {
                        mark(&mut objects, &source.below(self.file_name))?;
                    }
                    found.resources.append_all(Resources::collect(objects)?)?;
                }
                Err(_) => paths.push(entry),
            }
        }
        for path in paths {
            self.add_resource(&mut found, path, session)?;
        }
        Ok(found.resources.take())
    }

    /// Runs the transformers of the kustomization's fields, then its plugins.
    fn transform(&self, into: &mut Accumulated, session: &mut Session<'_>) -> Result<(), Error> {
        let fields =
            transformer::of_fields(&self.kustomization, &into.config, &self.loader, &self.file)?;
        let mut all: Vec<Configured> = fields
            .into_iter()
            .map(|(kind, transformer)| Configured {
                transformer,
                source: self.built_in_source(kind),
            })
            .collect();
        for plugin in self.plugins(&self.kustomization.transformers, session)? {
            all.push(Configured {
                transformer: plugin::transformer(&plugin, &self.loader)?,
                source: Source::of_plugin(&plugin),
            });
        }
        let custom = session.schemas.clone();
        let schemas = custom.as_deref().unwrap_or_else(|| schema::Schemas::built_in());
        transformer::run(&all, &mut into.resources, schemas)
    }

    /// Runs transformers that may not change anything.
    fn validate(&self, into: &mut Accumulated, session: &mut Session<'_>) -> Result<(), Error> {
        for plugin in self.plugins(&self.kustomization.validators, session)? {
            let configured = Configured {
                transformer: plugin::transformer(&plugin, &self.loader)?,
                source: None,
            };
            let custom = session.schemas.clone();
            let schemas = custom.as_deref().unwrap_or_else(|| schema::Schemas::built_in());
            let before: Vec<Node> =
                into.resources.as_slice().iter().map(|resource| resource.node.clone()).collect();
            transformer::run(&[configured], &mut into.resources, schemas)?;
            for resource in into.resources.as_mut_slice() {
                forget_validator(&mut resource.node);
            }
            let after = into.resources.as_slice();
            let is_same = before.len() == after.len()
                && before.iter().zip(after).all(|(before, after)| *before == after.node);
            if !is_same {
                let id = plugin.id();
                let reason = format!("validator {id} shouldn't modify the resource map");
                return Err(Error::step("validators", reason));
            }
        }
        Ok(())
    }
}

/// Validators may leave one label.
fn forget_validator(object: &mut Node) {
    if let Some(labels) = object.at_mut(&["metadata", "labels"]) {
        labels.remove("validated-by");
    }
}

fn mark(objects: &mut [Resource], source: &Source) -> Result<(), Error> {
    for resource in objects {
        source
            .mark_origin(&mut resource.node)
            .map_err(|reason| crate::transform::about(resource, "buildMetadata", reason))?;
    }
    Ok(())
}
