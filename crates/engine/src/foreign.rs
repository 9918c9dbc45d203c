//! Content of sources that other controllers fulfil: fetched from where their status says.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use api::Artifact;
use bytes::{Bytes, BytesMut};
use cluster::{Resource, Selection};
use futures::StreamExt as _;
use tokio::sync::broadcast::error::RecvError;
use trust::{Demand, Verified};

use crate::context::Context;
use crate::error::Error;
use crate::kustomization::Request;
use crate::source::{Bundle, Content};
use crate::trigger;

/// The kinds of sources that somebody else may fulfil.
pub(crate) const KINDS: [&str; 3] = ["GitRepository", "Bucket", "ExternalArtifact"];

/// How long one artifact may take to come.
const PATIENCE: Duration = Duration::from_mins(1);

/// The largest artifact that is fetched, in bytes.
const LIMIT: usize = 256 << 20;

/// The kinds that are followed, because a Kustomization builds from one of them.
#[derive(Default)]
pub(crate) struct Followed {
    kinds: Mutex<BTreeSet<String>>,
}

/// Fetches what the source of a request holds, unless content of that digest is at hand.
///
/// # Errors
///
/// [`Error::Artifact`] when there is no source, no artifact, or bytes that do not have their digest.
///
/// # Source
///
/// facts/flux.md §3.3 and §4.3 step 5: a gzipped tar at `status.artifact.url`.
pub(crate) async fn content(
    context: &Arc<Context>,
    request: &Request,
) -> Result<Arc<Verified<Bundle>>, Error> {
    let source = &request.spec.source_ref;
    let (namespace, name) = &request.source;
    let called = format!("{} \"{namespace}/{name}\"", source.kind);
    let failed = |reason: String| Error::Artifact { reason, is_pending: false };
    let api_version = source.api_version.as_deref().unwrap_or("source.toolkit.fluxcd.io/v1");
    let resource = context.cluster.resource(api_version, &source.kind).await;
    let resource = resource.map_err(|error| failed(error.to_string()))?;
    follow(context, &resource);
    let found = context.cluster.get(&resource, namespace, name).await?;
    let found = found.ok_or_else(|| failed(format!("{called} not found")))?;
    let artifact = found.get("status").and_then(|status| status.get("artifact")).cloned();
    let Some(artifact) = artifact.and_then(|it| serde_json::from_value::<Artifact>(it).ok()) else {
        let reason = format!("Source artifact not found, retrying when {called} has one");
        return Err(Error::Artifact { reason, is_pending: true });
    };
    let digest = artifact.digest.clone().unwrap_or_default();
    let make = async {
        let archive = fetch(&artifact.url, &digest).await.map_err(&failed)?;
        let tree = bundle::unpack(&archive, &context.settings.limits)
            .map_err(|error| failed(format!("the artifact of {called} is refused: {error}")))?;
        let weight = archive.len() + tree.iter().map(|(_, it)| it.bytes.len()).sum::<usize>();
        Ok::<_, Error>((Arc::new(Content { tree, archive, digest: digest.clone() }), weight.max(1)))
    };
    let content = context.sources.contents.get(&format!("foreign|{digest}"), make).await?;
    let metadata = artifact.metadata.unwrap_or_default();
    let bundle = Bundle {
        revision: artifact.revision,
        origin_revision: metadata.get(bundle::media::REVISION).cloned(),
        metadata,
        content,
    };
    // Its own controller has verified it, where that was asked for; here nothing more is demanded.
    let verified = trust::verify(bundle, &Demand::Nothing);
    verified.map(Arc::new).map_err(|error| failed(error.to_string()))
}

/// Reads an artifact and compares it with its digest.
async fn fetch(url: &str, digest: &str) -> Result<Bytes, String> {
    let expected = digest.parse().map_err(|_| format!("`{digest}` is not a digest"))?;
    let read = async {
        let response = reqwest::get(url).await.map_err(|error| error.to_string())?;
        if !response.status().is_success() {
            return Err(format!("`{url}` answered {}", response.status()));
        }
        let mut bytes = BytesMut::new();
        let mut stream = response.bytes_stream();
        while let Some(piece) = stream.next().await {
            bytes.extend_from_slice(&piece.map_err(|error| error.to_string())?);
            if bytes.len() > LIMIT {
                return Err(format!("`{url}` is larger than {LIMIT} bytes"));
            }
        }
        Ok(bytes.freeze())
    };
    let slow = |_| format!("`{url}` did not come within {} s", PATIENCE.as_secs());
    let bytes = tokio::time::timeout(PATIENCE, read).await.map_err(slow)??;
    registry::verify(url, &bytes, &expected).map_err(|error| error.to_string())?;
    Ok(bytes)
}

/// Starts to follow a kind of source, once.
fn follow(context: &Arc<Context>, resource: &Resource) {
    let mut kinds = context.followed.kinds.lock().expect("no holder of this lock panics");
    if kinds.insert(resource.api.kind.clone()) {
        let watch = context.cluster.watch(resource, &Selection::All);
        tokio::spawn(follow_kind(Arc::downgrade(context), watch));
    }
}

/// Tells those who build from a source that it has something new, for as long as the engine runs.
async fn follow_kind(context: Weak<Context>, watch: cluster::Watch) {
    let mut changes = watch.changes();
    loop {
        let change = match changes.recv().await {
            Ok(change) => change,
            Err(RecvError::Lagged(_)) => continue,
            Err(RecvError::Closed) => return,
        };
        let Some(context) = context.upgrade() else { return };
        trigger::source_changed(&context, &change);
    }
}
