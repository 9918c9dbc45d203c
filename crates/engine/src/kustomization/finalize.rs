//! The end of a Kustomization: the delivery of an empty set.

use std::sync::Arc;
use std::time::Duration;

use api::Kustomization;
use api::kustomization::DeletionPolicy;
use cluster::delete::{Pruned, prune, wait_until_gone};
use cluster::{Cluster, Resource};
use k8s_openapi::api::core::v1::ServiceAccount;
use plan::{Deletion, Plan};

use super::request::inventory;
use crate::build::Built;
use crate::context::Context;
use crate::error::Error;
use crate::next_visit::backoff;
use crate::object;
use crate::queue::Key;

use super::Request;
use super::report;

/// Deletes what the Kustomization owns, as its policy says, then lets it go.
///
/// Returns when to try again if something could not be deleted.
pub(super) async fn finalize(
    context: &Arc<Context>,
    key: &Key,
    kustomization: Kustomization,
) -> Option<Duration> {
    match deliver_nothing(context, &kustomization).await {
        Ok(()) => {
            context.kustomizations.count(key, false);
            context.expectations.forget(key);
            let gone =
                object::remove_finalizer(&context.cluster, &context.kustomizations, key).await;
            gone.is_err().then(|| backoff(1))
        }
        Err(error) => {
            let attempts = context.kustomizations.count(key, true);
            report::event(context, &kustomization, &error).await;
            Some(backoff(attempts))
        }
    }
}

async fn deliver_nothing(
    context: &Arc<Context>,
    kustomization: &Kustomization,
) -> Result<(), Error> {
    let spec = &kustomization.spec;
    let deletion = plan::on_owner_deletion(policy(spec.deletion_policy), spec.prune, spec.suspend);
    if deletion == Deletion::Keep || inventory(kustomization).is_empty() {
        return Ok(());
    }
    let mut request = Request::read_for_deletion(kustomization, &context.settings)?;
    let Some(cluster) = cluster_for(context, &request).await? else { return Ok(()) };
    request.spec.prune = true;
    let plan: Plan = request.plan(Built::default())?;
    // Nobody is to put back what is deleted now.
    context.expectations.forget(&request.key);
    let pruned = prune(&cluster, &plan.prune, &plan.owner).await;
    if !pruned.failures.is_empty() {
        let sentences: Vec<_> = pruned.failures.iter().map(|(_, _, said)| said.as_str()).collect();
        return Err(Error::Prune { reason: sentences.join("\n") });
    }
    if deletion == Deletion::DeleteAndWait {
        wait(context, &pruned, request.timeout).await;
    }
    Ok(())
}

/// The cluster as the account sees it; `None` when the account is gone, and with it the right to delete.
async fn cluster_for(context: &Context, request: &Request) -> Result<Option<Cluster>, Error> {
    let Some(account) = &request.account else { return Ok(Some(context.cluster.clone())) };
    let resource = Resource::of::<ServiceAccount>(true);
    if context.cluster.get(&resource, &request.key.0, account).await?.is_none() {
        tracing::warn!(account, "the account is gone; its objects stay");
        return Ok(None);
    }
    context.cluster_as(&request.key.0, account).map(Some)
}

/// Waits, no longer than the timeout in all, until everything is gone.
async fn wait(context: &Context, pruned: &Pruned, timeout: Duration) {
    let waits = pruned.going.iter().map(|(id, resource)| {
        wait_until_gone(&context.cluster, resource, (&id.namespace, &id.name), timeout)
    });
    futures::future::join_all(waits).await;
}

fn policy(policy: Option<DeletionPolicy>) -> plan::DeletionPolicy {
    match policy.unwrap_or_default() {
        DeletionPolicy::MirrorPrune => plan::DeletionPolicy::MirrorPrune,
        DeletionPolicy::Delete => plan::DeletionPolicy::Delete,
        DeletionPolicy::WaitForTermination => plan::DeletionPolicy::WaitForTermination,
        DeletionPolicy::Orphan => plan::DeletionPolicy::Orphan,
    }
}
