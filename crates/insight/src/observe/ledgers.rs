//! Reading the ledgers of the repositories that sources name.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use cluster::Fields;
use futures::{StreamExt as _, stream};
use ledger::{Channel as Name, Log, State};
use registry::{Reference, Registry};

use crate::channel::{HoldView, MoveKind, MoveView, OutOfBand};
use crate::redact::redact;
use crate::source::SourceView;
use crate::world::{Channel, Ledger};

/// How long a registry may take to tell one ledger; an answer without it is better than none.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long a registry that failed is left alone; what it told before is shown meanwhile.
const PAUSE: Duration = Duration::from_secs(10);
/// How many repositories, and how many channels of one, are read at the same time.
const CONCURRENCY: usize = 8;
/// Channels with this prefix are previews: they are shown only where the cluster follows them.
const PREVIEW: &str = "pr-";

/// What a registry told, now or before, and why it could not be asked now.
type Told = (Option<Ledger>, Option<String>);

/// The ledgers that have been read; records never change and are read once.
#[derive(Clone)]
pub(super) struct Ledgers {
    registry: Registry,
    known: Arc<Mutex<BTreeMap<String, Known>>>,
}

/// A repository's ledger and how the last readings of it ended.
#[derive(Clone)]
struct Known {
    client: ledger::Ledger,
    told: Option<Ledger>,
    failed: Option<(Instant, String)>,
}

impl Ledgers {
    pub(super) fn new(registry: Registry) -> Self {
        Self { registry, known: Arc::default() }
    }

    /// Reads the ledger of each repository; what cannot be read is a sentence.
    pub(super) async fn read(&self, sources: &[Fields]) -> (BTreeMap<String, Ledger>, Vec<String>) {
        let mut wanted: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for source in sources.iter().map(SourceView::read) {
            if source.url.starts_with("oci://") {
                let channels = wanted.entry(source.repository).or_default();
                channels.extend(source.is_tag.then_some(source.channel));
            }
        }
        let read: Vec<(String, Told)> = stream::iter(wanted)
            .map(async |(repository, followed)| {
                let found = self.read_or_recall(&repository, followed).await;
                (repository, found)
            })
            .buffered(CONCURRENCY)
            .collect()
            .await;
        let (mut ledgers, mut trouble) = (BTreeMap::new(), Vec::new());
        for (repository, (told, reason)) in read {
            if let Some(reason) = reason {
                let text = format!("the ledger of `{repository}` cannot be read: {reason}");
                trouble.push(redact(&text));
            }
            if let Some(told) = told {
                ledgers.insert(repository, told);
            }
        }
        (ledgers, trouble)
    }

    /// Reads one ledger, or says what it told before and why it cannot be read now.
    async fn read_or_recall(&self, repository: &str, followed: BTreeSet<String>) -> Told {
        let known = match self.known(repository) {
            Ok(known) => known,
            Err(reason) => return (None, Some(reason)),
        };
        if let Some((at, reason)) = known.failed
            && at.elapsed() < PAUSE
        {
            return (known.told, Some(reason));
        }
        let found = read_one(&known.client, followed).await;
        let mut all = self.known.lock().expect("no holder of this lock panics");
        let Some(known) = all.get_mut(repository) else { return (found.ok(), None) };
        match found {
            Ok(told) => {
                known.failed = None;
                known.told = Some(told.clone());
                (Some(told), None)
            }
            Err(reason) => {
                known.failed = Some((Instant::now(), reason.clone()));
                (known.told.clone(), Some(reason))
            }
        }
    }

    fn known(&self, repository: &str) -> Result<Known, String> {
        let reference = Reference::parse(repository).map_err(|error| error.to_string())?;
        let mut known = self.known.lock().expect("no holder of this lock panics");
        let open = || Known {
            client: ledger::Ledger::new(self.registry.clone(), &reference),
            told: None,
            failed: None,
        };
        Ok(known.entry(repository.to_owned()).or_insert_with(open).clone())
    }
}

