//! The index of a layout: which repository holds which manifests under which tags.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use oci_spec::image::{Descriptor, Digest, ImageIndex, ImageIndexBuilder, MediaType};

use super::blobs::{Blobs, failed};
use super::journal::Change;
use crate::manifest::is_index;
use crate::referrers::referrer;
use crate::{Error, MANIFEST_LIMIT, Manifest};

/// The annotation that holds `repository:tag`, or the tag alone.
const REF_NAME: &str = "org.opencontainers.image.ref.name";

/// The annotation that holds the repository of a manifest without a tag.
const REPOSITORY: &str = "dev.wharf.repository";

/// The largest `index.json` that is read.
const LIMIT: u64 = 256 << 20;

/// The deepest nesting of indexes that is followed.
const DEPTH: u32 = 4;

#[derive(Debug, Default)]
pub(super) struct Index {
    repositories: BTreeMap<String, Repository>,
}

#[derive(Debug, Default)]
struct Repository {
    /// By the text of the digest.
    manifests: BTreeMap<String, Entry>,
    tags: BTreeMap<String, Digest>,
}

#[derive(Debug)]
struct Entry {
    descriptor: Descriptor,
    /// The subject, and how its list shows this manifest.
    refers: Option<(Digest, Descriptor)>,
}

impl Index {
    /// Reads `index.json`; makes an empty layout where there is none.
    pub(super) fn load(folder: &Path, blobs: &Blobs) -> Result<Self, Error> {
        let path = folder.join("index.json");
        let bad = |reason: &str| Error::BadLayout { path: path.clone(), reason: reason.to_owned() };
        let bytes = match fs::metadata(&path) {
            Ok(metadata) if metadata.len() > LIMIT => return Err(bad("it is too large")),
            Ok(_) => fs::read(&path).map_err(|error| failed("read", &path, error))?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                write_atomically(folder, "oci-layout", br#"{"imageLayoutVersion":"1.0.0"}"#)?;
                let index = Self::default();
                index.save(folder)?;
                return Ok(index);
            }
            Err(error) => return Err(failed("read", &path, error)),
        };
        let listed: ImageIndex =
            serde_json::from_slice(&bytes).map_err(|error| bad(&error.to_string()))?;
        let mut index = Self::default();
        for descriptor in listed.manifests() {
            let (repository, tag) = place(descriptor);
            index.list(repository, descriptor, tag, blobs);
        }
        Ok(index)
    }

    /// Makes a change that an earlier process noted.
    pub(super) fn redo(&mut self, change: Change, blobs: &Blobs) {
        match change {
            Change::Put { repository, descriptor, tag } => {
                self.list(repository, &descriptor, tag, blobs);
            }
            Change::RemoveManifest { repository, digest } => {
                self.remove_manifest(&repository, &digest);
            }
            Change::RemoveTag { repository, tag } => {
                self.remove_tag(&repository, &tag);
            }
        }
    }

    fn list(
        &mut self,
        repository: String,
        descriptor: &Descriptor,
        tag: Option<String>,
        blobs: &Blobs,
    ) {
        self.add(&repository, descriptor, blobs, DEPTH);
        if let Some(tag) = tag {
            let tags = &mut self.repositories.entry(repository).or_default().tags;
            tags.insert(tag, descriptor.digest().clone());
        }
    }

    /// Adds a listed manifest, and the children of an index, which other tools do not list.
    fn add(&mut self, repository: &str, listed: &Descriptor, blobs: &Blobs, depth: u32) {
        let digest = listed.digest();
        let known = self.repositories.get(repository);
        if known.is_some_and(|known| known.manifests.contains_key(digest.as_ref())) {
            return;
        }
        let media_type = listed.media_type().clone();
        let descriptor = Descriptor::new(media_type.clone(), listed.size(), digest.clone());
        // A manifest that is gone or damaged stays listed; reading it will say so.
        let manifest = blobs.read(digest, MANIFEST_LIMIT).ok().map(|bytes| Manifest {
            bytes,
            media_type,
            digest: digest.clone(),
        });
        let refers = manifest.as_ref().and_then(referrer);
        let entry = Entry { descriptor, refers };
        let manifests = &mut self.repositories.entry(repository.to_owned()).or_default().manifests;
        manifests.insert(digest.to_string(), entry);
        let Some(manifest) = manifest.filter(|found| depth > 0 && is_index(&found.media_type))
        else {
            return;
        };
        if let Ok(children) = serde_json::from_slice::<ImageIndex>(&manifest.bytes) {
            for child in children.manifests() {
                if blobs.size(child.digest()).is_ok_and(|size| size.is_some()) {
                    self.add(repository, child, blobs, depth - 1);
                }
            }
        }
    }

    pub(super) fn save(&self, folder: &Path) -> Result<(), Error> {
        let index = ImageIndexBuilder::default()
            .schema_version(2_u32)
            .media_type(MediaType::ImageIndex)
            .manifests(self.listed())
            .build()
            .expect("all required fields are given");
        let bytes = serde_json::to_vec(&index).expect("an index is JSON");
        write_atomically(folder, "index.json", &bytes)
    }

