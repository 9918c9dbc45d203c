//! The parts that several pages share.

use insight::{DeliveryView, EnvironmentView, MoveView, Revision, StageView, State, age};
use jiff::Timestamp;

use crate::page::explain_path;
use crate::prose::{Piece, pieces};

/// What surrounds every page.
pub(crate) struct Frame {
    /// The time of observation, to the second.
    pub(crate) stamp: String,
    /// The page in the navigation: `overview`, `events`, or none of them.
    pub(crate) here: &'static str,
    /// Where the same answer is as JSON.
    pub(crate) json: Option<String>,
}

impl Frame {
    pub(crate) fn new(at: Timestamp, here: &'static str, json: Option<String>) -> Self {
        Self { stamp: at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string(), here, json }
    }
}

/// A point in time: for people, and exactly.
pub(crate) struct Moment {
    pub(crate) ago: String,
    pub(crate) exact: String,
}

impl Moment {
    pub(crate) fn new(now: Timestamp, then: Timestamp) -> Self {
        let exact = then.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        Self { ago: format!("{} ago", age(now, then)), exact }
    }
}

/// One stage of a rail.
pub(crate) struct Stop {
    pub(crate) name: &'static str,
    pub(crate) key: &'static str,
    pub(crate) sign: &'static str,
    pub(crate) word: &'static str,
}

pub(crate) fn rail(stages: &[StageView]) -> Vec<Stop> {
    let stop = |it: &StageView| Stop {
        name: it.stage.as_str(),
        key: it.state.key(),
        sign: it.state.sign(),
        word: it.state.word(),
    };
    stages.iter().map(stop).collect()
}

/// A line of a ledger.
pub(crate) struct Step {
    pub(crate) kind: &'static str,
    pub(crate) sign: &'static str,
    pub(crate) actor: String,
    pub(crate) deed: String,
    pub(crate) reason: String,
    pub(crate) when: Moment,
    pub(crate) from: Option<String>,
    pub(crate) to: String,
    pub(crate) digest: String,
    pub(crate) pipeline: Option<String>,
    pub(crate) link: Option<String>,
    pub(crate) commit: Option<String>,
    pub(crate) full_commit: String,
    pub(crate) is_move: bool,
    pub(crate) break_glass: bool,
}

impl Step {
    pub(crate) fn new(now: Timestamp, step: &MoveView) -> Self {
        Self {
            kind: step.kind.word(),
            sign: step.kind.sign(),
            actor: step.actor.clone(),
            deed: step.deed(),
            reason: step.reason.clone(),
            when: Moment::new(now, step.at),
            from: step.from_name().map(str::to_owned),
            to: step.to_name().to_owned(),
            digest: step.to.clone().unwrap_or_default(),
            pipeline: step.pipeline.clone(),
            link: step.pipeline_link().map(str::to_owned),
            commit: step.commit_name(),
            full_commit: step.commit.clone().unwrap_or_default(),
            is_move: step.kind.is_move(),
            break_glass: step.break_glass,
        }
    }
}

/// One app in one environment.
pub(crate) struct Cell {
    pub(crate) environment: String,
    pub(crate) state: &'static str,
    pub(crate) sign: &'static str,
    pub(crate) word: String,
    /// What runs: the version, else the short digest, else nothing.
    pub(crate) name: Option<String>,
    /// The short digest, where the name is not it.
    pub(crate) digest: Option<String>,
    /// How many deliveries there are, when this is only the first of them.
    pub(crate) others: Option<usize>,
    pub(crate) full_digest: String,
    /// The channel is already at this bundle, which does not run yet.
    pub(crate) pending: Option<String>,
    /// The verdict's address.
    pub(crate) path: Option<String>,
    pub(crate) rail: Vec<Stop>,
    pub(crate) headline: Vec<Piece>,
    pub(crate) step: Option<Step>,
    pub(crate) marks: Vec<String>,
    pub(crate) is_followed: bool,
    pub(crate) deliveries: Vec<Delivery>,
}

impl Cell {
    pub(crate) fn new(now: Timestamp, environment: &EnvironmentView) -> Self {
        let worst = environment.worst();
        let is_failing = environment.state == State::Failing;
        let stage = worst.and_then(|found| found.stage).filter(|_| is_failing);
        let word = match (stage, worst) {
            (Some(stage), _) => format!("{} at {stage}", environment.state),
            (None, None) => "not followed here".to_owned(),
            (None, Some(_)) => environment.state.to_string(),
        };
        let short = environment.short_digest().map(str::to_owned);
        Self {
            environment: environment.name.clone(),
            state: environment.state.word(),
            sign: if worst.is_some() { environment.state.sign() } else { "–" },
            word,
            name: environment.version().map(str::to_owned).or_else(|| short.clone()),
            digest: environment.version().and(short),
            others: Some(environment.deliveries.len()).filter(|count| *count > 1),
            full_digest: environment.digest().unwrap_or_default().to_owned(),
            pending: environment.pending().map(str::to_owned),
            path: worst.map(|found| object_path(&found.object)),
            rail: worst.map(|found| rail(&found.stages)).unwrap_or_default(),
            headline: worst.map(|found| pieces(&found.headline)).unwrap_or_default(),
            step: environment.channel.last_move.as_ref().map(|step| Step::new(now, step)),
            marks: environment.channel.marks(),
            is_followed: worst.is_some(),
            deliveries: environment.deliveries.iter().map(|it| Delivery::new(now, it)).collect(),
        }
    }
}

/// One Kustomization, or a source that nothing uses.
pub(crate) struct Delivery {
    pub(crate) object: String,
    pub(crate) path: String,
    pub(crate) state: &'static str,
    pub(crate) sign: &'static str,
    pub(crate) headline: Vec<Piece>,
    pub(crate) rail: Vec<Stop>,
    pub(crate) source: String,
    pub(crate) folder: String,
    pub(crate) objects: usize,
    pub(crate) origin: Option<String>,
    pub(crate) since: Option<Moment>,
}

impl Delivery {
    pub(crate) fn new(now: Timestamp, delivery: &DeliveryView) -> Self {
        let origin = delivery.origin_revision.as_deref().and_then(Revision::parse);
        Self {
            object: delivery.object.to_string(),
            path: object_path(&delivery.object),
            state: delivery.state.word(),
            sign: delivery.state.sign(),
            headline: pieces(&delivery.headline),
            rail: rail(&delivery.stages),
            source: delivery.source.to_string(),
            folder: delivery.path.clone(),
            objects: delivery.objects,
            origin: origin.map(|origin| origin.name()),
            since: delivery.since.map(|since| Moment::new(now, since)),
        }
    }
}

/// The address of the verdict on an object.
pub(crate) fn object_path(id: &insight::ObjectId) -> String {
    explain_path(&id.kind, &id.namespace, &id.name)
}
