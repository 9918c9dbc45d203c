//! One verdict on one object: where its delivery stopped, why, who moved it there, what to do.

use cluster::{Cause, Evidence, Fields, Health, HealthStatus, ObjectId, cause, health_at};
use jiff::Timestamp;
use serde::Serialize;

use crate::Stage;
use crate::age::age;
use crate::channel::{ChannelView, MoveView};
use crate::delivery::{DeliveryView, State, successes, version_of};
use crate::error::Error;
use crate::fields::{id_of, number, text};
use crate::happening::{EventView, read_all};
use crate::hint::{Clues, Hint, hint};
use crate::rail::StageView;
use crate::redact::redact;
use crate::revision::Revision;
use crate::source::SourceView;
use crate::status::{channel_view, deliveries_of};
use crate::table::Table;
use crate::world::{Scene, Target, World};

/// The longest list of events that a verdict carries.
const EVENT_LIMIT: usize = 8;

/// The verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExplainView {
    /// When it was observed.
    pub at: Timestamp,
    /// The object that was asked about, `Kind/namespace/name`.
    pub object: String,
    /// The verdict in one sentence.
    pub verdict: String,
    /// How the delivery is.
    pub state: State,
    /// The stage at which it stopped or is.
    pub stage: Option<Stage>,
    /// All five stages.
    pub stages: Vec<StageView>,
    /// The first cause that the workloads show.
    pub cause: Option<CauseView>,
    /// The reason of the deciding condition.
    pub reason: String,
    /// The message of the deciding condition.
    pub message: String,
    /// Since when.
    pub since: Option<Timestamp>,
    /// What is not as asked, worst first.
    pub unhealthy: Vec<ObjectHealth>,
    /// The delivery behind the object.
    pub delivery: DeliveryView,
    /// The channel that it follows.
    pub channel: Option<ChannelView>,
    /// The bundle in question: what was tried, or is offered.
    pub bundle: Option<BundleName>,
    /// The last bundle that was applied with success and is not the one in question.
    pub last_good: Option<BundleName>,
    /// The move that brought the bundle in question.
    pub mover: Option<MoveView>,
    /// What is true in the cluster now.
    pub now: String,
    /// What to do.
    pub hint: Option<Hint>,
    /// The newest events about the delivery and its failing objects.
    pub events: Vec<EventView>,
    /// What could not be read.
    pub trouble: Vec<String>,
}

/// A cause with its sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CauseView {
    /// What and where, in one sentence.
    pub sentence: String,
    /// Everything known of it.
    #[serde(flatten)]
    pub cause: Cause,
}

/// An object and how healthy it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ObjectHealth {
    /// `Kind/namespace/name`.
    pub object: String,
    /// `InProgress`, `Failed`, `NotFound` …
    pub status: HealthStatus,
    /// Why.
    pub message: String,
}

/// A bundle by all its names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BundleName {
    /// `sha256:…`.
    pub digest: String,
    /// Its version tag.
    pub version: Option<String>,
    /// When it was last applied with success.
    pub at: Option<Timestamp>,
}

impl BundleName {
    /// The version, or the short digest.
    pub fn name(&self) -> &str {
        self.version.as_deref().unwrap_or_else(|| self.short())
    }

    /// The first twelve characters of the digest.
    pub fn short(&self) -> &str {
        crate::revision::short(&self.digest)
    }
}

/// Explains an object: a Kustomization, a source, or something that a Kustomization delivered.
///
/// `kustomization` is the one behind the object, when there is one; `scene` shows its surroundings
/// (an empty scene gives a verdict from conditions alone).
///
/// # Errors
///
/// [`Error::NotFound`] when neither a Kustomization nor a source is behind the target.
pub fn explain(
    world: &World,
    target: &Target,
    kustomization: Option<&Fields>,
    scene: &Scene,
) -> Result<ExplainView, Error> {
    let not_found = || Error::NotFound { object: target.to_string() };
    let source_object = match kustomization {
        Some(kustomization) => world.source_of(kustomization),
        None => world.source(&target.kind, &target.namespace, &target.name),
    };
    let source = source_object.map(SourceView::read);
    let delivery = match (kustomization, &source) {
        (Some(kustomization), source) => {
            DeliveryView::read(kustomization, source.as_ref(), &versions(world, source.as_ref()))
        }
        (None, Some(source)) => {
            deliveries_of(world, source).into_iter().next().ok_or_else(not_found)?
        }
        (None, None) => return Err(not_found()),
    };
    Ok(Case { world, target, kustomization, scene, source, delivery }.verdict())
}

