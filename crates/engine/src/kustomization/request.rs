//! What a Kustomization asks for, read and checked.

use std::time::Duration;

use api::Kustomization;
use api::KustomizationSpec;
use manifest::ObjectId;
use plan::{CommonMetadata, IgnoreRule, Inventory, Owner, Plan, Selector};

use crate::build::Built;
use crate::error::Error;
use crate::queue::Key;
use crate::settings::Settings;

/// One delivery that is asked for.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    /// The Kustomization.
    pub(crate) key: Key,
    /// Its spec.
    pub(crate) spec: KustomizationSpec,
    /// Namespace and name of its source.
    pub(crate) source: Key,
    /// How long apply and health checks may take.
    pub(crate) timeout: Duration,
    /// The ServiceAccount on whose behalf objects are applied.
    pub(crate) account: Option<String>,
    /// What earlier deliveries left.
    pub(crate) previous: Inventory,
    ignore: Vec<IgnoreRule>,
}

impl Request {
    /// Reads a Kustomization.
    ///
    /// # Errors
    ///
    /// [`Error::Unsupported`] for fields that this engine does not fulfil, [`Error::Access`] for
    /// references that are not allowed, [`Error::Build`] for rules that cannot be read.
    pub(crate) fn read(kustomization: &Kustomization, settings: &Settings) -> Result<Self, Error> {
        let spec = kustomization.spec.clone();
        let metadata = &kustomization.metadata;
        let namespace = metadata.namespace.clone().unwrap_or_default();
        refuse_unsupported(&spec)?;
        let source_namespace =
            spec.source_ref.namespace.clone().unwrap_or_else(|| namespace.clone());
        if settings.no_cross_namespace_references && source_namespace != namespace {
            let source = &spec.source_ref;
            let reason = format!(
                "can't access '{}/{source_namespace}/{}', cross-namespace references have been blocked",
                source.kind, source.name
            );
            return Err(Error::Access { reason });
        }
        let build = |reason: String| Error::Build { reason };
        let ignore = spec.ignore.iter().map(ignore_rule).collect::<Result<_, _>>();
        Ok(Self {
            key: (namespace, metadata.name.clone().unwrap_or_default()),
            source: (source_namespace, spec.source_ref.name.clone()),
            timeout: timeout(&spec, settings.minimum_timeout),
            account: spec
                .service_account_name
                .clone()
                .or_else(|| settings.default_service_account.clone()),
            previous: inventory(kustomization),
            ignore: ignore.map_err(|error: plan::Error| build(error.to_string()))?,
            spec,
        })
    }

    /// Reads a Kustomization that is going: what shapes a build no longer matters.
    ///
    /// # Errors
    ///
    /// [`Error::Unsupported`] when the objects are in another cluster.
    pub(crate) fn read_for_deletion(
        kustomization: &Kustomization,
        settings: &Settings,
    ) -> Result<Self, Error> {
        let mut bare = kustomization.clone();
        bare.spec.decryption = None;
        bare.spec.health_check_exprs.clear();
        bare.spec.depends_on.clear();
        bare.spec.ignore.clear();
        bare.spec.source_ref.namespace = None;
        Self::read(&bare, settings)
    }

    /// Whose objects these are.
    pub(crate) fn owner(&self) -> Owner {
        Owner { name: self.key.1.clone(), namespace: self.key.0.clone() }
    }

    /// What to say while the delivery begins.
    pub(crate) fn fetching(&self, revision: &str) -> String {
        let timeout = api::Interval(self.timeout);
        format!("Fetching manifests for revision {revision} with a timeout of {timeout}")
    }

    /// Plans the delivery of built objects.
    ///
    /// # Errors
    ///
    /// [`Error::Build`] for objects that cannot be addressed or occur twice.
    pub(crate) fn plan(&self, built: Built) -> Result<Plan, Error> {
        let mut request = plan::Request::new(self.owner());
        let common = self.spec.common_metadata.clone().unwrap_or_default();
        request.common = CommonMetadata {
            labels: common.labels.unwrap_or_default(),
            annotations: common.annotations.unwrap_or_default(),
        };
        request.ignore.clone_from(&self.ignore);
        request.force = self.spec.force;
        request.prune = self.spec.prune;
        request.previous = self.previous.clone();
        plan::plan(built.objects, request)
            .map_err(|error| Error::Build { reason: error.to_string() })
    }

    /// The Kustomization's own id, which it never waits for.
    pub(crate) fn own_id(&self) -> ObjectId {
        ObjectId {
            group: api::label::KUSTOMIZE_GROUP.to_owned(),
            kind: "Kustomization".to_owned(),
            namespace: self.key.0.clone(),
            name: self.key.1.clone(),
        }
    }
}

/// Names the first field that this engine does not fulfil; passing it over would deliver another thing
/// than was asked for.
fn refuse_unsupported(spec: &KustomizationSpec) -> Result<(), Error> {
    let expression = spec.depends_on.iter().any(|dependency| dependency.ready_expr.is_some());
    let fields = [
        (spec.decryption.is_some(), "spec.decryption"),
        (spec.kube_config.is_some(), "spec.kubeConfig"),
        (!spec.health_check_exprs.is_empty(), "spec.healthCheckExprs"),
        (expression, "spec.dependsOn[].readyExpr"),
    ];
    match fields.into_iter().find(|(is_used, _)| *is_used) {
        Some((_, field)) => Err(Error::Unsupported { field: field.to_owned() }),
        None => Ok(()),
    }
}

/// `spec.timeout`, else the interval less 30 s; never below the minimum.
fn timeout(spec: &KustomizationSpec, minimum: Duration) -> Duration {
    let asked = spec.timeout.map_or_else(
        || spec.interval.0.saturating_sub(Duration::from_secs(30)),
        |timeout| timeout.0,
    );
    asked.max(minimum)
}

/// What the status says is owned; entries that cannot be read are passed over, since nobody can delete them.
pub(crate) fn inventory(kustomization: &Kustomization) -> Inventory {
    let status = kustomization.status.as_ref();
    let entries =
        status.and_then(|status| status.inventory.as_ref()).map(|all| all.entries.as_slice());
    entries
        .unwrap_or_default()
        .iter()
        .filter_map(|entry| Some((plan::parse_inventory_id(&entry.id).ok()?, entry.v.clone())))
        .collect()
}

fn ignore_rule(rule: &api::kustomization::IgnoreRule) -> Result<IgnoreRule, plan::Error> {
    let target = rule.target.as_ref().map(|target| {
        let text = |field: &Option<String>| field.clone().unwrap_or_default();
        Selector {
            group: text(&target.group),
            version: text(&target.version),
            kind: text(&target.kind),
            namespace: text(&target.namespace),
            name: text(&target.name),
            label_selector: text(&target.label_selector),
            annotation_selector: text(&target.annotation_selector),
        }
    });
    IgnoreRule::parse(rule.paths.clone(), target.as_ref())
}
