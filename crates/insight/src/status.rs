//! Apps × environments: what runs where, since when, by whose hand.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use crate::age::age_text;
use crate::channel::{ChannelView, MoveView};
use crate::delivery::{DeliveryView, State, version_of};
use crate::revision::short;
use crate::source::SourceView;
use crate::table::{Table, or_dash};
use crate::world::{Channel, World};

/// Every app in every environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StatusView {
    /// When it was observed.
    pub at: Timestamp,
    /// The environments in the order of promotion.
    pub environments: Vec<String>,
    /// The apps by name.
    pub apps: Vec<AppView>,
    /// How many deliveries are in which state, states with none left out.
    pub totals: BTreeMap<State, usize>,
    /// What could not be read, one sentence each.
    pub trouble: Vec<String>,
}

/// One app: a repository.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AppView {
    /// Unique among the apps: the repository's last part, or more of it where that is taken.
    pub name: String,
    /// The repository without scheme.
    pub repository: String,
    /// Its environments, in the order of promotion.
    pub environments: Vec<EnvironmentView>,
    /// The worst state of its environments.
    pub state: State,
}

/// One app in one environment: a channel and whoever follows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EnvironmentView {
    /// The environment's name, which is the channel's.
    pub name: String,
    /// The channel as its ledger tells it.
    pub channel: ChannelView,
    /// The deliveries that follow it; empty for a channel that this cluster does not follow.
    pub deliveries: Vec<DeliveryView>,
    /// The worst state of the deliveries.
    pub state: State,
}

impl EnvironmentView {
    /// The delivery that needs attention first.
    pub fn worst(&self) -> Option<&DeliveryView> {
        self.deliveries.iter().min_by_key(|delivery| delivery.state)
    }

    /// The digest to show: what runs, else where the channel is.
    pub fn digest(&self) -> Option<&str> {
        let running = self.worst().and_then(DeliveryView::current);
        running.map(|revision| revision.digest.as_str()).or(self.channel.digest.as_deref())
    }

    /// The first twelve characters of [`EnvironmentView::digest`].
    pub fn short_digest(&self) -> Option<&str> {
        self.digest().map(short)
    }

    /// The version to show: that of what runs, else the channel's.
    pub fn version(&self) -> Option<&str> {
        match self.worst() {
            Some(delivery) if delivery.current().is_some() => delivery.version.as_deref(),
            _ => self.channel.version.as_deref(),
        }
    }

    /// The name of the bundle that the channel is at while something else runs.
    pub fn pending(&self) -> Option<&str> {
        let digest = crate::delivery::pending(&self.channel, self.worst()?)?;
        Some(self.channel.version.as_deref().unwrap_or_else(|| short(digest)))
    }
}

/// One app with every line of its ledgers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AppDetailView {
    /// When it was observed.
    pub at: Timestamp,
    /// The app.
    pub app: AppView,
    /// Every line of its channels' ledgers, newest first.
    pub history: Vec<HistoryLine>,
    /// What could not be read.
    pub trouble: Vec<String>,
}

/// A line of a ledger with its channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HistoryLine {
    /// The channel.
    pub channel: String,
    /// The line.
    #[serde(flatten)]
    pub step: MoveView,
}

/// Shows one app closely, by its name or its repository; `None` when there is no such app.
pub fn app_detail(world: &World, name: &str) -> Option<AppDetailView> {
    let app = status(world).app(name)?.clone();
    let ledger = world.ledgers.get(&app.repository);
    let lines =
        ledger.into_iter().flat_map(|ledger| &ledger.channels).flat_map(|(name, channel)| {
            let line = |step: &MoveView| HistoryLine { channel: name.clone(), step: step.clone() };
            channel.moves.iter().map(line)
        });
    let mut history: Vec<HistoryLine> = lines.collect();
    history.sort_by(|a, b| (b.step.at, &b.step.id).cmp(&(a.step.at, &a.step.id)));
    Some(AppDetailView { at: world.now, app, history, trouble: world.trouble.clone() })
}

