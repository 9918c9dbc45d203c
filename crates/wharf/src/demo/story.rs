//! The story: ship, promote, break prod, explain, roll back, look at the ledger.

use std::time::{Duration, Instant};

use super::cluster::Observer;
use super::narrator::{Actor, Narrator};
use super::{image, sample};
use crate::parts::Parts;
use crate::report::Report;

const GOOD: &str = "1.4.2";
const BAD: &str = "1.4.3";
/// Long enough for a slow laptop; a healthy run takes about a second for each wait.
const PATIENCE: Duration = Duration::from_mins(1);

/// Plays the story from an empty registry and an empty cluster to a rolled-back prod.
///
/// # Errors
///
/// The first step that does not end as the story says.
pub(super) async fn play(
    narrator: &mut Narrator<'_>,
    parts: &Parts,
    observer: &Observer,
    checkout: &std::path::Path,
) -> Result<(), Report> {
    image::push(parts, GOOD).await?;
    ship_to_dev(narrator, parts, observer).await?;
    promote_to_prod(narrator, observer).await?;
    sample::change_greeting(checkout).await?;
    break_prod(narrator, parts, observer).await?;
    explain(narrator).await?;
    roll_back(narrator, observer).await?;
    look_back(narrator).await
}

async fn ship_to_dev(
    narrator: &mut Narrator<'_>,
    parts: &Parts,
    observer: &Observer,
) -> Result<(), Report> {
    narrator.chapter(
        "Ship to dev",
        "Ana's change was merged. CI runs one step: render every environment, check, pack, push, move `dev`.",
    )?;
    let began = Instant::now();
    ship(narrator, parts, Actor::Pipeline("ana", 101), GOOD).await?;
    observer.healthy("dev", PATIENCE).await?;
    narrator.came_true(&format!("dev is healthy, {} after CI began", seconds(began)))
}

async fn promote_to_prod(narrator: &mut Narrator<'_>, observer: &Observer) -> Result<(), Report> {
    narrator.chapter(
        "Promote to preprod, then prod",
        "Nothing is built again: a tag moves, and the ledger in the registry says who moved it and why.",
    )?;
    for (channel, reason) in [("preprod", "looks good in dev"), ("prod", "release 1.4.2")] {
        let began = Instant::now();
        let arguments = ["promote", "--to", channel, "--reason", reason];
        expect(narrator.run(Actor::Pipeline("ben", 201), &arguments).await?, 0, "promote")?;
        observer.healthy(channel, PATIENCE).await?;
        narrator.came_true(&format!("{channel} is healthy after {}", seconds(began)))?;
    }
    Ok(())
}

async fn break_prod(
    narrator: &mut Narrator<'_>,
    parts: &Parts,
    observer: &Observer,
) -> Result<(), Report> {
    narrator.chapter(
        "Break prod",
        "The next version goes out in a hurry, and nobody noticed that its image was never pushed.",
    )?;
    ship(narrator, parts, Actor::Pipeline("ana", 102), BAD).await?;
    for channel in ["preprod", "prod"] {
        let arguments = ["promote", "--to", channel, "--reason", "hotfix, cannot wait"];
        expect(narrator.run(Actor::Pipeline("ben", 202), &arguments).await?, 0, "promote")?;
    }
    observer.failed("prod", PATIENCE).await?;
    narrator.came_true("prod's rollout failed; the old pods still serve")
}

async fn explain(narrator: &mut Narrator<'_>) -> Result<(), Report> {
    narrator.chapter("Explain", "It is 03:12 and the pager rings. One question, one answer.")?;
    let arguments = ["explain", "kustomization/shop-prod", "-n", "delivery"];
    expect(narrator.run(Actor::Person("olu"), &arguments).await?, 1, "explain")
}

async fn roll_back(narrator: &mut Narrator<'_>, observer: &Observer) -> Result<(), Report> {
    narrator.chapter(
        "Roll back",
        "First the proof that the way back is open (bundle and images still there), then the tag moves.",
    )?;
    let began = Instant::now();
    let arguments = ["rollback", "prod", "--reason", "1.4.3 has no image"];
    expect(narrator.run(Actor::Person("olu"), &arguments).await?, 0, "rollback")?;
    observer.healthy("prod", PATIENCE).await?;
    narrator.came_true(&format!("prod is healthy again after {}", seconds(began)))
}

async fn look_back(narrator: &mut Narrator<'_>) -> Result<(), Report> {
    narrator.chapter(
        "Look back",
        "The registry remembers every move. No database, no Git history to dig in.",
    )?;
    expect(narrator.run(Actor::Person("olu"), &["log", "prod"]).await?, 0, "log")?;
    expect(narrator.run(Actor::Person("olu"), &["status"]).await?, 1, "status")
}

async fn ship(
    narrator: &Narrator<'_>,
    parts: &Parts,
    actor: Actor,
    version: &str,
) -> Result<(), Report> {
    let image = format!("shop={}/acme/shop-server:{version}", parts.registry_host());
    let mut arguments = vec!["ship", "--image", &image, "--version", version];
    arguments.extend(sample::origin(narrator.checkout()));
    expect(narrator.run(actor, &arguments).await?, 0, "ship")
}

/// A story whose commands do not end as told is a failure of wharf, not a story.
fn expect(code: i32, expected: i32, verb: &str) -> Result<(), Report> {
    if code == expected {
        return Ok(());
    }
    Err(Report::new("cannot tell the story to its end")
        .reason(format!("`wharf {verb}` ended with exit code {code}, expected {expected}")))
}

fn seconds(began: Instant) -> String {
    format!("{:.1} s", began.elapsed().as_secs_f64())
}
