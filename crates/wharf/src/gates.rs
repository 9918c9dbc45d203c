//! The gates of an environment, held against what is known now.

use std::collections::BTreeSet;

use hydrate::Environment;
use insight::State;
use jiff::Timestamp;
use ledger::gate::{Approvals, Freeze, Window, unmet};
use ledger::{Channel, Gates, Ledger, Log, Situation, Unmet};
use oci_spec::image::Digest;

use crate::client;
use crate::mover::explained;
use crate::report::{Attempt as _, Report};
use crate::settings::Settings;

/// Lists every gate of `environment` that a bundle does not meet.
pub(crate) async fn check(
    settings: &Settings,
    ledger: &Ledger,
    environment: &Environment,
    bundle: &Digest,
    upstream: &Log,
) -> Result<Vec<Unmet>, Report> {
    let cannot = || format!("cannot check the gates of `{}`", environment.name);
    let gates = gates(environment)?;
    let channel = Channel::parse(&environment.name).attempt(cannot)?;
    let log = ledger.log(&channel).await.map_err(|error| explained(cannot(), &error))?;
    let is_healthy = if gates.healthy {
        health(settings, ledger, &upstream.channel, bundle).await
    } else {
        None
    };
    Ok(unmet(
        &gates,
        &Situation {
            bundle,
            channel: &log,
            upstream: Some(upstream),
            is_healthy,
            is_signed: false,
            verdicts: &BTreeSet::new(),
            now: Timestamp::now(),
        },
    ))
}

fn gates(environment: &Environment) -> Result<Gates, Report> {
    let cannot = || format!("cannot read the gates of `{}`", environment.name);
    let told = &environment.gates;
    let after = environment.after.as_deref().map(Channel::parse).transpose().attempt(cannot)?;
    let windows = told.windows.iter().map(|text| Window::parse(text));
    let freeze = |freeze: &hydrate::Freeze| Freeze {
        from: freeze.from,
        until: freeze.until,
        reason: freeze.reason.clone(),
    };
    let soak = told.soak.as_deref().map(crate::settings::duration).transpose();
    let soak = soak.map_err(|because| Report::new(cannot()).reason(because))?;
    Ok(Gates {
        after,
        soak: soak.map(|soak| soak.try_into().unwrap_or(jiff::SignedDuration::MAX)),
        healthy: told.healthy.is_some(),
        approvals: told
            .approvals
            .as_ref()
            .map(|approvals| Approvals { count: approvals.count, from: approvals.from.clone() }),
        windows: windows.collect::<Result<_, _>>().attempt(cannot)?,
        freezes: told.freezes.iter().map(freeze).collect(),
        ..Gates::default()
    })
}

/// Whether the environment before runs this very bundle and is healthy; `None` when nobody can tell.
async fn health(
    settings: &Settings,
    ledger: &Ledger,
    upstream: &Channel,
    bundle: &Digest,
) -> Option<bool> {
    let insight = client::insight(settings).await.ok()?;
    let status = insight.status("", Timestamp::now()).await.ok()?;
    let app = status.app(&ledger.repository().name())?;
    let environment = app.environments.iter().find(|one| one.name == upstream.as_str())?;
    let runs = environment.digest() == Some(bundle.as_ref());
    Some(runs && environment.state == State::Healthy)
}