/// Joins sources, Kustomizations and ledgers into the matrix.
pub fn status(world: &World) -> StatusView {
    let mut by_repository: BTreeMap<String, Vec<SourceView>> = BTreeMap::new();
    for source in &world.sources {
        let view = SourceView::read(source);
        by_repository.entry(view.repository.clone()).or_default().push(view);
    }
    let names = unique_names(by_repository.keys());
    let mut apps: Vec<AppView> = by_repository
        .into_iter()
        .zip(names)
        .map(|((repository, sources), name)| app(world, name, repository, &sources))
        .collect();
    apps.sort_by(|a, b| a.name.cmp(&b.name));
    let mut environments: Vec<String> =
        apps.iter().flat_map(|app| app.environments.iter().map(|it| it.name.clone())).collect();
    sort_environments(&mut environments);
    environments.dedup();
    let mut totals = BTreeMap::new();
    for delivery in apps.iter().flat_map(|app| &app.environments).flat_map(|it| &it.deliveries) {
        *totals.entry(delivery.state).or_default() += 1;
    }
    StatusView { at: world.now, environments, apps, totals, trouble: world.trouble.clone() }
}

fn app(world: &World, name: String, repository: String, sources: &[SourceView]) -> AppView {
    let ledger = world.ledgers.get(&repository);
    let mut names: Vec<String> = sources.iter().map(|source| source.channel.clone()).collect();
    names.extend(ledger.into_iter().flat_map(|ledger| ledger.channels.keys().cloned()));
    sort_environments(&mut names);
    names.dedup();
    let environments: Vec<EnvironmentView> =
        names.into_iter().map(|name| environment(world, name, &repository, sources)).collect();
    let state = environments.iter().map(|it| it.state).min().unwrap_or(State::Unknown);
    AppView { name, repository, environments, state }
}

fn environment(
    world: &World,
    name: String,
    repository: &str,
    sources: &[SourceView],
) -> EnvironmentView {
    let mut deliveries = Vec::new();
    for source in sources.iter().filter(|source| source.channel == name) {
        deliveries.append(&mut deliveries_of(world, source));
    }
    deliveries.sort_by(|a, b| a.object.cmp(&b.object));
    let state = deliveries.iter().map(|delivery| delivery.state).min().unwrap_or(State::Unknown);
    let channel = channel_view(world, repository, &name, sources);
    EnvironmentView { name, channel, deliveries, state }
}

/// The deliveries of one source: its Kustomizations, or the source alone when nothing uses it.
pub(crate) fn deliveries_of(world: &World, source: &SourceView) -> Vec<DeliveryView> {
    let versions = world.ledgers.get(&source.repository).map(|ledger| &ledger.versions);
    let known = |digest: &str| version_of(versions, source, digest);
    let Some(object) = world.source(&source.id.kind, &source.id.namespace, &source.id.name) else {
        return Vec::new();
    };
    let used: Vec<DeliveryView> = world
        .users_of(object)
        .map(|kustomization| DeliveryView::read(kustomization, Some(source), &known))
        .collect();
    if used.is_empty() { vec![DeliveryView::unused(source, &known)] } else { used }
}

/// A channel as its ledger tells it, or as the sources that follow it do when it has none.
pub(crate) fn channel_view(
    world: &World,
    repository: &str,
    name: &str,
    sources: &[SourceView],
) -> ChannelView {
    let ledger = world.ledgers.get(repository);
    let empty = Channel::default();
    let channel = ledger.and_then(|ledger| ledger.channels.get(name)).unwrap_or(&empty);
    let offered = sources
        .iter()
        .filter(|source| source.channel == name)
        .find_map(|source| source.revision.as_ref().map(|revision| (source, revision)));
    let digest =
        channel.digest.clone().or_else(|| offered.map(|(_, revision)| revision.digest.clone()));
    let version = digest.as_deref().and_then(|digest| {
        let recorded = ledger.and_then(|ledger| ledger.versions.get(digest)).cloned();
        recorded.or_else(|| {
            let (source, revision) = offered?;
            source.version.clone().filter(|_| revision.digest == digest)
        })
    });
    ChannelView {
        repository: repository.to_owned(),
        name: name.to_owned(),
        digest,
        version,
        last_move: channel.moves.iter().find(|step| step.kind.is_move()).cloned(),
        holds: channel.holds.clone(),
        out_of_band: channel.out_of_band.clone(),
        unfinished: channel.unfinished.clone(),
    }
}

/// The shortest suffix of each repository that no other repository has.
fn unique_names<'a>(repositories: impl Iterator<Item = &'a String>) -> Vec<String> {
    let repositories: Vec<&String> = repositories.collect();
    let suffix = |repository: &str, parts: usize| {
        let all: Vec<&str> = repository.split('/').collect();
        all[all.len().saturating_sub(parts)..].join("/")
    };
    repositories
        .iter()
        .map(|repository| {
            let most = repository.split('/').count();
            (1..=most)
                .map(|parts| suffix(repository, parts))
                .find(|name| {
                    let parts = name.split('/').count();
                    repositories.iter().filter(|other| suffix(other, parts) == *name).count() == 1
                })
                .unwrap_or_else(|| (*repository).clone())
        })
        .collect()
}

