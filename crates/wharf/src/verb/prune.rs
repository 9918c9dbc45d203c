//! `wharf prune`: what no channel needs any more goes, and the ledger says so.

use jiff::Timestamp;
use ledger::retain::{PrunePlan, Pruned};
use ledger::{Ledger, PruneRequest, Retention};
use serde::Serialize;
use ulid::Ulid;

use crate::app::{AppArgs, Found};
use crate::client;
use crate::exit::Exit;
use crate::mover::{MoverArgs, explained};
use crate::report::Report;
use crate::settings::Settings;
use crate::terminal::{Terminal, View, lines, table};

/// Show what no channel needs any more, and delete it with `--yes`
///
/// What stays is what `spec.retention` of `wharf.yaml` says: rollback candidates, moves within the window,
/// pinned tags, and every tag that the ledger does not know. What goes is recorded in the ledger.
#[derive(clap::Args, Debug)]
pub(crate) struct PruneArgs {
    /// Delete it; without this the plan is all
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    mover: MoverArgs,
    #[command(flatten)]
    app: AppArgs,
}

/// Prove that every rollback candidate is still there, for a nightly job
///
/// Exit code 0: every one resolves with its images; 1: something is missing.
#[derive(clap::Args, Debug)]
pub(crate) struct RetentionArgs {
    #[command(subcommand)]
    verb: RetentionVerb,
}

#[derive(clap::Subcommand, Debug)]
enum RetentionVerb {
    /// Look every candidate up, with all images that it names
    Check(AppArgs),
}

#[derive(Serialize)]
struct PruneView {
    plan: PrunePlan,
    pruned: Option<Pruned>,
}

#[derive(Serialize)]
struct PromiseView {
    promises: Vec<ledger::retain::Promise>,
}

pub(crate) async fn run(
    terminal: &mut Terminal,
    settings: &Settings,
    arguments: PruneArgs,
) -> Result<Exit, Report> {
    let PruneArgs { yes, mover, app } = arguments;
    let (ledger, retention) = open(settings, &app)?;
    let now = Timestamp::now();
    let cannot = || format!("cannot prune `{}`", ledger.repository().name());
    let plan = ledger.plan_prune(&retention, now).await;
    let plan = plan.map_err(|error| explained(cannot(), &error))?;
    let mut pruned = None;
    if yes && !plan.delete.is_empty() {
        let request = PruneRequest {
            provenance: mover.provenance(settings).await?,
            reason: mover.reason.clone(),
            at: now,
            id: Ulid::generate(),
        };
        let done = ledger.prune(&plan, &request).await;
        pruned = Some(done.map_err(|error| explained(cannot(), &error))?);
    }
    terminal.show(&PruneView { plan, pruned })?;
    Ok(Exit::Done)
}

pub(crate) async fn check(
    terminal: &mut Terminal,
    settings: &Settings,
    arguments: RetentionArgs,
) -> Result<Exit, Report> {
    let RetentionVerb::Check(app) = arguments.verb;
    let (ledger, retention) = open(settings, &app)?;
    let promises = ledger.check_retention(&retention, Timestamp::now()).await;
    let promises = promises.map_err(|error| {
        explained(format!("cannot check `{}`", ledger.repository().name()), &error)
    })?;
    let view = PromiseView { promises };
    terminal.show(&view)?;
    Ok(if view.is_kept() { Exit::Done } else { Exit::No })
}

fn open(settings: &Settings, app: &AppArgs) -> Result<(Ledger, Retention), Report> {
    let Found { app, repository, .. } = app.find()?;
    let told = &app.retention;
    let days = |text: &str| {
        let duration = crate::settings::duration(text);
        let duration = duration
            .map_err(|because| Report::new("cannot read `spec.retention`").reason(because))?;
        Ok::<_, Report>(duration.try_into().unwrap_or(jiff::SignedDuration::MAX))
    };
    let usual = Retention::default();
    let previews = told.previews.as_deref().map(days).transpose()?;
    let retention = Retention {
        candidates: told.candidates.unwrap_or(usual.candidates),
        window: told.window.as_deref().map(days).transpose()?.unwrap_or(usual.window),
        previews: previews.map(|lifetime| ("pr-*".to_owned(), lifetime)).into_iter().collect(),
        pins: told.pins.clone(),
    };
    Ok((Ledger::new(client::registry(settings)?, &repository), retention))
}

impl PromiseView {
    fn is_kept(&self) -> bool {
        self.promises
            .iter()
            .all(|one| one.readiness.as_ref().is_some_and(ledger::Readiness::is_ready))
    }
}

impl View for PruneView {
    fn text(&self, wide: bool) -> String {
        let Self { plan, pruned } = self;
        if plan.delete.is_empty() {
            return format!("nothing to delete; {} tags stay\n", plan.keep.len());
        }
        let rows =
            plan.delete.iter().map(|one| vec!["delete".into(), one.tag.clone(), one.why.clone()]);
        let kept = plan.keep.iter().filter(|_| wide);
        let kept = kept.map(|one| vec!["keep".into(), one.tag.clone(), one.why.clone()]);
        let plan_text = table(&["WHAT", "TAG", "WHY"], rows.chain(kept).collect());
        let end = match pruned {
            None => format!(
                "\n{} to delete, {} stay; nothing was deleted: say `--yes`\n",
                plan.delete.len(),
                plan.keep.len()
            ),
            Some(done) => format!("\n{} deleted\n", done.deleted.len()),
        };
        let stuck = pruned.iter().flat_map(|done| &done.undeletable);
        plan_text + &end + &lines(stuck.map(|one| format!("not deleted: {one}")))
    }
}

impl View for PromiseView {
    fn text(&self, wide: bool) -> String {
        let rows = self.promises.iter().map(|one| {
            let state = match &one.readiness {
                None => "the bundle is gone".to_owned(),
                Some(readiness) if readiness.is_ready() => "✔ all there".to_owned(),
                Some(readiness) => {
                    let all: Vec<&str> = readiness
                        .missing
                        .iter()
                        .chain(&readiness.unknown)
                        .map(String::as_str)
                        .collect();
                    all.join("; ")
                }
            };
            vec![one.channel.to_string(), crate::digest::short(one.digest.as_ref(), wide), state]
        });
        table(&["CHANNEL", "DIGEST", "STATE"], rows.collect())
    }
}
