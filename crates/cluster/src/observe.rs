//! Reading the live side of a set of desired objects.

use futures::future::BoxFuture;
use futures::{FutureExt as _, StreamExt as _, stream};
use plan::{Fields, Object};

use crate::connect::Cluster;
use crate::error::Error;
use crate::mapping::Resource;

/// How many requests about one set of objects are under way at the same time.
const CONCURRENCY: usize = 8;

/// A desired object, where it is served, and what is there now.
#[derive(Debug, Clone)]
pub struct Observed {
    /// The kind's address.
    pub resource: Resource,
    /// The object in the cluster, if it exists.
    pub live: Option<Fields>,
}

/// Reads the live object of each desired one, in the order given.
///
/// One answer per object, because each failing object is to be named; reading changes nothing.
pub async fn observe(cluster: &Cluster, desired: &[Object]) -> Vec<Result<Observed, Error>> {
    concurrently(desired.iter().map(|object| one(cluster, object).boxed()).collect()).await
}

/// Runs requests a few at a time; the answers come in the order given.
pub(crate) async fn concurrently<T>(requests: Vec<BoxFuture<'_, T>>) -> Vec<T> {
    stream::iter(requests).buffered(CONCURRENCY).collect().await
}

async fn one(cluster: &Cluster, desired: &Object) -> Result<Observed, Error> {
    let resource = cluster.resource(desired.api_version(), desired.kind()).await?;
    let namespace = desired.namespace().unwrap_or_default();
    let live = cluster.get(&resource, namespace, desired.name()).await?;
    Ok(Observed { resource, live })
}