    /// One descriptor per tag, and one per manifest without a tag.
    fn listed(&self) -> Vec<Descriptor> {
        let mut listed = Vec::new();
        for (name, repository) in &self.repositories {
            let mut untagged: BTreeMap<_, _> = repository.manifests.iter().collect();
            for (tag, digest) in &repository.tags {
                untagged.remove(&digest.to_string());
                if let Some(entry) = repository.manifests.get(digest.as_ref()) {
                    listed.push(annotated(&entry.descriptor, REF_NAME, joined(name, tag)));
                }
            }
            let untagged = untagged.values().map(|entry| match name.as_str() {
                "" => entry.descriptor.clone(),
                name => annotated(&entry.descriptor, REPOSITORY, name.to_owned()),
            });
            listed.extend(untagged);
        }
        listed
    }

    pub(super) fn tag(&self, repository: &str, tag: &str) -> Option<Digest> {
        self.repositories.get(repository)?.tags.get(tag).cloned()
    }

    pub(super) fn find(&self, repository: &str, selector: &str) -> Option<Descriptor> {
        let repository = self.repositories.get(repository)?;
        let entry = match repository.tags.get(selector) {
            Some(digest) => repository.manifests.get(digest.as_ref()),
            None => repository.manifests.get(selector),
        };
        entry.map(|entry| entry.descriptor.clone())
    }

    pub(super) fn put(&mut self, repository: &str, manifest: &Manifest, tag: Option<&str>) {
        let repository = self.repositories.entry(repository.to_owned()).or_default();
        let entry = Entry { descriptor: manifest.descriptor(), refers: referrer(manifest) };
        repository.manifests.insert(manifest.digest.to_string(), entry);
        if let Some(tag) = tag {
            repository.tags.insert(tag.to_owned(), manifest.digest.clone());
        }
    }

    pub(super) fn tags(&self, repository: &str) -> Option<Vec<String>> {
        Some(self.repositories.get(repository)?.tags.keys().cloned().collect())
    }

    pub(super) fn repositories(&self) -> Vec<String> {
        self.repositories.keys().cloned().collect()
    }

    pub(super) fn referrers(&self, repository: &str, subject: &Digest) -> Vec<Descriptor> {
        let Some(repository) = self.repositories.get(repository) else { return Vec::new() };
        let refers = repository.manifests.values().filter_map(|entry| entry.refers.as_ref());
        refers.filter(|(to, _)| to == subject).map(|(_, entry)| entry.clone()).collect()
    }

    pub(super) fn remove_manifest(&mut self, repository: &str, digest: &Digest) -> bool {
        let Some(repository) = self.repositories.get_mut(repository) else { return false };
        repository.tags.retain(|_, tagged| tagged != digest);
        repository.manifests.remove(digest.as_ref()).is_some()
    }

    pub(super) fn remove_tag(&mut self, repository: &str, tag: &str) -> bool {
        let repository = self.repositories.get_mut(repository);
        repository.is_some_and(|repository| repository.tags.remove(tag).is_some())
    }

    /// The number of manifests and tags.
    pub(super) fn len(&self) -> usize {
        self.repositories.values().map(|it| it.manifests.len() + it.tags.len()).sum()
    }

    /// The digests of all manifests of all repositories.
    pub(super) fn manifests(&self) -> BTreeSet<String> {
        let manifests = self.repositories.values().flat_map(|found| found.manifests.keys());
        manifests.cloned().collect()
    }
}

/// The repository and the tag that a listed descriptor speaks of.
fn place(descriptor: &Descriptor) -> (String, Option<String>) {
    let annotations = descriptor.annotations().as_ref();
    let get = |name: &str| annotations.and_then(|annotations| annotations.get(name)).cloned();
    match get(REF_NAME) {
        Some(name) => match name.rsplit_once(':') {
            Some((repository, tag)) => (repository.to_owned(), Some(tag.to_owned())),
            None => (String::new(), Some(name)),
        },
        None => (get(REPOSITORY).unwrap_or_default(), None),
    }
}

fn joined(repository: &str, tag: &str) -> String {
    match repository {
        "" => tag.to_owned(),
        repository => format!("{repository}:{tag}"),
    }
}

fn annotated(descriptor: &Descriptor, name: &str, value: String) -> Descriptor {
    let mut descriptor = descriptor.clone();
    descriptor.set_annotations(Some([(name.to_owned(), value)].into_iter().collect()));
    descriptor
}

/// Writes a file of the folder so that a reader sees the old or the new one, never a part.
fn write_atomically(folder: &Path, name: &str, bytes: &[u8]) -> Result<(), Error> {
    let (to, new) = (folder.join(name), folder.join(format!(".{name}.new")));
    let write = || {
        let mut file = fs::File::create(&new)?;
        file.write_all(bytes)?;
        fs::rename(&new, &to)
    };
    write().map_err(|error| failed("write", &to, error))
}
