//! Answers in the form that the client accepts: the object, its metadata, or a table.

use axum::body::Body;
use axum::response::Response;
use http::{HeaderValue, StatusCode, header};
use serde_json::{Value, json as json_value};

use crate::kinds::{Kind, Version};
use crate::status::{Failure, PAGE_NOT_FOUND};
use crate::table;

/// How objects are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Object,
    Metadata,
    Table,
}

impl Form {
    /// The first form in an `Accept` header that this server can give.
    pub(crate) fn accepted(accept: &str) -> Self {
        for part in accept.split(',').map(str::trim) {
            let kind = part.split(';').find_map(|p| p.trim().strip_prefix("as="));
            match kind {
                Some("Table")
                    if part.contains("v=v1;")
                        || part.contains("v=v1,")
                        || part.ends_with("v=v1") =>
                {
                    return Self::Table;
                }
                Some("PartialObjectMetadata" | "PartialObjectMetadataList")
                    if !part.contains("protobuf") =>
                {
                    return Self::Metadata;
                }
                None if part.starts_with("application/json") || part.starts_with("*/*") => {
                    return Self::Object;
                }
                _ => {}
            }
        }
        Self::Object
    }
}

pub(crate) fn respond(code: StatusCode, body: Vec<u8>, content_type: &'static str) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = code;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache, private"));
    response
}

pub(crate) fn json(value: &Value) -> Response {
    with_code(StatusCode::OK, value)
}

pub(crate) fn with_code(code: StatusCode, value: &Value) -> Response {
    respond(code, value.to_string().into_bytes(), "application/json")
}

pub(crate) fn text(text: &str) -> Response {
    respond(StatusCode::OK, text.as_bytes().to_vec(), "text/plain; charset=utf-8")
}

pub(crate) fn failure(failure: &Failure) -> Response {
    if failure.reason == PAGE_NOT_FOUND {
        let text = failure.message.clone().into_bytes();
        return respond(failure.code, text, "text/plain; charset=utf-8");
    }
    with_code(failure.code, &failure.to_json())
}

/// Adds the `Warning` headers that `kubectl` prints.
pub(crate) fn with_warnings(mut response: Response, warnings: &[String]) -> Response {
    for warning in warnings {
        let escaped = warning.replace('\\', "\\\\").replace('"', "\\\"");
        if let Ok(value) = HeaderValue::from_str(&format!("299 - \"{escaped}\"")) {
            response.headers_mut().append(header::WARNING, value);
        }
    }
    response
}

/// One object in a form.
pub(crate) fn shaped(
    form: Form,
    kind: &Kind,
    version: &Version,
    object: Value,
    now: jiff::Timestamp,
) -> Value {
    match form {
        Form::Object => object,
        Form::Metadata => metadata_only(&object),
        Form::Table => {
            let list_meta =
                json_value!({ "resourceVersion": object["metadata"]["resourceVersion"] });
            table::table(kind, version, &[object], &list_meta, (now, true))
        }
    }
}

/// The metadata of an object, as `PartialObjectMetadata`.
pub(crate) fn metadata_only(object: &Value) -> Value {
    json_value!({
        "kind": "PartialObjectMetadata",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": object["metadata"],
    })
}
