//! Sending one object.

use std::time::Duration;

use kube::api::{Patch, PatchParams};
use plan::{Action, Fields, ObjectId};
use serde_json::Value;

use super::prepare::{WriteRequest, apply_params};
use crate::connect::Cluster;
use crate::delete::wait_until_gone;
use crate::error::Error;
use crate::mapping::Resource;

/// How long a deleted object may take to go before it is made anew.
const GONE: Duration = Duration::from_mins(1);

/// Takes over, deletes first where that is needed, applies; the error is the whole sentence.
pub(super) async fn write(
    cluster: &Cluster,
    id: &ObjectId,
    resource: &Resource,
    request: WriteRequest,
) -> Result<(Action, Fields), String> {
    let sentence = |error: Error| match error.reason() {
        "" => format!("{id} apply failed: {error}"),
        reason => format!("{id} apply failed ({reason}): {error}"),
    };
    let place = (id.namespace.as_str(), id.name.as_str());
    if request.recreate {
        cluster.delete(resource, place.0, place.1).await.map_err(sentence)?;
        if !wait_until_gone(cluster, resource, place, GONE).await {
            return Err(format!(
                "{id} apply failed: it was deleted to be made anew and is not gone"
            ));
        }
    }
    if !request.takeover.is_empty() {
        take_over(cluster, resource, place, request.takeover).await.map_err(sentence)?;
    }
    let patch = Patch::Apply(request.desired.to_value());
    let live = cluster.patch(resource, place, &apply_params(), &patch).await.map_err(sentence)?;
    let is_new = !request.exists || request.recreate;
    Ok((if is_new { Action::Created } else { Action::Configured }, live))
}

/// Makes fields of earlier managers ours.
async fn take_over(
    cluster: &Cluster,
    resource: &Resource,
    place: (&str, &str),
    operations: Vec<Value>,
) -> Result<(), Error> {
    let unreadable = |error: serde_json::Error| Error::Garbage {
        request: "the take-over of fields".to_owned(),
        reason: error.to_string(),
    };
    let patch = serde_json::from_value(Value::Array(operations)).map_err(unreadable)?;
    let params = PatchParams {
        field_manager: Some(api::label::APPLY_MANAGER.to_owned()),
        ..PatchParams::default()
    };
    cluster.patch(resource, place, &params, &Patch::Json(patch)).await.map(drop)
}
