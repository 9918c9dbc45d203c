//! Single requests about single objects of any kind.

use std::time::Duration;

use kube::api::{
    DeleteParams, DynamicObject, GetParams, ListParams, Patch, PatchParams, PostParams,
};
use kube::core::{Request, Resource as _};
use plan::Fields;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::connect::Cluster;
use crate::error::Error;
use crate::mapping::Resource;

/// How long one request may take.
const PATIENCE: Duration = Duration::from_mins(1);

impl Cluster {
    /// Reads one object; `None` when there is none.
    ///
    /// # Errors
    ///
    /// [`Error::NoNamespace`], [`Error::Refused`], [`Error::Unreachable`], [`Error::Garbage`]; the same
    /// for all requests here.
    pub async fn get(
        &self,
        resource: &Resource,
        namespace: &str,
        name: &str,
    ) -> Result<Option<Fields>, Error> {
        let request = address(resource, namespace)?.get(name, &GetParams::default());
        match self.send::<Fields>(request).await {
            Ok(object) => Ok(Some(object)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Lists the objects of one kind in a namespace (`""` = all), filtered by a label selector; each
    /// says its kind, which the API server leaves out of lists.
    ///
    /// # Errors
    ///
    /// As [`Cluster::get`].
    pub async fn list(
        &self,
        resource: &Resource,
        namespace: &str,
        labels: &str,
    ) -> Result<Vec<Fields>, Error> {
        let namespace = Some(namespace).filter(|namespace| !namespace.is_empty());
        let path = DynamicObject::url_path(&resource.api, namespace);
        let params = ListParams::default().labels(labels);
        let mut list: Value = self.send(Request::new(path).list(&params)).await?;
        let items = list.get_mut("items").map(Value::take).unwrap_or_default();
        let Value::Array(items) = items else { return Ok(Vec::new()) };
        Ok(items
            .into_iter()
            .filter_map(|item| match item {
                Value::Object(mut fields) => {
                    fields.insert("apiVersion".to_owned(), resource.api.api_version.clone().into());
                    fields.insert("kind".to_owned(), resource.api.kind.clone().into());
                    Some(fields)
                }
                _ => None,
            })
            .collect())
    }

    /// Creates an object that must not exist yet.
    ///
    /// # Errors
    ///
    /// As [`Cluster::get`]; [`Error::is_conflict`] when it exists.
    pub async fn create(&self, resource: &Resource, object: &Fields) -> Result<Fields, Error> {
        let body = bytes_of(object);
        let request = address(resource, namespace_of(object))?.create(&PostParams::default(), body);
        self.send(request).await
    }

    /// Sends a patch and returns the object as it is then (or, in a dry run, would be).
    ///
    /// # Errors
    ///
    /// As [`Cluster::get`].
    pub async fn patch(
        &self,
        resource: &Resource,
        (namespace, name): (&str, &str),
        params: &PatchParams,
        patch: &Patch<Value>,
    ) -> Result<Fields, Error> {
        self.send(address(resource, namespace)?.patch(name, params, patch)).await
    }

    /// Sends a merge patch to the status of an object.
    ///
    /// # Errors
    ///
    /// As [`Cluster::get`].
    pub async fn patch_status(
        &self,
        resource: &Resource,
        (namespace, name): (&str, &str),
        manager: &str,
        patch: &Value,
    ) -> Result<Fields, Error> {
        let params =
            PatchParams { field_manager: Some(manager.to_owned()), ..PatchParams::default() };
        let request = address(resource, namespace)?.patch_subresource(
            "status",
            name,
            &params,
            &Patch::Merge(patch),
        );
        self.send(request).await
    }

    /// Asks for the deletion of an object, dependents in the background; done when it is gone already.
    ///
    /// # Errors
    ///
    /// As [`Cluster::get`].
    pub async fn delete(
        &self,
        resource: &Resource,
        namespace: &str,
        name: &str,
    ) -> Result<(), Error> {
        let request = address(resource, namespace)?.delete(name, &DeleteParams::background());
        match self.send::<Value>(request).await {
            Ok(_) => Ok(()),
            Err(error) if error.is_not_found() => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Sends a request and reads the answer.
    pub(crate) async fn send<T: DeserializeOwned>(
        &self,
        request: Result<http::Request<Vec<u8>>, kube::core::request::Error>,
    ) -> Result<T, Error> {
        let request = request.map_err(|error| Error::Garbage {
            request: "a request that cannot be built".to_owned(),
            reason: error.to_string(),
        })?;
        let line = format!("{} {}", request.method(), request.uri().path());
        match tokio::time::timeout(PATIENCE, self.client.request::<T>(request)).await {
            Ok(answer) => answer.map_err(|error| Error::from_kube(error, &line)),
            Err(_) => Err(Error::Unreachable {
                request: line,
                reason: format!("nothing came within {} s", PATIENCE.as_secs()),
            }),
        }
    }
}

/// The address of a kind in a namespace.
fn address(resource: &Resource, namespace: &str) -> Result<Request, Error> {
    let namespace = match (resource.is_namespaced, namespace) {
        (true, "") => return Err(Error::NoNamespace),
        (true, namespace) => Some(namespace),
        (false, _) => None,
    };
    Ok(Request::new(DynamicObject::url_path(&resource.api, namespace)))
}

fn bytes_of(object: &Fields) -> Vec<u8> {
    serde_json::to_vec(object).expect("a JSON map serializes")
}

/// `metadata.namespace`, empty when absent.
pub(crate) fn namespace_of(object: &Fields) -> &str {
    metadata(object, "namespace")
}

/// A text in `metadata`, empty when absent.
pub(crate) fn metadata<'a>(object: &'a Fields, field: &str) -> &'a str {
    object
        .get("metadata")
        .and_then(|all| all.get(field))
        .and_then(Value::as_str)
        .unwrap_or_default()
}