/// Reads the ledgers of all recorded and all followed channels of a repository.
async fn read_one(ledger: &ledger::Ledger, followed: BTreeSet<String>) -> Result<Ledger, String> {
    let reading = async {
        let recorded = ledger.channels().await.map_err(|error| causes(&error))?;
        let is_shown =
            |name: &Name| !name.as_str().starts_with(PREVIEW) || followed.contains(name.as_str());
        let mut names: BTreeSet<Name> = recorded.into_iter().filter(is_shown).collect();
        names.extend(followed.iter().filter_map(|name| Name::parse(name).ok()));
        let logs: Vec<Result<Log, String>> = stream::iter(names)
            .map(async |name| ledger.log(&name).await.map_err(|error| causes(&error)))
            .buffered(CONCURRENCY)
            .collect()
            .await;
        Ok(join(&logs.into_iter().collect::<Result<Vec<Log>, String>>()?))
    };
    let late = format!("the registry took longer than {} s", PATIENCE.as_secs());
    tokio::time::timeout(PATIENCE, reading).await.map_err(|_| late)?
}

/// Joins the logs of a repository's channels; versions known to one are known to all.
fn join(logs: &[Log]) -> Ledger {
    let entries = || logs.iter().flat_map(|log| &log.entries);
    let versions: BTreeMap<String, String> = entries()
        .filter_map(|entry| Some((entry.to.as_ref()?.to_string(), entry.version.clone()?)))
        .collect();
    let channels = logs.iter().map(|log| (log.channel.to_string(), channel(log, &versions)));
    Ledger { channels: channels.collect(), versions: versions.clone() }
}

fn channel(log: &Log, versions: &BTreeMap<String, String>) -> Channel {
    let (mut out_of_band, mut unfinished) = (None, None);
    match &log.state {
        // A tag that never had a ledger is not out of band: nobody keeps one for it.
        State::OutOfBand { digest, recorded } if !log.entries.is_empty() => {
            out_of_band = Some(OutOfBand {
                recorded: recorded.as_ref().map(ToString::to_string),
                actual: digest.as_ref().map(ToString::to_string),
            });
        }
        State::Unfinished { to } => unfinished = Some(to.to_string()),
        _ => {}
    }
    let holds = log.newest().map(|entry| entry.holds.as_slice()).unwrap_or_default();
    Channel {
        digest: log.current.as_ref().map(ToString::to_string),
        moves: log.entries.iter().map(|entry| step(entry, versions)).collect(),
        holds: holds.iter().map(|hold| hold_view(hold, versions)).collect(),
        out_of_band,
        unfinished,
    }
}

fn step(entry: &ledger::Entry, versions: &BTreeMap<String, String>) -> MoveView {
    let text = |digest: &Option<_>| digest.as_ref().map(ToString::to_string);
    let (from, to) = (text(&entry.from), text(&entry.to));
    let version = |digest: &Option<String>| versions.get(digest.as_ref()?).cloned();
    let said = |text: &Option<String>| text.as_deref().map(redact);
    let run = &entry.provenance;
    MoveView {
        id: entry.id.to_string(),
        kind: kind(entry.kind),
        from_version: version(&from),
        to_version: entry.version.clone().or_else(|| version(&to)),
        from,
        to,
        source: said(&entry.source),
        actor: said(&run.actor).unwrap_or_else(|| "somebody unknown".to_owned()),
        pipeline: said(&run.pipeline).or_else(|| said(&run.run_id)),
        commit: said(&run.commit).or_else(|| said(&entry.revision)),
        reason: said(&entry.reason).unwrap_or_default(),
        break_glass: entry.break_glass,
        at: entry.at,
    }
}

fn kind(kind: ledger::Kind) -> MoveKind {
    match kind {
        ledger::Kind::Push => MoveKind::Push,
        ledger::Kind::Promote => MoveKind::Promote,
        ledger::Kind::Rollback => MoveKind::Rollback,
        ledger::Kind::Repair => MoveKind::Repair,
        ledger::Kind::Hold => MoveKind::Hold,
        ledger::Kind::Release => MoveKind::Release,
        ledger::Kind::Approve => MoveKind::Approve,
        ledger::Kind::Prune => MoveKind::Prune,
    }
}

fn hold_view(hold: &ledger::Hold, versions: &BTreeMap<String, String>) -> HoldView {
    let digest = hold.digest.as_ref().map(ToString::to_string);
    HoldView {
        version: digest.as_ref().and_then(|digest| versions.get(digest)).cloned(),
        digest,
        actor: hold.actor.as_deref().map_or_else(|| "somebody unknown".to_owned(), redact),
        reason: hold.reason.as_deref().map(redact).unwrap_or_default(),
        at: hold.at,
    }
}

/// An error and what is behind it, each said once.
fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text = format!("{text}: {cause}");
        next = cause.source();
    }
    text
}
