//! Names of things in registries: `host[:port]/repository[:tag][@digest]`.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use oci_spec::image::Digest;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::Error;

/// The name that people write for Docker Hub; [`Reference::host`] of everything on it.
const DOCKER_HUB: &str = "docker.io";

/// The longest repository name that registries accept, in bytes.
const REPOSITORY_LIMIT: usize = 255;

/// The longest tag, in bytes.
const TAG_LIMIT: usize = 128;

/// One name in a registry: `host[:port]/repository[:tag][@digest]`.
///
/// A leading `oci://` is accepted and not kept. A name without a host means Docker Hub, and a name
/// without a folder there means `library/`, exactly where `crane` says so; nothing else is guessed.
/// With a tag *and* a digest the digest decides what is read and the tag is only shown.
///
/// ```
/// # use wharf_registry as registry;
/// let reference: registry::Reference = "oci://localhost:5000/shop:1.4.2".parse()?;
/// assert_eq!(reference.host(), "localhost:5000");
/// assert_eq!(reference.repository(), "shop");
/// assert_eq!(reference.tag(), Some("1.4.2"));
/// assert_eq!(reference.to_string(), "localhost:5000/shop:1.4.2");
/// # Ok::<(), registry::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Reference {
    host: String,
    repository: String,
    tag: Option<String>,
    digest: Option<Digest>,
}

/// What to pull, exactly: a name for people and the digest that decides.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Pinned {
    /// Where it is and how people call it; its own digest, if any, is not looked at.
    pub reference: Reference,
    /// The manifest that is meant, and no other.
    pub digest: Digest,
}

impl Reference {
    /// Reads a reference; see the type for what is accepted.
    ///
    /// # Errors
    ///
    /// [`Error::BadReference`] with the part that is wrong.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let bad = |reason: &str| Error::BadReference {
            text: text.chars().take(512).collect(),
            reason: reason.to_owned(),
        };
        let rest = text.strip_prefix("oci://").unwrap_or(text);
        let (rest, digest) = match rest.split_once('@') {
            Some((rest, digest)) => (rest, Some(digest)),
            None => (rest, None),
        };
        let digest = digest
            .map(|digest| Digest::from_str(digest).map_err(|_| bad("the digest is malformed")))
            .transpose()?;
        let (name, tag) = split_tag(rest);
        if let Some(tag) = tag
            && !is_tag(tag)
        {
            return Err(bad("the tag is malformed"));
        }
        let (host, repository) = split_host(name);
        let repository = match host {
            DOCKER_HUB if !repository.contains('/') => format!("library/{repository}"),
            _ => repository.to_owned(),
        };
        if !is_host(host) {
            return Err(bad("the host is malformed"));
        }
        if !is_repository(&repository) {
            return Err(bad("the repository is malformed"));
        }
        Ok(Self { host: host.to_owned(), repository, tag: tag.map(str::to_owned), digest })
    }

    /// The registry, with its port if one was written; `docker.io` for Docker Hub.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The path below the host, without tag and digest.
    pub fn repository(&self) -> &str {
        &self.repository
    }

    /// The tag as written, if any.
    pub fn tag(&self) -> Option<&str> {
        self.tag.as_deref()
    }

    /// The digest as written, if any.
    pub fn digest(&self) -> Option<&Digest> {
        self.digest.as_ref()
    }

    /// What a registry is asked for: the digest, else the tag, else `latest`.
    pub fn selector(&self) -> &str {
        match &self.digest {
            Some(digest) => digest.as_ref(),
            None => self.tag().unwrap_or("latest"),
        }
    }

    /// `host/repository`, as in messages about the whole repository.
    pub fn name(&self) -> String {
        format!("{}/{}", self.host, self.repository)
    }

    /// The same repository with this tag and no digest.
    ///
    /// # Errors
    ///
    /// [`Error::BadReference`] when it is not a tag: 1 to 128 of `[A-Za-z0-9_.-]`, not starting
    /// with `.` or `-`.
    pub fn with_tag(&self, tag: &str) -> Result<Self, Error> {
        if !is_tag(tag) {
            return Err(Error::BadReference {
                text: format!("{}:{}", self.name(), tag.chars().take(160).collect::<String>()),
                reason: "the tag is malformed".to_owned(),
            });
        }
        Ok(Self { tag: Some(tag.to_owned()), digest: None, ..self.clone() })
    }

    /// The same name, tag included, with this digest.
    #[must_use]
    pub fn with_digest(&self, digest: Digest) -> Self {
        Self { digest: Some(digest), ..self.clone() }
    }

    /// The repository alone, without tag and digest.
    #[must_use]
    pub fn without_selector(&self) -> Self {
        Self { tag: None, digest: None, ..self.clone() }
    }

    /// The same name, tag included, without a digest.
    #[must_use]
    pub fn without_digest(&self) -> Self {
        Self { digest: None, ..self.clone() }
    }

    /// Another repository on the same registry.
    ///
    /// # Errors
    ///
    /// [`Error::BadReference`] when `repository` is malformed.
    pub fn with_repository(&self, repository: &str) -> Result<Self, Error> {
        Self::parse(&format!("{}/{repository}", self.host)).map(|other| other.without_selector())
    }

    /// The name and `digest` together.
    #[must_use]
    pub fn pin(&self, digest: Digest) -> Pinned {
        Pinned { reference: self.clone(), digest }
    }
}

