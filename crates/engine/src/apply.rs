//! The Apply stage: carry out the plan, then delete what is stale.

use cluster::apply::Applied;
use cluster::delete::prune;
use plan::{Inventory, Plan};

use crate::drift;
use crate::error::Error;
use crate::kustomization::{Outcome, Request, Stages};

/// Applies a plan and prunes; what is owned afterwards is in `outcome`, also when a step fails.
///
/// # Errors
///
/// [`Error::Apply`] and [`Error::Prune`] name every object that failed.
pub(crate) async fn apply(
    stages: &Stages<'_>,
    plan: Plan,
    request: &Request,
    outcome: &mut Outcome,
) -> Result<Applied, Error> {
    stages.progress(&format!("Applying {} objects", plan.len())).await;
    let applied = match cluster::apply(&stages.cluster, &plan).await {
        Ok(applied) => applied,
        Err(failure) => {
            // What was reached is ours now, and what was ours before still is.
            outcome.inventory = Some(reached(request, &plan, &failure.applied));
            outcome.changes = failure.applied.changes.clone();
            return Err(Error::Apply(failure));
        }
    };
    outcome.changes = applied.changes.clone();
    drift::expect(stages.context, &request.key, &applied);
    let pruned = prune(&stages.cluster, &plan.prune, &plan.owner).await;
    outcome.changes.extend(pruned.changes.changes.iter().cloned());
    let mut inventory = plan.inventory.clone();
    for (id, version, _) in &pruned.failures {
        inventory.insert(id.clone(), version.clone());
    }
    outcome.inventory = Some(inventory);
    if pruned.failures.is_empty() {
        return Ok(applied);
    }
    let sentences: Vec<_> = pruned.failures.iter().map(|(_, _, said)| said.as_str()).collect();
    Err(Error::Prune { reason: sentences.join("\n") })
}

fn reached(request: &Request, plan: &Plan, applied: &Applied) -> Inventory {
    let mut inventory = request.previous.clone();
    let reached = applied.reached();
    for (id, version) in plan.inventory.iter().filter(|(id, _)| reached.contains(id)) {
        inventory.insert(id.clone(), version);
    }
    inventory
}
