//! Finding out, without writing, what applying one object would do.

use kube::api::{Patch, PatchParams};
use plan::{Drift, Fields, IgnoreRule, Judgement, Object, ObjectId, Plan};
use serde_json::Value;

use crate::connect::Cluster;
use crate::error::Error;
use crate::mapping::Resource;

/// What is to be done with one object.
pub(super) struct Step {
    pub(super) id: ObjectId,
    pub(super) resource: Resource,
    pub(super) intent: Intent,
}

/// What is to be done.
pub(super) enum Intent {
    /// The object's marks say to leave it alone.
    Skip,
    /// The live object is as desired.
    Keep(Fields),
    /// The object is to be sent.
    Write(Box<WriteRequest>),
}

/// One write, fully decided.
pub(super) struct WriteRequest {
    pub(super) desired: Object,
    /// JSON patch operations that take fields over from earlier managers.
    pub(super) takeover: Vec<Value>,
    /// Whether the object exists.
    pub(super) exists: bool,
    /// Whether the object has to be deleted first, because a field of it cannot be changed.
    pub(super) recreate: bool,
}

/// The parameters of every apply.
pub(super) fn apply_params() -> PatchParams {
    PatchParams::apply(api::label::APPLY_MANAGER).force()
}

/// Reads, judges and dry-runs one object; the error is the whole sentence about it.
pub(super) async fn prepare(
    cluster: &Cluster,
    plan: &Plan,
    object: &Object,
) -> Result<Step, String> {
    let id = object.id();
    let sentence = |error: Error| dry_run_sentence(&id, &error);
    let resource = cluster.resource(object.api_version(), object.kind()).await.map_err(sentence)?;
    let namespace = object.namespace().unwrap_or_default();
    let live = cluster.get(&resource, namespace, object.name()).await.map_err(sentence)?;
    let intent = match plan::judge(object, live.as_ref()) {
        Judgement::Skip(_) => Intent::Skip,
        Judgement::Apply => intend(cluster, plan, (object, &resource), live).await?,
    };
    Ok(Step { id, resource, intent })
}

async fn intend(
    cluster: &Cluster,
    plan: &Plan,
    (object, resource): (&Object, &Resource),
    live: Option<Fields>,
) -> Result<Intent, String> {
    let mut desired = object.clone();
    let place = (object.namespace().unwrap_or_default(), object.name());
    let patch = Patch::Apply(desired.to_value());
    let dry_run = cluster.patch(resource, place, &apply_params().dry_run(), &patch).await;
    let is_forced = plan::is_forced(object, live.as_ref(), plan.force);
    let mut recreate = false;
    let drift = match (&dry_run, &live) {
        (Ok(dry_run), live) => {
            let ignored = IgnoreRule::pointers(&plan.ignore, object);
            if let (Some(live), false) = (live, ignored.is_empty()) {
                plan::respect_ignored(&mut desired, live, dry_run, &ignored);
            }
            plan::compare(live.as_ref(), dry_run, &ignored)
        }
        (Err(error), Some(_)) if is_forced && is_immutable(error) => {
            recreate = true;
            Drift::Created
        }
        (Err(error), _) => return Err(dry_run_sentence(&object.id(), error)),
    };
    let takeover = match &live {
        Some(live) if !plan::keeps_foreign_managers(object, Some(live)) && !recreate => {
            plan::takeover(live, &[])
        }
        _ => Vec::new(),
    };
    Ok(match (live, drift) {
        (Some(live), Drift::Unchanged) if takeover.is_empty() => Intent::Keep(live),
        (live, _) => {
            let exists = live.is_some();
            Intent::Write(Box::new(WriteRequest { desired, takeover, exists, recreate }))
        }
    })
}

fn is_immutable(error: &Error) -> bool {
    match error {
        Error::Refused { code, reason, message } => {
            plan::is_immutable_refusal(*code, reason, message)
        }
        _ => false,
    }
}

/// The sentence for an object that the API server would not take, in Flux's words.
fn dry_run_sentence(id: &ObjectId, error: &Error) -> String {
    match error {
        Error::NoNamespace => format!("{id} namespace not specified"),
        Error::Refused { code: 404, message, .. } => format!("{id} not found: {message}"),
        _ if error.reason().is_empty() || matches!(error, Error::UnknownKind { .. }) => {
            format!("{id} dry-run failed: {error}")
        }
        _ => format!("{id} dry-run failed ({}): {error}", error.reason()),
    }
}
