//! From a kind to the address it is served at.

use std::collections::BTreeMap;
use std::sync::RwLock;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{APIGroup, APIResourceList};
use kube::api::ApiResource;
use kube::core::GroupVersionKind;

use crate::connect::Cluster;
use crate::error::Error;

/// A kind as the API server serves it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    /// Group, version, kind and plural.
    pub api: ApiResource,
    /// Whether its objects live in namespaces.
    pub is_namespaced: bool,
}

/// What was found out about kinds so far; forgotten only by asking for a kind that is not in it.
#[derive(Debug, Default)]
pub(crate) struct Mapping {
    /// By API version, then kind.
    known: RwLock<BTreeMap<String, BTreeMap<String, Resource>>>,
}

impl Resource {
    /// The resource of a kind that is known at compile time.
    pub fn of<K: kube::Resource<DynamicType = ()>>(is_namespaced: bool) -> Self {
        Self { api: ApiResource::erase::<K>(&()), is_namespaced }
    }
}

impl Cluster {
    /// Finds a kind by API version, asking the API server only about kinds not seen before.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownKind`] when it is not served; [`Error::Unreachable`] and [`Error::Refused`] when
    /// that cannot be found out.
    pub async fn resource(&self, api_version: &str, kind: &str) -> Result<Resource, Error> {
        if let Some(found) = self.mapping.get(api_version, kind) {
            return Ok(found);
        }
        let unknown =
            || Error::UnknownKind { kind: kind.to_owned(), api_version: api_version.to_owned() };
        if !is_api_version(api_version) {
            return Err(unknown());
        }
        let list = match self.discover(api_version).await {
            Ok(list) => list,
            Err(error) if error.is_not_found() => return Err(unknown()),
            Err(error) => return Err(error),
        };
        self.mapping.learn(api_version, &list);
        self.mapping.get(api_version, kind).ok_or_else(unknown)
    }

    /// Finds a kind by group, in the version that the API server prefers.
    ///
    /// # Errors
    ///
    /// As [`Cluster::resource`].
    pub async fn preferred_resource(&self, group: &str, kind: &str) -> Result<Resource, Error> {
        if group.is_empty() {
            return self.resource("v1", kind).await;
        }
        let unknown =
            || Error::UnknownKind { kind: kind.to_owned(), api_version: group.to_owned() };
        let path = format!("/apis/{group}");
        let found: APIGroup = match self.send(read(&path)).await {
            Ok(found) => found,
            Err(error) if error.is_not_found() => return Err(unknown()),
            Err(error) => return Err(error),
        };
        let preferred = found.preferred_version.map(|version| version.group_version);
        let others = found.versions.into_iter().map(|version| version.group_version);
        for api_version in preferred.into_iter().chain(others) {
            if let Ok(resource) = self.resource(&api_version, kind).await {
                return Ok(resource);
            }
        }
        Err(unknown())
    }

    async fn discover(&self, api_version: &str) -> Result<APIResourceList, Error> {
        let root = if api_version.contains('/') { "apis" } else { "api" };
        self.send(read(&format!("/{root}/{api_version}"))).await
    }
}

impl Mapping {
    fn get(&self, api_version: &str, kind: &str) -> Option<Resource> {
        let known = self.known.read().expect("no holder of this lock panics");
        known.get(api_version)?.get(kind).cloned()
    }

    fn learn(&self, api_version: &str, list: &APIResourceList) {
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        let kinds = list
            .resources
            .iter()
            .filter(|resource| !resource.name.contains('/'))
            .map(|resource| {
                let gvk = GroupVersionKind::gvk(group, version, &resource.kind);
                let api = ApiResource::from_gvk_with_plural(&gvk, &resource.name);
                (resource.kind.clone(), Resource { api, is_namespaced: resource.namespaced })
            })
            .collect();
        let mut known = self.known.write().expect("no holder of this lock panics");
        known.insert(api_version.to_owned(), kinds);
    }
}

/// Keeps what is not a `group/version` from becoming a path.
fn is_api_version(text: &str) -> bool {
    let is_part = |part: &str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"-.".contains(&b))
    };
    text.len() < 256 && text.split('/').count() <= 2 && text.split('/').all(is_part)
}

fn read(path: &str) -> Result<http::Request<Vec<u8>>, kube::core::request::Error> {
    http::Request::get(path).body(Vec::new()).map_err(kube::core::request::Error::BuildRequest)
}
