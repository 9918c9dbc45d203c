//! The whole plan of one delivery.

use std::collections::BTreeSet;

use manifest::{Object, ObjectId};

use crate::error::Error;
use crate::ignore::IgnoreRule;
use crate::inventory::Inventory;
use crate::normalize::{CommonMetadata, Owner, normalize};
use crate::order::{Wave, waves};

/// Everything about a delivery that is not the objects themselves.
#[derive(Debug, Clone)]
pub struct Request {
    /// The Kustomization that delivers.
    pub owner: Owner,
    /// Labels and annotations for every object.
    pub common: CommonMetadata,
    /// `(group, kind)` pairs that get a wave of their own.
    pub custom_wave: BTreeSet<(String, String)>,
    /// Fields that others may change without causing a correction.
    pub ignore: Vec<IgnoreRule>,
    /// Recreate objects whose change the API server refuses as immutable (`spec.force`).
    pub force: bool,
    /// Delete what is no longer delivered (`spec.prune`).
    pub prune: bool,
    /// What the last delivery left.
    pub previous: Inventory,
}

impl Request {
    /// Starts a request of `owner` that prunes, forces nothing and follows no earlier delivery.
    pub fn new(owner: Owner) -> Self {
        Self {
            owner,
            common: CommonMetadata::default(),
            custom_wave: BTreeSet::new(),
            ignore: Vec::new(),
            force: false,
            prune: true,
            previous: Inventory::default(),
        }
    }
}

/// What is to be done, in order: each wave, then the deletions.
///
/// Whether an object really has to be sent is decided wave by wave, because a dry run of one wave
/// may need the objects of the wave before: [`crate::judge`] before the dry run,
/// [`crate::compare`] after it. A deletion is decided by [`crate::may_delete`] on the live object.
#[derive(Debug, Clone)]
pub struct Plan {
    /// On whose behalf.
    pub owner: Owner,
    /// Waves in order; normalised objects in apply order.
    pub waves: Vec<Wave>,
    /// Stale objects with their API version (without group), in the order to delete them; empty
    /// when pruning is off.
    pub prune: Vec<(ObjectId, String)>,
    /// What the status must remember when the plan has been carried out.
    pub inventory: Inventory,
    /// Fields that others may change.
    pub ignore: Vec<IgnoreRule>,
    /// Whether objects may be recreated.
    pub force: bool,
}

impl Plan {
    /// Iterates over the objects of all waves, in apply order.
    pub fn objects(&self) -> impl Iterator<Item = &Object> {
        self.waves.iter().flat_map(|wave| &wave.objects)
    }

    /// Counts the objects of all waves.
    pub fn len(&self) -> usize {
        self.waves.iter().map(|wave| wave.objects.len()).sum()
    }

    /// Tells whether there is neither an object to apply nor one to delete.
    pub fn is_empty(&self) -> bool {
        self.waves.is_empty() && self.prune.is_empty()
    }
}

/// Plans a delivery: `desired` becomes waves, and what `request.previous` has beyond it is stale.
///
/// An empty `desired` is a valid plan: it deletes everything that the last delivery left.
///
/// # Errors
///
/// Those of [`normalize`], and [`Error::Duplicate`] when two objects have the same id.
pub fn plan(desired: Vec<Object>, request: Request) -> Result<Plan, Error> {
    let objects = normalize(desired, &request.owner, &request.common)?;
    refuse_duplicates(&objects)?;
    let inventory = Inventory::of(&objects);
    let prune = if request.prune { request.previous.stale(&inventory) } else { Vec::new() };
    Ok(Plan {
        owner: request.owner,
        waves: waves(objects, &request.custom_wave),
        prune,
        inventory,
        ignore: request.ignore,
        force: request.force,
    })
}

fn refuse_duplicates(objects: &[Object]) -> Result<(), Error> {
    let mut seen = BTreeSet::new();
    for object in objects {
        let id = object.id();
        if seen.contains(&id) {
            return Err(Error::Duplicate { object: id });
        }
        seen.insert(id);
    }
    Ok(())
}
