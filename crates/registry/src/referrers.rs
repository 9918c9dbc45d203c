//! What refers to a manifest: signatures, attestations, moves.
//!
//! Registries of OCI 1.1 answer a listing. On all others the clients keep the list themselves, in an
//! index under the tag `sha256-<hex>` of the subject.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use oci_spec::image::{Descriptor, Digest, ImageIndex, ImageIndexBuilder, MediaType};
use reqwest::Method;

use crate::backoff::random;
use crate::call::Call;
use crate::error::TagMoved;
use crate::manifest::is_index;
use crate::registry::lock;
use crate::{Condition, Error, Manifest, Reference, Registry};

/// How often an entry that another writer overwrote is entered again.
const ATTEMPTS: u32 = 20;

/// How long a writer may take from reading the list to writing it, usually.
const SETTLED: Duration = Duration::from_millis(150);

impl Registry {
    /// Lists the manifests whose subject is `subject`, by the registry's API or the fallback tag.
    ///
    /// With an `artifact_type` only those of that type. The descriptors carry `artifactType` and
    /// annotations. A subject that nobody knows has no referrers.
    ///
    /// # Errors
    ///
    /// [`Error::Garbage`] when the list is no index, and what the network does.
    ///
    /// # Source
    ///
    /// OCI Distribution Spec 1.1, "Listing Referrers" and "Unavailable Referrers API".
    pub async fn referrers(
        &self,
        repository: &Reference,
        subject: &Digest,
        artifact_type: Option<&str>,
    ) -> Result<Vec<Descriptor>, Error> {
        let listed = if self.host(repository).lacks_referrers_api {
            None
        } else {
            self.listed_referrers(repository, subject, artifact_type).await?
        };
        let mut referrers = match listed {
            Some(referrers) => referrers,
            None => self.fallback(repository, subject).await?.0,
        };
        if let Some(wanted) = artifact_type {
            referrers.retain(|found| type_of(found) == Some(wanted));
        }
        Ok(referrers)
    }

    /// The registry's own list; `None` when it has no such API.
    async fn listed_referrers(
        &self,
        repository: &Reference,
        subject: &Digest,
        artifact_type: Option<&str>,
    ) -> Result<Option<Vec<Descriptor>>, Error> {
        let mut path = format!("/v2/{}/referrers/{subject}", repository.repository());
        if let Some(artifact_type) = artifact_type {
            let query = url::form_urlencoded::Serializer::new(String::new())
                .append_pair("artifactType", artifact_type)
                .finish();
            path = format!("{path}?{query}");
        }
        let mut referrers = Vec::new();
        let call = Call::read(repository, Method::GET, path);
        let result = self
            .pages(call, |page| {
                let index: ImageIndex = serde_json::from_slice(&page)?;
                referrers.extend(index.manifests().iter().cloned());
                Ok(())
            })
            .await;
        match result {
            Ok(()) => Ok(Some(referrers)),
            Err(error) => match error.answer().map(|answer| answer.status) {
                Some(status @ (400 | 404 | 405 | 501)) => {
                    // A 404 may also speak of the repository, so only the others are remembered
                    // for the host; distribution answers its own 404 page without a code.
                    let has_code = error.answer().is_some_and(|answer| !answer.code.is_empty());
                    if status != 404 || !has_code {
                        self.learn(repository, |host| host.lacks_referrers_api = true);
                    }
                    Ok(None)
                }
                _ => Err(error),
            },
        }
    }

    /// The list under the fallback tag and the digest of the index it came from.
    async fn fallback(
        &self,
        repository: &Reference,
        subject: &Digest,
    ) -> Result<(Vec<Descriptor>, Option<Digest>), Error> {
        let tag = repository.with_tag(&fallback_tag(subject))?;
        let manifest = match self.manifest(&tag).await {
            Ok(manifest) => manifest,
            Err(error) if error.is_not_found() => return Ok((Vec::new(), None)),
            Err(error) => return Err(error),
        };
        if !is_index(&manifest.media_type) {
            // Some other tool's manifest under that name is no list, and not ours to replace.
            return Err(Error::BadManifest {
                reference: Box::new(tag),
                source: serde::de::Error::custom("the fallback tag is no index"),
            });
        }
        let index: ImageIndex = serde_json::from_slice(&manifest.bytes)
            .map_err(|source| Error::BadManifest { reference: Box::new(tag), source })?;
        Ok((index.manifests().clone(), Some(manifest.digest)))
    }

    /// Enters a manifest with a subject into the subject's fallback tag.
    pub(crate) async fn enter_referrer(
        &self,
        to: &Reference,
        manifest: &Manifest,
    ) -> Result<(), Error> {
        let Some((subject, entry)) = referrer(manifest) else { return Ok(()) };
        self.change_fallback(to, &subject, |list| {
            if list.iter().any(|listed| listed.digest() == entry.digest()) {
                return false;
            }
            list.push(entry.clone());
            true
        })
        .await
    }

