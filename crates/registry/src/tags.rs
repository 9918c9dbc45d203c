//! Lists: tags and repositories, page by page.

use bytes::Bytes;
use reqwest::header::{HeaderMap, LINK};
use reqwest::{Method, Url};
use serde::Deserialize;

use crate::call::Call;
use crate::{Error, Reference, Registry};

/// The most bytes of one page.
pub(crate) const PAGE_LIMIT: u64 = 16 << 20;

/// The most pages of one list; a registry that sends more goes in circles.
pub(crate) const PAGES: usize = 10_000;

#[derive(Deserialize)]
struct Tags {
    #[serde(default)]
    tags: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct Repositories {
    #[serde(default)]
    repositories: Option<Vec<String>>,
}

impl Registry {
    /// Lists all tags of a repository in the registry's order, following every page.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] when there is no such repository.
    ///
    /// # Source
    ///
    /// OCI Distribution Spec 1.1, "Listing Tags"; the cursor in `Link` is opaque.
    pub async fn tags(&self, repository: &Reference) -> Result<Vec<String>, Error> {
        let first = format!("/v2/{}/tags/list?n=1000", repository.repository());
        let mut tags = Vec::new();
        let call = Call::read(repository, Method::GET, first);
        self.pages(call, |page| {
            let page: Tags = serde_json::from_slice(&page)?;
            tags.extend(page.tags.unwrap_or_default());
            Ok(())
        })
        .await?;
        Ok(tags)
    }

    /// Lists the repositories of a registry, where it tells; `any` names the registry.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`], [`Error::Unauthorized`] or [`Error::Denied`] where it does not tell.
    pub async fn repositories(&self, any: &Reference) -> Result<Vec<String>, Error> {
        let mut names = Vec::new();
        let mut call = Call::read(any, Method::GET, "/v2/_catalog?n=1000".to_owned());
        call.access = ["registry:catalog:*".to_owned()].into();
        self.pages(call, |page| {
            let page: Repositories = serde_json::from_slice(&page)?;
            names.extend(page.repositories.unwrap_or_default());
            Ok(())
        })
        .await?;
        Ok(names)
    }

    /// Reads every page of a list.
    pub(crate) async fn pages(
        &self,
        mut call: Call,
        mut take: impl FnMut(Bytes) -> Result<(), serde_json::Error>,
    ) -> Result<(), Error> {
        for _ in 0..PAGES {
            let (headers, page) = self.fetch(&call, &[200], PAGE_LIMIT).await?;
            let garbage = |reason: String| Error::Garbage { request: call.line(), reason };
            take(page).map_err(|error| garbage(format!("a page that does not parse ({error})")))?;
            match next_page(&headers, &call) {
                Ok(Some(next)) => call.target = crate::call::Target::Path(next),
                Ok(None) => return Ok(()),
                Err(reason) => return Err(garbage(reason.to_owned())),
            }
        }
        Err(Error::Garbage { request: call.line(), reason: format!("more than {PAGES} pages") })
    }
}

/// The path and query of the next page, from `Link: <…>; rel="next"`.
///
/// Only path and query are used: a proxy in front of the registry may not know its own name.
fn next_page(headers: &HeaderMap, call: &Call) -> Result<Option<String>, &'static str> {
    let links = headers.get_all(LINK).iter().filter_map(|value| value.to_str().ok());
    let Some(target) = links.flat_map(|value| value.split(", <")).find_map(next_target) else {
        return Ok(None);
    };
    let crate::call::Target::Path(here) = &call.target else { return Ok(None) };
    let base = Url::parse("http://registry").expect("a constant address");
    let here = base.join(here).map_err(|_| "a page at a malformed address")?;
    let next = here.join(target).map_err(|_| "a next page at a malformed address")?;
    if next == here {
        return Err("a next page that is this page");
    }
    let query = next.query().map(|query| format!("?{query}")).unwrap_or_default();
    Ok(Some(format!("{}{query}", next.path())))
}

fn next_target(link: &str) -> Option<&str> {
    let (target, parameters) = link.trim().trim_start_matches('<').split_once('>')?;
    let is_next = parameters.split(';').any(|parameter| {
        let parameter = parameter.trim();
        parameter.eq_ignore_ascii_case("rel=\"next\"") || parameter.eq_ignore_ascii_case("rel=next")
    });
    is_next.then_some(target)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(link: &str) -> Result<Option<String>, &'static str> {
        let reference: Reference = "ghcr.io/acme/shop".parse().unwrap();
        let call = Call::read(&reference, Method::GET, "/v2/acme/shop/tags/list?n=2".to_owned());
        let mut headers = HeaderMap::new();
        headers.insert(LINK, link.parse().unwrap());
        next_page(&headers, &call)
    }

    #[test]
    fn a_cursor_is_passed_on_as_it_is() {
        let path = |text: &str| Ok(Some(text.to_owned()));
        assert_eq!(
            next("</v2/a/tags/list?c=%3D%3D>; rel=\"next\""),
            path("/v2/a/tags/list?c=%3D%3D")
        );
        assert_eq!(next("<https://other/v2/x?last=b>;rel=next"), path("/v2/x?last=b"));
        assert_eq!(next("<?last=b>; rel=\"next\""), path("/v2/acme/shop/tags/list?last=b"));
        assert_eq!(next("</v2/a>; rel=\"prev\""), Ok(None));
    }

    #[test]
    fn a_list_that_goes_in_circles_is_refused() {
        assert!(next("</v2/acme/shop/tags/list?n=2>; rel=\"next\"").is_err());
    }
}
