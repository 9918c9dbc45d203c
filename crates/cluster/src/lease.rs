//! Taking turns: of several engines one works, the others wait.

use std::time::Duration;

use k8s_openapi::api::coordination::v1::Lease;
use k8s_openapi::jiff::Timestamp;
use kube::api::{Patch, PatchParams};
use plan::Fields;
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

use crate::connect::Cluster;
use crate::error::Error;
use crate::mapping::Resource;

/// Where the lease is, who asks for it, and for how long it is given.
#[derive(Debug, Clone)]
pub struct Terms {
    /// Namespace of the Lease.
    pub namespace: String,
    /// Name of the Lease.
    pub name: String,
    /// Who asks; no two engines may use the same.
    pub identity: String,
    /// How long others wait after the last renewal before they take it.
    pub duration: Duration,
    /// How long the holder works on without a renewal; shorter than `duration`.
    pub renew_within: Duration,
    /// How often it is renewed, or asked for.
    pub retry: Duration,
}

impl Terms {
    /// Flux's times: 35 s, 30 s, 5 s.
    pub fn new(namespace: &str, name: &str, identity: &str) -> Self {
        Self {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            identity: identity.to_owned(),
            duration: Duration::from_secs(35),
            renew_within: Duration::from_secs(30),
            retry: Duration::from_secs(5),
        }
    }
}

/// What was seen of somebody else's lease, and when by our own clock: clocks are never compared.
struct Rival {
    record: Value,
    since: Instant,
}

/// Asks for the lease and renews it until the task is dropped; `told` says whether we hold it.
///
/// The lease counts as lost when it could not be renewed for [`Terms::renew_within`], which is before
/// anybody else may take it. A holder that stops without [`release`] is waited for.
///
/// # Source
///
/// The protocol of client-go's leader election, over `coordination.k8s.io/v1`.
pub async fn campaign(
    cluster: Cluster,
    terms: Terms,
    now: fn() -> Timestamp,
    told: watch::Sender<bool>,
) {
    let mut rival: Option<Rival> = None;
    let mut renewed: Option<Instant> = None;
    loop {
        match attempt(&cluster, &terms, now(), &mut rival).await {
            Ok(true) => renewed = Some(Instant::now()),
            Ok(false) => renewed = None,
            Err(error) => tracing::warn!(lease = terms.name, "lease: {error}"),
        }
        let holds = renewed.is_some_and(|since| since.elapsed() < terms.renew_within);
        told.send_if_modified(|held| std::mem::replace(held, holds) != holds);
        sleep(terms.retry).await;
    }
}

/// Gives the lease back, so that the next one need not wait for it to run out.
///
/// # Errors
///
/// Those of [`Cluster::patch`].
pub async fn release(cluster: &Cluster, terms: &Terms, now: Timestamp) -> Result<(), Error> {
    let resource = Resource::of::<Lease>(true);
    let Some(found) = cluster.get(&resource, &terms.namespace, &terms.name).await? else {
        return Ok(());
    };
    if holder(&found) != terms.identity {
        return Ok(());
    }
    let spec = json!({
        "holderIdentity": "", "leaseDurationSeconds": 1, "renewTime": micro(now), "acquireTime": micro(now)
    });
    write(cluster, terms, &found, spec).await
}

/// Takes or renews the lease if it is free; whether it is ours now.
async fn attempt(
    cluster: &Cluster,
    terms: &Terms,
    now: Timestamp,
    rival: &mut Option<Rival>,
) -> Result<bool, Error> {
    let resource = Resource::of::<Lease>(true);
    let Some(found) = cluster.get(&resource, &terms.namespace, &terms.name).await? else {
        let lease = json!({
            "apiVersion": "coordination.k8s.io/v1",
            "kind": "Lease",
            "metadata": { "namespace": terms.namespace, "name": terms.name },
            "spec": spec(terms, now, now, 0),
        });
        let Value::Object(lease) = lease else { return Ok(false) };
        return match cluster.create(&resource, &lease).await {
            Ok(_) => Ok(true),
            Err(error) if error.is_conflict() => Ok(false),
            Err(error) => Err(error),
        };
    };
    let record = found.get("spec").cloned().unwrap_or_default();
    let is_ours = holder(&found) == terms.identity;
    if !is_ours && !holder(&found).is_empty() && !has_run_out(rival, &record) {
        return Ok(false);
    }
    let acquired = record.get("acquireTime").and_then(Value::as_str);
    let acquired = acquired.filter(|_| is_ours).and_then(|time| time.parse().ok()).unwrap_or(now);
    let turns = record.get("leaseTransitions").and_then(Value::as_i64).unwrap_or_default();
    let turns = if is_ours { turns } else { turns + 1 };
    match write(cluster, terms, &found, spec(terms, now, acquired, turns)).await {
        Ok(()) => Ok(true),
        Err(error) if error.is_conflict() => Ok(false),
        Err(error) => Err(error),
    }
}

/// Whether somebody's lease has not been renewed for as long as it says.
fn has_run_out(rival: &mut Option<Rival>, record: &Value) -> bool {
    match rival {
        Some(known) if known.record == *record => {
            let seconds = record.get("leaseDurationSeconds").and_then(Value::as_u64);
            known.since.elapsed() >= Duration::from_secs(seconds.unwrap_or(1))
        }
        _ => {
            *rival = Some(Rival { record: record.clone(), since: Instant::now() });
            false
        }
    }
}

/// Writes the lease if nobody has in between: the version makes that a conflict.
async fn write(cluster: &Cluster, terms: &Terms, found: &Fields, spec: Value) -> Result<(), Error> {
    let version = crate::request::metadata(found, "resourceVersion");
    let patch = json!({ "metadata": { "resourceVersion": version }, "spec": spec });
    let place = (terms.namespace.as_str(), terms.name.as_str());
    let resource = Resource::of::<Lease>(true);
    let params = PatchParams::default();
    cluster.patch(&resource, place, &params, &Patch::Merge(patch)).await.map(drop)
}

fn spec(terms: &Terms, now: Timestamp, acquired: Timestamp, turns: i64) -> Value {
    json!({
        "holderIdentity": terms.identity,
        "leaseDurationSeconds": terms.duration.as_secs().max(1),
        "acquireTime": micro(acquired),
        "renewTime": micro(now),
        "leaseTransitions": turns,
    })
}

fn holder(lease: &Fields) -> &str {
    let spec = lease.get("spec").and_then(|spec| spec.get("holderIdentity"));
    spec.and_then(Value::as_str).unwrap_or_default()
}

/// A time with microseconds, as Leases carry it.
fn micro(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string()
}
