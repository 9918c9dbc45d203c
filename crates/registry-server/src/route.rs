//! What a path asks for. Repository names hold slashes, so paths are read from their end.

use oci_spec::image::Digest;
use registry::Reference;

use crate::refusal::Refusal;

/// What a path below `/v2/` names.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Route {
    Catalog,
    Tags { repository: String },
    Manifest { repository: String, selector: Selector },
    Referrers { repository: String, subject: Digest },
    Blob { repository: String, digest: Digest },
    Uploads { repository: String },
    Upload { repository: String, id: String },
}

/// A tag or a digest.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Selector {
    Tag(String),
    Digest(Digest),
}

impl Selector {
    pub(crate) fn text(&self) -> &str {
        match self {
            Self::Tag(tag) => tag,
            Self::Digest(digest) => digest.as_ref(),
        }
    }
}

impl Route {
    /// Reads the path after `/v2/`.
    pub(crate) fn parse(path: &str) -> Result<Self, Refusal> {
        if path.trim_end_matches('/') == "_catalog" {
            return Ok(Self::Catalog);
        }
        if let Some(name) = path.strip_suffix("/tags/list") {
            return Ok(Self::Tags { repository: repository(name)? });
        }
        if let Some(name) = path.trim_end_matches('/').strip_suffix("/blobs/uploads") {
            return Ok(Self::Uploads { repository: repository(name)? });
        }
        let nowhere = || Refusal::not_found("NAME_UNKNOWN", "there is nothing at this address");
        let (front, last) = path.rsplit_once('/').ok_or_else(nowhere)?;
        if let Some(name) = front.strip_suffix("/blobs/uploads") {
            return Ok(Self::Upload { repository: repository(name)?, id: last.to_owned() });
        }
        if let Some(name) = front.strip_suffix("/manifests") {
            return Ok(Self::Manifest { repository: repository(name)?, selector: selector(last)? });
        }
        if let Some(name) = front.strip_suffix("/referrers") {
            return Ok(Self::Referrers { repository: repository(name)?, subject: digest(last)? });
        }
        let name = front.strip_suffix("/blobs").ok_or_else(nowhere)?;
        Ok(Self::Blob { repository: repository(name)?, digest: digest(last)? })
    }
}

pub(crate) fn repository(name: &str) -> Result<String, Refusal> {
    match Reference::parse(&format!("localhost/{name}")) {
        Ok(reference) if reference.repository() == name => Ok(name.to_owned()),
        _ => Err(Refusal::bad_request("NAME_INVALID", "the repository name is malformed")),
    }
}

pub(crate) fn digest(text: &str) -> Result<Digest, Refusal> {
    let malformed = || Refusal::bad_request("DIGEST_INVALID", "the digest is malformed");
    let digest: Digest = text.parse().map_err(|_| malformed())?;
    registry::Hasher::of(&digest).map_err(|_| malformed())?;
    Ok(digest)
}

/// A colon cannot be in a tag, so it tells a digest.
fn selector(text: &str) -> Result<Selector, Refusal> {
    if text.contains(':') {
        return digest(text).map(Selector::Digest);
    }
    let any = Reference::parse("localhost/any").expect("a constant reference");
    match any.with_tag(text) {
        Ok(_) => Ok(Selector::Tag(text.to_owned())),
        Err(_) => Err(Refusal::bad_request("MANIFEST_INVALID", "the tag is malformed")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_may_be_named_as_the_parts_of_a_path_are() {
        let route = Route::parse("a/manifests/b/blobs/uploads/").unwrap();
        assert_eq!(route, Route::Uploads { repository: "a/manifests/b".to_owned() });
        let route = Route::parse("blobs/manifests/latest").unwrap();
        let selector = Selector::Tag("latest".to_owned());
        assert_eq!(route, Route::Manifest { repository: "blobs".to_owned(), selector });
    }

    #[test]
    fn malformed_names_and_digests_are_refused() {
        for path in
            ["", "x", "A/tags/list", "a/../b/tags/list", "a/blobs/sha256:zz", "a/manifests/.x"]
        {
            assert!(Route::parse(path).is_err(), "{path:?}");
        }
    }
}