    /// Takes a manifest with a subject out of the subject's fallback tag.
    pub(crate) async fn remove_referrer(
        &self,
        from: &Reference,
        manifest: &Manifest,
    ) -> Result<(), Error> {
        let Some((subject, _)) = referrer(manifest) else { return Ok(()) };
        if !self.host(from).lacks_referrers_api
            && self.listed_referrers(from, &subject, None).await?.is_some()
        {
            return Ok(());
        }
        self.change_fallback(from, &subject, |list| {
            let before = list.len();
            list.retain(|listed| listed.digest() != &manifest.digest);
            list.len() != before
        })
        .await
    }

    /// Changes the list until the change stays: another writer may overwrite it.
    ///
    /// Writers of this process take turns. Others are met by looking at the tag right before the write,
    /// and once more a while after it, when everybody who had read the old list has written. A registry
    /// with conditional writes loses nothing and needs no second look.
    async fn change_fallback(
        &self,
        repository: &Reference,
        subject: &Digest,
        change: impl Fn(&mut Vec<Descriptor>) -> bool,
    ) -> Result<(), Error> {
        let tag = repository.with_tag(&fallback_tag(subject))?;
        let turn = self.turn(&tag);
        let _guard = turn.lock().await;
        for _ in 0..ATTEMPTS {
            let (mut list, at) = self.fallback(repository, subject).await?;
            if !change(&mut list) {
                return Ok(());
            }
            let bytes = index_bytes(list);
            let condition = at.as_ref().map_or(Condition::Absent, Condition::At);
            let put = self.push_manifest_if(&tag, &MediaType::ImageIndex, bytes, condition);
            match Box::pin(put).await {
                Ok(pushed) if pushed.is_atomic => return Ok(()),
                Ok(pushed) => {
                    pause(SETTLED).await;
                    let now = self.find(&tag).await?;
                    if now.is_some_and(|now| *now.digest() == pushed.digest) {
                        return Ok(());
                    }
                }
                Err(Error::TagMoved(_)) => pause(SETTLED).await,
                Err(error) => return Err(error),
            }
        }
        let found = self.find(&tag).await?.map(|found| found.digest().clone());
        let moved = TagMoved { reference: tag, expected: None, found };
        Err(Error::TagMoved(Box::new(moved)))
    }

    /// The lock of one fallback tag within this process.
    fn turn(&self, tag: &Reference) -> Arc<tokio::sync::Mutex<()>> {
        let mut locks = lock(&self.inner.fallback_locks);
        locks.retain(|_, turn| Arc::strong_count(turn) > 1);
        locks.entry(tag.to_string()).or_default().clone()
    }
}

/// Waits between half of `most` and all of it.
async fn pause(most: Duration) {
    let half = most / 2;
    let permille = u32::try_from(random() % 1000).unwrap_or_default();
    tokio::time::sleep(half + half * permille / 1000).await;
}

/// The tag under which clients keep the referrers of `subject`.
///
/// # Source
///
/// OCI Distribution Spec 1.1, "Referrers Tag Schema".
pub(crate) fn fallback_tag(subject: &Digest) -> String {
    let algorithm: String = subject.algorithm().as_ref().chars().take(32).collect();
    let encoded: String = subject.digest().chars().take(64).collect();
    format!("{algorithm}-{encoded}")
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-') { c } else { '-' })
        .collect()
}

/// The subject of a manifest and the entry that lists the manifest; `None` without a subject.
///
/// # Source
///
/// OCI Distribution Spec 1.1, "Listing Referrers": what the descriptors hold.
pub(crate) fn referrer(manifest: &Manifest) -> Option<(Digest, Descriptor)> {
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Part {
        subject: Option<Descriptor>,
        artifact_type: Option<MediaType>,
        config: Option<Descriptor>,
        annotations: Option<BTreeMap<String, String>>,
    }
    let part: Part = serde_json::from_slice(&manifest.bytes).ok()?;
    let subject = part.subject?.digest().clone();
    let mut entry = manifest.descriptor();
    let config_type = part.config.map(|config| config.media_type().clone());
    entry.set_artifact_type(
        part.artifact_type.filter(|kind| !kind.as_ref().is_empty()).or(config_type),
    );
    let annotations = part.annotations.filter(|annotations| !annotations.is_empty());
    entry.set_annotations(annotations.map(|annotations| annotations.into_iter().collect()));
    Some((subject, entry))
}

fn type_of(descriptor: &Descriptor) -> Option<&str> {
    descriptor.artifact_type().as_ref().map(AsRef::as_ref)
}

fn index_bytes(manifests: Vec<Descriptor>) -> bytes::Bytes {
    let index = ImageIndexBuilder::default()
        .schema_version(2_u32)
        .media_type(MediaType::ImageIndex)
        .manifests(manifests)
        .build()
        .expect("all required fields are given");
    // By way of a value, whose maps are sorted: annotations come in no order.
    let value = serde_json::to_value(&index).expect("an index is JSON");
    serde_json::to_vec(&value).expect("a value is JSON").into()
}
