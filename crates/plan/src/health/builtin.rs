//! The kstatus rules of built-in kinds that run nothing.

use super::{Health, conditions};
use crate::fields::{Fields, text};

pub(super) fn volume_claim(object: &Fields) -> Health {
    match text(object, &["status", "phase"]) {
        "Bound" => Health::current("PVC is Bound"),
        phase => {
            let phase = if phase.is_empty() { "unknown" } else { phase };
            Health::in_progress("NotBound", format!("PVC is not Bound. phase: {phase}"))
        }
    }
}

pub(super) fn service(object: &Fields) -> Health {
    let is_balanced = text(object, &["spec", "type"]) == "LoadBalancer";
    if is_balanced && text(object, &["spec", "clusterIP"]).is_empty() {
        let message = "ClusterIP not set. Service type: LoadBalancer";
        return Health::in_progress("NoIPAssigned", message);
    }
    Health::current("Service is ready")
}

pub(super) fn definition(object: &Fields) -> Health {
    for condition in conditions(object) {
        match (condition.kind, condition.status) {
            ("NamesAccepted", "False") => {
                return Health::failed(condition.reason, condition.message);
            }
            ("Established", "False") if condition.reason != "Installing" => {
                return Health::failed(condition.reason, condition.message);
            }
            ("Established", "True") => return Health::current("CRD is established"),
            _ => {}
        }
    }
    Health::in_progress("Installing", "Install in progress")
}