impl Pinned {
    /// The reference that a registry answers with exactly these bytes.
    pub fn exact(&self) -> Reference {
        self.reference.with_digest(self.digest.clone())
    }
}

impl fmt::Display for Pinned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.exact().fmt(f)
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.host, self.repository)?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        if let Some(digest) = &self.digest {
            write!(f, "@{digest}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{self}`")
    }
}

impl FromStr for Reference {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::parse(text)
    }
}

impl Ord for Reference {
    fn cmp(&self, other: &Self) -> Ordering {
        let key = |r: &Self| (r.digest.as_ref().map(ToString::to_string), r.tag.clone());
        (&self.host, &self.repository)
            .cmp(&(&other.host, &other.repository))
            .then_with(|| key(self).cmp(&key(other)))
    }
}

impl PartialOrd for Reference {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Serialize for Reference {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Reference {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// Cuts a tag off; a colon before the last `/` belongs to a port.
fn split_tag(rest: &str) -> (&str, Option<&str>) {
    match rest.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => (name, Some(tag)),
        _ => (rest, None),
    }
}

/// Cuts the host off, as `crane` tells a host from a folder: it has a dot or a port, or is `localhost`.
fn split_host(name: &str) -> (&str, &str) {
    match name.split_once('/') {
        Some((host, repository))
            if host.contains(['.', ':']) || host == "localhost" || host.starts_with('[') =>
        {
            match host {
                "index.docker.io" | "registry-1.docker.io" => (DOCKER_HUB, repository),
                host => (host, repository),
            }
        }
        _ => (DOCKER_HUB, name),
    }
}

/// Whether this can be the authority of a URL and nothing more.
fn is_host(host: &str) -> bool {
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if !port.contains(']') => (name, Some(port)),
        _ => (host, None),
    };
    let name_is_fine = match name.strip_prefix('[').and_then(|name| name.strip_suffix(']')) {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => {
            !name.is_empty()
                && name.split('.').all(|label| {
                    !label.is_empty()
                        && !label.starts_with('-')
                        && !label.ends_with('-')
                        && label
                            .bytes()
                            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
                })
        }
    };
    name_is_fine && port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0))
}

/// Whether this is `segment(/segment)*` of the distribution specification's `<name>`.
///
/// # Source
///
/// OCI Distribution Spec 1.1, "Pulling manifests": `[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(\/…)*`.
pub(crate) fn is_repository(name: &str) -> bool {
    name.len() <= REPOSITORY_LIMIT && name.split('/').all(is_segment)
}

fn is_segment(segment: &str) -> bool {
    let is_word = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let bytes = segment.as_bytes();
    let (Some(first), Some(last)) = (bytes.first(), bytes.last()) else { return false };
    if !is_word(*first) || !is_word(*last) {
        return false;
    }
    bytes.split(|b| is_word(*b)).all(|gap| match gap {
        b"" | b"." | b"_" | b"__" => true,
        dashes => dashes.iter().all(|b| *b == b'-'),
    })
}

/// Whether this is a tag of the distribution specification.
pub(crate) fn is_tag(tag: &str) -> bool {
    tag.len() <= TAG_LIMIT
        && tag.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric() || b == b'_')
        && tag.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-'))
}

#[cfg(test)]
mod tests;
