//! One Kustomization and its source: what it delivers, how far it is, where it fails.

use cluster::{Fields, ObjectId};
use jiff::Timestamp;
use serde::Serialize;

use crate::Stage;
use crate::channel::ChannelView;
use crate::fields::{
    condition, conditions, dig, id_of, is_set, is_true, list, number, some_text, text,
};
use crate::rail::{StageView, rail};
use crate::redact::redact;
use crate::revision::{Revision, shorten};
use crate::source::SourceView;
use crate::world::source_id;

/// How something is, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It stopped at a stage.
    Failing,
    /// It is under way.
    Progressing,
    /// It waits for something else.
    Waiting,
    /// A person switched it off.
    Suspended,
    /// Nothing is known of it.
    Unknown,
    /// It is as asked.
    Healthy,
}

impl State {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Failing => "failing",
            Self::Progressing => "progressing",
            Self::Waiting => "waiting",
            Self::Suspended => "suspended",
            Self::Unknown => "unknown",
            Self::Healthy => "healthy",
        }
    }

    /// A sign that tells it without color.
    pub fn sign(self) -> &'static str {
        match self {
            Self::Failing => "✖",
            Self::Progressing => "◌",
            Self::Waiting => "…",
            Self::Suspended => "‖",
            Self::Unknown => "?",
            Self::Healthy => "✔",
        }
    }
}

impl std::fmt::Display for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.word())
    }
}

/// One delivery: a Kustomization with its source, or a source that nothing uses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeliveryView {
    /// The object to explain: the Kustomization, or the source when nothing uses it.
    pub object: ObjectId,
    /// The source that is named, whether it exists or not.
    pub source: ObjectId,
    /// The folder in the bundle; `./` when the object names none.
    pub path: String,
    /// How it is.
    pub state: State,
    /// The stage at which it fails, waits or is.
    pub stage: Option<Stage>,
    /// All five stages.
    pub stages: Vec<StageView>,
    /// The reason of the deciding condition.
    pub reason: String,
    /// The message of the deciding condition, without credentials.
    pub message: String,
    /// One line that says how it is.
    pub headline: String,
    /// Since when the deciding condition is as it is.
    pub since: Option<Timestamp>,
    /// What the source offers.
    pub offered: Option<Revision>,
    /// What was tried last.
    pub attempted: Option<Revision>,
    /// What was last applied with success.
    pub applied: Option<Revision>,
    /// The version of [`DeliveryView::current`], when it is known.
    pub version: Option<String>,
    /// The Git revision behind the offered bundle.
    pub origin_revision: Option<String>,
    /// How many objects it has applied.
    pub objects: usize,
}

impl DeliveryView {
    /// The revision that is in the cluster, as far as a status can tell: the one that was tried
    /// last when it got as far as applying, else the one that was applied with success.
    pub fn current(&self) -> Option<&Revision> {
        let reached = self.stage >= Some(Stage::Apply) || self.state == State::Healthy;
        if reached { self.attempted.as_ref() } else { None }
            .or(self.applied.as_ref())
            .or(self.attempted.as_ref())
    }

    /// Reads a Kustomization beside its source; `version_of` knows versions by digest.
    pub(crate) fn read(
        kustomization: &Fields,
        source: Option<&SourceView>,
        version_of: &dyn Fn(&str) -> Option<String>,
    ) -> Self {
        let reading = Reading::of(kustomization, source);
        let revision = |field: &str| Revision::parse(text(kustomization, &["status", field]));
        let path = text(kustomization, &["spec", "path"]);
        let mut view = Self {
            object: id_of(kustomization),
            source: source_id(kustomization),
            path: if path.is_empty() { "./" } else { path }.to_owned(),
            state: reading.state,
            stage: reading.stage,
            stages: rail(source, &reading),
            headline: headline(&reading),
            reason: reading.reason,
            message: reading.message,
            since: reading.since,
            offered: source.and_then(|source| source.revision.clone()),
            attempted: revision("lastAttemptedRevision"),
            applied: revision("lastAppliedRevision"),
            version: None,
            origin_revision: source.and_then(|source| source.origin_revision.clone()),
            objects: list(kustomization, &["status", "inventory", "entries"]).count(),
        };
        view.version = view.current().and_then(|current| version_of(&current.digest));
        view
    }