fn versions<'a>(
    world: &'a World,
    source: Option<&'a SourceView>,
) -> impl Fn(&str) -> Option<String> + 'a {
    move |digest| {
        let source = source?;
        let ledger = world.ledgers.get(&source.repository);
        version_of(ledger.map(|ledger| &ledger.versions), source, digest)
    }
}

/// Everything that a verdict is drawn from.
struct Case<'a> {
    world: &'a World,
    target: &'a Target,
    kustomization: Option<&'a Fields>,
    scene: &'a Scene,
    source: Option<SourceView>,
    delivery: DeliveryView,
}

impl Case<'_> {
    fn verdict(mut self) -> ExplainView {
        let unhealthy = self.unhealthy();
        let cause = self.first_cause(&unhealthy);
        self.focus(&unhealthy);
        let bundle = self.bundle();
        let last_good = self.last_good(bundle.as_ref());
        let channel = self.source.as_ref().map(|source| {
            let own = std::slice::from_ref(source);
            channel_view(self.world, &source.repository, &source.channel, own)
        });
        let hint = hint(&Clues {
            delivery: &self.delivery,
            source: self.source.as_ref(),
            cause: cause.as_ref().map(|cause| &cause.cause),
            last_good: last_good.as_ref(),
            has_ledger: self.ledger_channel().is_some(),
        });
        ExplainView {
            at: self.world.now,
            object: self.target.to_string(),
            verdict: self.sentence(bundle.as_ref(), cause.as_ref()),
            now: self.now(bundle.as_ref(), last_good.as_ref()),
            mover: self.mover(bundle.as_ref()),
            events: self.events(&unhealthy, cause.as_ref()),
            since: cause.as_ref().and_then(|cause| cause.cause.since).or(self.delivery.since),
            unhealthy: unhealthy.into_iter().map(ObjectHealth::from).collect(),
            state: self.delivery.state,
            stage: self.delivery.stage,
            stages: self.delivery.stages.clone(),
            reason: self.delivery.reason.clone(),
            message: self.delivery.message.clone(),
            delivery: self.delivery,
            cause,
            channel,
            bundle,
            last_good,
            hint,
            trouble: self.world.trouble.clone(),
        }
    }

    /// The delivered objects that are not as asked, worst first; when something delivered was asked
    /// about, only that.
    fn unhealthy(&self) -> Vec<(ObjectId, Health)> {
        let is_target = |id: &ObjectId| id.kind == self.target.kind && id.name == self.target.name;
        let ids = self.scene.objects.iter().map(id_of);
        let is_narrow = ids.chain(self.scene.missing.iter().cloned()).any(|id| is_target(&id));
        let is_wanted = |id: &ObjectId| !is_narrow || is_target(id);
        let live = self
            .scene
            .objects
            .iter()
            .map(|object| (id_of(object), health_at(object, self.world.now)));
        let missing = self.scene.missing.iter().map(|id| (id.clone(), Health::not_found()));
        let mut found: Vec<_> = live
            .chain(missing)
            .filter(|(id, health)| !health.is_current() && is_wanted(id))
            .collect();
        let severity = |status: HealthStatus| match status {
            HealthStatus::Failed => 0,
            HealthStatus::NotFound => 1,
            HealthStatus::InProgress => 2,
            _ => 3,
        };
        found.sort_by_key(|(id, health)| (severity(health.status), id.clone()));
        found
    }

    fn first_cause(&self, unhealthy: &[(ObjectId, Health)]) -> Option<CauseView> {
        let of = |id: &ObjectId| {
            let workload = self.scene.objects.iter().find(|object| id_of(object) == *id)?;
            let (related, events) = (&self.scene.related[..], &self.scene.events[..]);
            cause(&Evidence { workload, related, events })
        };
        let mut cause =
            unhealthy.iter().filter_map(|(id, _)| of(id)).min_by_key(|cause| cause.kind)?;
        cause.message = redact(&cause.message);
        Some(CauseView { sentence: redact(&cause.sentence()), cause })
    }

    /// A delivered object may be ill although its delivery reports nothing (no `wait`, or later).
    fn focus(&mut self, unhealthy: &[(ObjectId, Health)]) {
        let Some((id, worst)) = unhealthy.first() else { return };
        if self.delivery.state == State::Healthy {
            let is_failed = matches!(worst.status, HealthStatus::Failed | HealthStatus::NotFound);
            self.delivery.state = if is_failed { State::Failing } else { State::Progressing };
            self.delivery.stage = Some(Stage::Rollout);
            self.delivery.reason.clone_from(&worst.reason);
            self.delivery.message = redact(&format!("{id}: {}", worst.message));
            for view in self.delivery.stages.iter_mut().filter(|it| it.stage == Stage::Rollout) {
                view.state = match self.delivery.state {
                    State::Failing => crate::StageState::Failed,
                    _ => crate::StageState::Running,
                };
            }
        }
    }

    fn bundle(&self) -> Option<BundleName> {
        let delivery = &self.delivery;
        let is_new =
            |digest: &str| delivery.applied.as_ref().is_none_or(|applied| applied.digest != digest);
        // A bundle that cannot be fetched or verified is known from its channel at best.
        if delivery.state == State::Failing && delivery.stage < Some(Stage::Build) {
            let moved = self.ledger_channel().and_then(|channel| channel.digest.as_deref());
            let offered = delivery.offered.as_ref().map(|offered| offered.digest.as_str());
            let digest = moved.or(offered).filter(|digest| is_new(digest))?;
            return Some(self.name(digest, None));
        }
        let (first, second) = match delivery.state {
            State::Progressing | State::Waiting => (&delivery.offered, &delivery.attempted),
            _ => (&delivery.attempted, &delivery.offered),
        };
        let revision = first.as_ref().or(second.as_ref()).or(delivery.applied.as_ref())?;
        Some(self.name(&revision.digest, None))
    }

    fn ledger_channel(&self) -> Option<&crate::world::Channel> {
        let source = self.source.as_ref()?;
        self.world.ledgers.get(&source.repository)?.channels.get(&source.channel)
    }

    fn name(&self, digest: &str, at: Option<Timestamp>) -> BundleName {
        BundleName {
            digest: digest.to_owned(),
            version: versions(self.world, self.source.as_ref())(digest),
            at,
        }
    }

    fn last_good(&self, bundle: Option<&BundleName>) -> Option<BundleName> {
        // A fetch or a signature that fails leaves the applied bundle itself the last good one.
        let is_upstream = self.delivery.state == State::Failing
            && self.delivery.stage < Some(Stage::Build)
            && self.delivery.applied.is_some();
        let is_candidate = |revision: &Revision| {
            is_upstream || bundle.is_none_or(|bundle| bundle.digest != revision.digest)
        };
        let (revision, at) = successes(self.kustomization?)
            .into_iter()
            .find(|(revision, _)| is_candidate(revision))?;
        Some(self.name(&revision.digest, at))
    }

    fn mover(&self, bundle: Option<&BundleName>) -> Option<MoveView> {
        let channel = self.ledger_channel()?;
        let brought = |step: &&MoveView| {
            bundle.is_some_and(|bundle| step.to.as_deref() == Some(&bundle.digest))
        };
        let moves = || channel.moves.iter().filter(|step| step.kind.is_move());
        // A bundle that no recorded move brought came by another tool: nobody's name belongs to it.
        if bundle.is_some() { moves().find(brought) } else { moves().next() }.cloned()
    }

    fn sentence(&self, bundle: Option<&BundleName>, cause: Option<&CauseView>) -> String {
        let who = &self.target;
        let what = bundle.map(|bundle| format!(" {}", bundle.name())).unwrap_or_default();
        let why = cause.map_or_else(|| self.condition(), |cause| cause.sentence.clone());
        let since = self.delivery.since.map(|since| age(self.world.now, since));
        match (self.delivery.state, self.delivery.stage) {
            (State::Failing, Some(stage)) => format!("`{who}`{what} fails at {stage}: {why}"),
            (State::Progressing, Some(stage)) if cause.is_some() => {
                format!("`{who}`{what} is at {stage} and does not get on: {why}")
            }
            (State::Progressing, Some(stage)) => {
                let long = since.map(|since| format!(", for {since}")).unwrap_or_default();
                format!("`{who}`{what} is at {stage}{long}")
            }
            (State::Waiting, _) => format!("`{who}` waits: {why}"),
            (State::Suspended, _) => format!("`{who}` is suspended: nothing new is applied"),
            _ => {
                let long = since.map(|since| format!(", for {since}")).unwrap_or_default();
                format!("`{who}`{what} is healthy{long}")
            }
        }
    }

    /// The first line of the deciding condition.
    fn condition(&self) -> String {
        let line = self.delivery.message.lines().next().unwrap_or_default().trim();
        if line.is_empty() { self.delivery.reason.clone() } else { crate::revision::shorten(line) }
    }

    fn now(&self, bundle: Option<&BundleName>, last_good: Option<&BundleName>) -> String {
        let this = bundle.map_or("the bundle", BundleName::name);
        let runs = last_good.map_or("nothing is applied yet".to_owned(), |good| {
            format!("the cluster still has {} as applied before", good.name())
        });
        match (self.delivery.state, self.delivery.stage) {
            (State::Healthy, _) => {
                let count = self.delivery.objects;
                match count {
                    1 => format!("{this} is applied; its object is as asked"),
                    _ => format!("{this} is applied; its {count} objects are as asked"),
                }
            }
            (_, Some(Stage::Rollout)) => {
                let serving = self.serving();
                format!("{this} is applied{serving}")
            }
            (State::Failing, Some(Stage::Apply)) => {
                format!("{this} is applied in part or not at all; {runs}")
            }
            (State::Suspended, _) => "the cluster stays as it is".to_owned(),
            _ => runs,
        }
    }

    /// How many replicas still serve, of the Deployments that are not as asked.
    fn serving(&self) -> String {
        let unhealthy = self.unhealthy();
        let counts = self.scene.objects.iter().filter(|object| {
            text(object, &["kind"]) == "Deployment"
                && unhealthy.iter().any(|(id, _)| *id == id_of(object))
        });
        let parts: Vec<String> = counts
            .map(|object| {
                let available = number(object, &["status", "availableReplicas"]).unwrap_or(0);
                let wanted = number(object, &["spec", "replicas"]).unwrap_or(1);
                format!("`{}` has {available} of {wanted} replicas available", id_of(object))
            })
            .collect();
        if parts.is_empty() { String::new() } else { format!("; {}", parts.join(", ")) }
    }

    fn events(
        &self,
        unhealthy: &[(ObjectId, Health)],
        cause: Option<&CauseView>,
    ) -> Vec<EventView> {
        let delivery = [&self.delivery.object, &self.delivery.source];
        let failing = unhealthy.iter().map(|(id, _)| id);
        let wanted: Vec<&ObjectId> = delivery
            .into_iter()
            .chain(failing)
            .chain(cause.map(|cause| &cause.cause.object))
            .collect();
        let is_wanted = |event: &EventView| {
            wanted.iter().any(|id| {
                id.kind == event.object.kind
                    && id.name == event.object.name
                    && id.namespace == event.object.namespace
            })
        };
        let mut found = read_all(self.world.events.iter().chain(&self.scene.events));
        found.retain(is_wanted);
        found.dedup();
        found.truncate(EVENT_LIMIT);
        found
    }
}