/// Names that environments usually have, in the order of promotion.
const ROAD: [&str; 20] = [
    "dev",
    "development",
    "develop",
    "edge",
    "nightly",
    "test",
    "testing",
    "qa",
    "int",
    "integration",
    "staging",
    "stage",
    "stg",
    "uat",
    "preprod",
    "pre-prod",
    "canary",
    "prod",
    "production",
    "live",
];

/// Sorts environments in the order of promotion, unknown names before `prod` and its like.
fn sort_environments(names: &mut [String]) {
    names.sort_by_cached_key(|name| (rank(name), name.clone()));
}

fn rank(name: &str) -> usize {
    let unknown = ROAD.iter().position(|known| *known == "canary").unwrap_or_default();
    let stem = |known: &&&str| {
        name == **known || name.strip_prefix(**known).is_some_and(|rest| rest.starts_with('-'))
    };
    let exact = ROAD.iter().position(|known| name == *known);
    exact
        .or_else(|| {
            let longest = ROAD.iter().filter(stem).max_by_key(|known| known.len())?;
            ROAD.iter().position(|known| known == longest)
        })
        .map_or(unknown * 2, |position| position * 2 + 1)
}

impl StatusView {
    /// One row for each app and environment.
    pub fn table(&self, is_wide: bool) -> Table {
        let mut columns =
            vec!["APP", "ENVIRONMENT", "STATE", "STAGE", "VERSION", "DIGEST", "MOVED", "BY", "WHY"];
        if is_wide {
            columns.extend(["REVISION", "OBJECT", "MESSAGE"]);
        }
        let rows = self
            .apps
            .iter()
            .flat_map(|app| app.environments.iter().map(move |it| (app, it)))
            .map(|(app, environment)| self.row(app, environment, is_wide))
            .collect();
        Table { columns, rows }
    }

    fn row(&self, app: &AppView, environment: &EnvironmentView, is_wide: bool) -> Vec<String> {
        let worst = environment.worst();
        let last = environment.channel.last_move.as_ref();
        let failing = worst.filter(|found| found.state == State::Failing);
        let mut row = vec![
            app.name.clone(),
            environment.name.clone(),
            format!("{} {}", environment.state.sign(), environment.state),
            or_dash(failing.and_then(|found| found.stage).map(crate::Stage::as_str)),
            or_dash(environment.version()),
            or_dash(environment.short_digest()),
            age_text(self.at, last.map(|last| last.at)),
            or_dash(last.map(|last| last.actor.as_str())),
            or_dash(Some(&why(&environment.channel))),
        ];
        if is_wide {
            let revision = worst.and_then(DeliveryView::current).map(ToString::to_string);
            row.push(or_dash(revision.as_deref()));
            row.push(or_dash(worst.map(|found| found.object.to_string()).as_deref()));
            row.push(or_dash(worst.map(|found| found.headline.as_str())));
        }
        row
    }

    /// Tells whether every delivery is as asked and nothing was unreadable.
    pub fn is_healthy(&self) -> bool {
        self.trouble.is_empty() && self.totals.keys().all(|state| *state == State::Healthy)
    }

    /// The totals in one line: `4 deliveries: 1 failing, 3 healthy`.
    pub fn summary(&self) -> String {
        let count: usize = self.totals.values().sum();
        let noun = if count == 1 { "delivery" } else { "deliveries" };
        let parts: Vec<String> =
            self.totals.iter().map(|(state, count)| format!("{count} {state}")).collect();
        if count == 0 {
            "no deliveries".to_owned()
        } else {
            format!("{count} {noun}: {}", parts.join(", "))
        }
    }

    /// Finds an app by its name or its repository.
    pub fn app(&self, name: &str) -> Option<&AppView> {
        self.apps.iter().find(|app| app.name == name || app.repository == name)
    }
}

/// Why the channel is where it is, with its marks first.
fn why(channel: &ChannelView) -> String {
    let mut parts = Vec::new();
    if channel.out_of_band.is_some() {
        parts.push("out-of-band");
    }
    if channel.unfinished.is_some() {
        parts.push("unfinished");
    }
    if channel.hold().is_some() {
        parts.push("held");
    }
    let reason = channel.last_move.as_ref().map(|last| last.reason.as_str());
    parts.extend(reason.filter(|reason| !reason.is_empty()));
    parts.join("; ")
}