    /// A source that no Kustomization uses: it delivers nothing, but may fail.
    pub(crate) fn unused(source: &SourceView, version_of: &dyn Fn(&str) -> Option<String>) -> Self {
        let reading = Reading {
            state: if source.state == State::Healthy { State::Waiting } else { source.state },
            stage: source.stage.or(Some(Stage::Build)),
            reason: source.reason.clone(),
            message: source.message.clone(),
            since: source.since,
            waits: false,
        };
        let headline = match source.state {
            State::Healthy => "fetched; no Kustomization uses it".to_owned(),
            _ => headline(&reading),
        };
        Self {
            object: source.id.clone(),
            source: source.id.clone(),
            path: String::new(),
            state: reading.state,
            stage: reading.stage,
            stages: rail(Some(source), &reading),
            headline,
            reason: reading.reason,
            message: reading.message,
            since: reading.since,
            offered: source.revision.clone(),
            attempted: None,
            applied: None,
            version: source.revision.as_ref().and_then(|found| version_of(&found.digest)),
            origin_revision: source.origin_revision.clone(),
            objects: 0,
        }
    }
}

/// What source and Kustomization together amount to.
#[derive(Debug)]
pub(crate) struct Reading {
    pub(crate) state: State,
    pub(crate) stage: Option<Stage>,
    pub(crate) reason: String,
    pub(crate) message: String,
    pub(crate) since: Option<Timestamp>,
    /// Whether the Kustomization waits for health at all.
    pub(crate) waits: bool,
}

impl Reading {
    pub(crate) fn of(kustomization: &Fields, source: Option<&SourceView>) -> Self {
        let waits = is_set(kustomization, &["spec", "wait"])
            || list(kustomization, &["spec", "healthChecks"]).next().is_some();
        let own = own_reading(kustomization, waits);
        if own.state == State::Suspended {
            return own;
        }
        let Some(source) = source else {
            return Self {
                state: State::Failing,
                stage: Some(Stage::Source),
                reason: "ArtifactFailed".to_owned(),
                message: format!("{} does not exist", source_id(kustomization)),
                ..own
            };
        };
        // A source that fails hides what is behind it: nothing newer can come.
        if source.state == State::Failing {
            return Self {
                state: State::Failing,
                stage: source.stage,
                reason: source.reason.clone(),
                message: source.message.clone(),
                since: source.since,
                waits,
            };
        }
        own.against(kustomization, source)
    }

    /// A Kustomization that is content with an older revision is about to start.
    fn against(self, kustomization: &Fields, source: &SourceView) -> Self {
        let attempted = text(kustomization, &["status", "lastAttemptedRevision"]);
        let offered = source.revision.as_ref().map(ToString::to_string).unwrap_or_default();
        if self.state == State::Healthy && !offered.is_empty() && attempted != offered {
            let message = format!("{offered} is fetched and about to be applied");
            return Self {
                state: State::Progressing,
                stage: Some(Stage::Build),
                reason: "Progressing".to_owned(),
                message,
                since: source.fetched,
                ..self
            };
        }
        if self.state == State::Waiting && self.reason.is_empty() && offered.is_empty() {
            let message = "waiting for the source's first artifact".to_owned();
            return Self { stage: Some(Stage::Source), message, ..self };
        }
        self
    }
}

fn own_reading(kustomization: &Fields, waits: bool) -> Reading {
    let ready = condition(kustomization, "Ready");
    let reading = |state, stage| Reading {
        state,
        stage,
        reason: ready.map(|ready| ready.reason.to_owned()).unwrap_or_default(),
        message: ready.map(|ready| redact(ready.message)).unwrap_or_default(),
        since: ready.and_then(|ready| ready.since),
        waits,
    };
    if is_set(kustomization, &["spec", "suspend"]) {
        return reading(State::Suspended, None);
    }
    let Some(ready) = ready else { return reading(State::Waiting, Some(Stage::Build)) };
    let is_old = ready
        .generation
        .zip(number(kustomization, &["metadata", "generation"]))
        .is_some_and(|(observed, generation)| observed < generation);
    match ready.status {
        "False" if ready.reason == "DependencyNotReady" => {
            reading(State::Waiting, Some(Stage::Apply))
        }
        "False" if !is_old => {
            let stage = api::stage_of("Kustomization", ready.kind, ready.reason);
            reading(State::Failing, stage.or(Some(Stage::Apply)))
        }
        "True" if !is_old && !is_true(kustomization, "Reconciling") => {
            reading(State::Healthy, None)
        }
        _ => reading(State::Progressing, Some(stage_under_way(kustomization))),
    }
}