impl From<(ObjectId, Health)> for ObjectHealth {
    fn from((id, health): (ObjectId, Health)) -> Self {
        Self { object: id.to_string(), status: health.status, message: redact(&health.message) }
    }
}

impl ExplainView {
    /// The facts as label and text, in the order to read them.
    pub fn table(&self) -> Table {
        let mut rows: Vec<(&str, String)> = Vec::new();
        if let Some(stage) = self.stage {
            rows.push(("stage", format!("{stage} ({})", self.state)));
        }
        if let Some(cause) = &self.cause {
            rows.push(("cause", cause.sentence.clone()));
            let said = Some(&cause.cause.message).filter(|message| !message.is_empty());
            rows.extend(said.map(|said| (cause.cause.reason.as_str(), said.clone())));
        }
        if !self.message.is_empty() && self.state != State::Healthy {
            // The cause says the rest already, in fewer words.
            let first = self.message.lines().next().unwrap_or_default();
            let message = if self.cause.is_some() { first } else { &self.message };
            rows.push(("condition", format!("{}: {message}", self.reason)));
        }
        let ago = |at: Timestamp| format!("{} ago", age(self.at, at));
        rows.extend(self.since.map(|since| ("since", format!("{since} ({})", ago(since)))));
        rows.extend(self.bundle.as_ref().map(|bundle| ("bundle", named(bundle))));
        rows.extend(self.last_good.as_ref().map(|good| ("last good", named(good))));
        rows.extend(self.mover.as_ref().map(|step| ("moved by", moved(step, &ago(step.at)))));
        let marks = self.channel.as_ref().map(ChannelView::marks).unwrap_or_default();
        rows.extend(marks.into_iter().map(|mark| ("channel", mark)));
        rows.push(("now", self.now.clone()));
        let rows = rows.into_iter().map(|(label, text)| vec![label.to_owned(), text]).collect();
        Table { columns: vec!["WHAT", "HOW"], rows }
    }
}

fn named(bundle: &BundleName) -> String {
    match &bundle.version {
        Some(version) => format!("{version} ({})", bundle.digest),
        None => bundle.digest.clone(),
    }
}

fn moved(step: &MoveView, ago: &str) -> String {
    let pipeline = step.pipeline.as_ref().map(|pipeline| format!(", {pipeline}"));
    format!("{}, {ago}{}", step.sentence(), pipeline.unwrap_or_default())
}
