//! The definitions that an API server stores and validates by.

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{
    CustomResourceDefinition, JSON, JSONSchemaProps, ValidationRule,
};
use kube::CustomResourceExt as _;
use serde_json::json;

use crate::{
    external_artifact::ExternalArtifact, kustomization::Kustomization, label,
    oci_repository::OCIRepository, receiver::Receiver,
};

/// Makes the definitions of all kinds that wharf serves, in the order of their names.
///
/// They carry Flux's defaults, patterns, columns and short names, a status that starts as
/// `observedGeneration: -1`, and the annotation that keeps variables in them from being replaced.
pub fn crds() -> Vec<CustomResourceDefinition> {
    let mut all =
        [ExternalArtifact::crd(), Kustomization::crd(), OCIRepository::crd(), Receiver::crd()];
    for crd in &mut all {
        finish(crd);
    }
    all.into()
}

/// Adds what the derive cannot express.
fn finish(crd: &mut CustomResourceDefinition) {
    let annotations = crd.metadata.annotations.get_or_insert_default();
    annotations.insert(label::SUBSTITUTE.to_owned(), "disabled".to_owned());
    let singular = crd.spec.names.kind.to_lowercase();
    crd.spec.names.singular.get_or_insert(singular);
    let kind = crd.spec.names.kind.clone();
    for version in &mut crd.spec.versions {
        let schema = version.schema.as_mut().and_then(|schema| schema.open_api_v3_schema.as_mut());
        let Some(properties) = schema.and_then(|schema| schema.properties.as_mut()) else {
            continue;
        };
        if let Some(status) = properties.get_mut("status")
            && kind != "ExternalArtifact"
        {
            status.default = Some(JSON(json!({ "observedGeneration": -1 })));
        }
        if let Some(spec) = properties.get_mut("spec") {
            add_rules(&kind, spec);
        }
    }
}

/// The rules across fields that Flux states in CEL.
fn add_rules(kind: &str, spec: &mut JSONSchemaProps) {
    let rule = |rule: &str, message: &str| ValidationRule {
        rule: rule.to_owned(),
        message: Some(message.to_owned()),
        ..ValidationRule::default()
    };
    if kind == "Receiver" {
        spec.x_kubernetes_validations = Some(vec![
            rule(
                "self.type == 'generic-oidc' || has(self.secretRef)",
                "spec.secretRef is required unless spec.type is 'generic-oidc'",
            ),
            rule(
                "self.type != 'generic-oidc' || !has(self.secretRef)",
                "spec.secretRef must not be set if spec.type is 'generic-oidc'",
            ),
        ]);
    }
    let kube_config = spec.properties.as_mut().and_then(|all| all.get_mut("kubeConfig"));
    if let Some(kube_config) = kube_config {
        kube_config.x_kubernetes_validations = Some(vec![rule(
            "has(self.configMapRef) != has(self.secretRef)",
            "exactly one of spec.kubeConfig.secretRef or spec.kubeConfig.configMapRef must be specified",
        )]);
    }
}

#[cfg(test)]
mod tests;