/// Which stage a Kustomization is at while it works, from the words of its progress message.
fn stage_under_way(kustomization: &Fields) -> Stage {
    let message = conditions(kustomization)
        .filter(|found| matches!(found.kind, "Reconciling" | "Ready"))
        .map(|found| found.message.to_lowercase())
        .find(|message| !message.is_empty())
        .unwrap_or_default();
    let says = |words: &[&str]| words.iter().any(|word| message.contains(word));
    if says(&["health check", "waiting for"]) {
        Stage::Rollout
    } else if says(&["detecting drift", "applying", "pruning"]) {
        Stage::Apply
    } else if says(&["fetching"]) {
        Stage::Source
    } else {
        Stage::Build
    }
}

/// The longest headline, in characters.
const HEADLINE_LIMIT: usize = 200;

fn headline(reading: &Reading) -> String {
    let said = shorten(telling_line(&reading.message));
    let said: String = if said.chars().count() > HEADLINE_LIMIT {
        said.chars().take(HEADLINE_LIMIT - 1).chain(['…']).collect()
    } else {
        said
    };
    match (reading.state, reading.stage) {
        (State::Suspended, _) => "suspended by hand: nothing new is applied".to_owned(),
        (State::Failing, Some(stage)) if said.is_empty() => {
            format!("fails at {stage}: {}", reading.reason)
        }
        (State::Failing, Some(stage)) => format!("fails at {stage}: {said}"),
        (State::Waiting, _) if said.is_empty() => "not looked at yet".to_owned(),
        _ => said,
    }
}

/// The line that tells most: the engine adds the first cause below what Flux says, and the cause in
/// our own words ends where the kubelet's begin.
fn telling_line(message: &str) -> &str {
    let mut lines = message.lines().map(str::trim);
    let first = lines.next().unwrap_or_default();
    let is_cause = |line: &&str| line.split_once(": ").is_some_and(|(id, _)| id.contains('/'));
    match lines.next().filter(is_cause) {
        Some(line) => line.find("): ").map_or(line, |end| &line[..=end]),
        None => first,
    }
}

/// The version to show for a digest: the ledger's, else what the bundle says of itself.
pub(crate) fn version_of(
    versions: Option<&std::collections::BTreeMap<String, String>>,
    source: &SourceView,
    digest: &str,
) -> Option<String> {
    let recorded = versions.and_then(|versions| versions.get(digest)).cloned();
    let is_offered = source.revision.as_ref().is_some_and(|found| found.digest == digest);
    recorded.or_else(|| source.version.clone().filter(|_| is_offered))
}

/// The digest that a channel is at and a delivery is not, if they differ.
pub(crate) fn pending<'a>(channel: &'a ChannelView, delivery: &DeliveryView) -> Option<&'a str> {
    let wanted = channel.digest.as_deref()?;
    let has = delivery.current().is_some_and(|current| current.digest == wanted);
    (!has).then_some(wanted)
}

/// The successful revisions that a Kustomization remembers, newest first, with their time.
pub(crate) fn successes(kustomization: &Fields) -> Vec<(Revision, Option<Timestamp>)> {
    let history = list(kustomization, &["status", "history"])
        .filter(|entry| text(entry, &["lastReconciledStatus"]) == "ReconciliationSucceeded")
        .filter_map(|entry| {
            let revision = some_text(entry, &["metadata", "revision"])?;
            let at = dig(entry, &["lastReconciled"]).and_then(|at| at.as_str()?.parse().ok());
            Some((Revision::parse(&revision)?, at))
        });
    let applied = Revision::parse(text(kustomization, &["status", "lastAppliedRevision"]));
    let mut found: Vec<(Revision, Option<Timestamp>)> = history.collect();
    if let Some(applied) = applied
        && !found.iter().any(|(revision, _)| *revision == applied)
    {
        found.insert(0, (applied, None));
    }
    found
}
