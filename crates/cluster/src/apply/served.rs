//! Waiting until the kinds of new definitions can be addressed.

use std::time::Duration;

use plan::{Object, ObjectId};
use serde_json::Value;
use tokio::time::{Instant, sleep};

use crate::connect::Cluster;
use crate::error::Error;

/// How long a definition that is established may take to show in discovery.
const PATIENCE: Duration = Duration::from_secs(30);

/// Waits until every kind that these definitions define is served; names those that are not.
///
/// An API server says that a definition is established up to a second or two before its discovery
/// lists the kind.
pub(super) async fn wait_until_served(
    cluster: &Cluster,
    definitions: impl Iterator<Item = &Object>,
) -> Result<(), Vec<(ObjectId, String)>> {
    let until = Instant::now() + PATIENCE;
    let mut failures = Vec::new();
    for definition in definitions {
        for (api_version, kind) in kinds(definition) {
            if let Err(error) = one(cluster, &api_version, &kind, until).await {
                failures
                    .push((definition.id(), format!("{} is not served: {error}", definition.id())));
            }
        }
    }
    if failures.is_empty() { Ok(()) } else { Err(failures) }
}

async fn one(
    cluster: &Cluster,
    api_version: &str,
    kind: &str,
    until: Instant,
) -> Result<(), Error> {
    loop {
        match cluster.resource(api_version, kind).await {
            Err(Error::UnknownKind { .. }) if Instant::now() < until => {
                sleep(Duration::from_millis(100)).await;
            }
            found => return found.map(drop),
        }
    }
}

/// API version and kind of each served version.
fn kinds(definition: &Object) -> Vec<(String, String)> {
    let text = |path: &[&str]| definition.text(path).unwrap_or_default().to_owned();
    let (group, kind) = (text(&["spec", "group"]), text(&["spec", "names", "kind"]));
    let versions = definition.at(&["spec", "versions"]).and_then(Value::as_array);
    let served = versions.into_iter().flatten().filter(|version| version["served"] == true);
    let names = served.filter_map(|version| version["name"].as_str());
    names.map(|name| (format!("{group}/{name}"), kind.clone())).collect()
}
