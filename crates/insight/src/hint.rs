//! What to do about a failure: one thing that can be done.

use cluster::{Cause, CauseKind};
use serde::Serialize;

use crate::Stage;
use crate::delivery::{DeliveryView, State};
use crate::explain::BundleName;
use crate::source::SourceView;

/// One thing to do, and the command that does it or shows more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Hint {
    /// What to do, lower case, without a period.
    pub text: String,
    /// A command to paste, if one helps.
    pub command: Option<String>,
}

impl Hint {
    fn new(text: impl Into<String>, command: Option<String>) -> Self {
        Self { text: text.into(), command }
    }
}

/// What is known when a hint is chosen.
pub(crate) struct Clues<'a> {
    pub(crate) delivery: &'a DeliveryView,
    pub(crate) source: Option<&'a SourceView>,
    pub(crate) cause: Option<&'a Cause>,
    /// What to go back to, when there is something.
    pub(crate) last_good: Option<&'a BundleName>,
    /// Whether the ledger knows the channel.
    pub(crate) has_ledger: bool,
}

/// Chooses the hint; `None` when nothing is to be done.
pub(crate) fn hint(clues: &Clues<'_>) -> Option<Hint> {
    let id = &clues.delivery.object;
    match (clues.delivery.state, clues.delivery.stage) {
        (State::Healthy | State::Unknown, _) => None,
        (State::Suspended, _) => {
            let resource = if id.kind == "Kustomization" { "kustomization" } else { "source oci" };
            let command = format!("flux resume {resource} {} -n {}", id.name, id.namespace);
            Some(Hint::new("switch it on again when you are ready", Some(command)))
        }
        (State::Waiting | State::Progressing, _) if clues.cause.is_none() => {
            let command = format!("wharf events --for {}/{} -n {}", id.kind, id.name, id.namespace);
            Some(Hint::new("nothing has failed yet; watch it", Some(command)))
        }
        (_, Some(Stage::Source)) => Some(at_source(clues)),
        (_, Some(Stage::Verify)) => Some(at_verify(clues)),
        (_, Some(Stage::Build)) => Some(at_build(clues)),
        (_, Some(Stage::Apply)) => Some(at_apply(clues)),
        _ => Some(at_rollout(clues)),
    }
}

fn at_source(clues: &Clues<'_>) -> Hint {
    let delivery = clues.delivery;
    let reference = clues.source.map(reference).unwrap_or_default();
    match delivery.reason.as_str() {
        "AuthenticationFailed" => Hint::new(
            format!(
                "give `{}` credentials that may pull: its `spec.secretRef` or `spec.serviceAccountName`",
                delivery.source
            ),
            Some(format!("wharf list {reference}")),
        ),
        "URLInvalid" | "InvalidPath" => {
            Hint::new(format!("correct `spec` of `{}`", delivery.source), None)
        }
        "ArtifactFailed" if delivery.message.contains("path not found") => Hint::new(
            format!("the bundle has no folder `{}`; see what it holds", delivery.path),
            Some(format!("wharf inspect {reference}")),
        ),
        "ArtifactFailed" if delivery.message.contains("does not exist") => {
            Hint::new(format!("create `{}`, or correct `spec.sourceRef`", delivery.source), None)
        }
        "AccessDenied" => Hint::new("move the source into the namespace of its user", None),
        _ => Hint::new(
            "see whether the registry answers and has the tag; it is tried again by itself",
            Some(format!("wharf list {reference}")),
        ),
    }
}

fn at_verify(clues: &Clues<'_>) -> Hint {
    let source = &clues.delivery.source;
    let text = format!(
        "sign the bundle as `{source}` demands, in the pipeline that pushes it, or correct `spec.verify`"
    );
    match rollback(clues) {
        Some((back, command)) => Hint::new(format!("{text}; until then, {back}"), Some(command)),
        None => Hint::new(text, None),
    }
}

fn at_build(clues: &Clues<'_>) -> Hint {
    let reference = clues.source.map(reference).unwrap_or_default();
    let path = clues.delivery.path.trim_start_matches("./");
    let folder = if path.is_empty() { "bundle".to_owned() } else { format!("bundle/{path}") };
    let command =
        format!("wharf pull {reference} --output bundle && wharf kustomize build {folder}");
    Hint::new("build it on your machine to see the same error", Some(command))
}

fn at_apply(clues: &Clues<'_>) -> Hint {
    let message = &clues.delivery.message;
    if message.contains("immutable") {
        let text = "the change cannot be made in place: mark the object `kustomize.toolkit.fluxcd.io/force: enabled` to have it replaced";
        return Hint::new(text, None);
    }
    if message.contains("is forbidden") {
        let text = "grant the right to the service account that applies, or leave the object out of the bundle";
        return Hint::new(text, None);
    }
    if message.contains("no matches for kind") {
        let text =
            "deliver the CustomResourceDefinition first: in the same bundle, or by `dependsOn`";
        return Hint::new(text, None);
    }
    match rollback(clues) {
        Some((text, command)) => Hint::new(text, Some(command)),
        None => Hint::new("correct the object that is refused and ship again", None),
    }
}

fn at_rollout(clues: &Clues<'_>) -> Hint {
    if let Some((text, command)) = rollback(clues) {
        return Hint::new(text, Some(command));
    }
    let Some(cause) = clues.cause else {
        let object = &clues.delivery.object;
        let command =
            format!("wharf events --for {}/{} -n {}", object.kind, object.name, object.namespace);
        return Hint::new("see what its objects report", Some(command));
    };
    let pod = &cause.object;
    let logs = cause.container.as_ref().map(|container| {
        format!("kubectl -n {} logs {} -c {container} --previous", pod.namespace, pod.name)
    });
    match cause.kind {
        CauseKind::CrashLoop | CauseKind::Crashed | CauseKind::LivenessFailing => {
            Hint::new("read what the process said last", logs)
        }
        CauseKind::ImageNotFound => Hint::new("push the image, or ship one that exists", None),
        CauseKind::PullSecretMissing | CauseKind::ImageRefused => {
            Hint::new(format!("create a pull secret in namespace `{}`", pod.namespace), None)
        }
        CauseKind::OutOfMemory => {
            Hint::new("raise the container's memory limit and ship again", None)
        }
        _ => {
            let kind = pod.kind.to_lowercase();
            let command = format!("kubectl -n {} describe {kind} {}", pod.namespace, pod.name);
            Hint::new("look at the object closely", Some(command))
        }
    }
}

/// The way back: a rollback where the ledger knows the channel, else a plain tag.
fn rollback(clues: &Clues<'_>) -> Option<(String, String)> {
    let source = clues.source.filter(|source| source.is_tag)?;
    let last_good = clues.last_good?;
    let command = if clues.has_ledger {
        format!("wharf rollback {} --reason \"…\"", reference(source))
    } else {
        format!("wharf tag {}@{} {}", source.url, last_good.digest, source.channel)
    };
    Some((format!("go back to {}", last_good.name()), command))
}

fn reference(source: &SourceView) -> String {
    let separator = if source.channel.contains(':') { '@' } else { ':' };
    format!("{}{separator}{}", source.url, source.channel)
}
