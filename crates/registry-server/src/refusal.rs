//! Refusals in the words of the specification.

use axum::Json;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

/// An answer that means no.
#[derive(Debug)]
pub(crate) struct Refusal(Box<Parts>);

#[derive(Debug)]
struct Parts {
    status: StatusCode,
    code: &'static str,
    message: String,
    headers: HeaderMap,
}

impl Refusal {
    pub(crate) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        let headers = HeaderMap::new();
        Self(Box::new(Parts { status, code, message: message.into(), headers }))
    }

    pub(crate) fn bad_request(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message)
    }

    pub(crate) fn not_found(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, code, message)
    }

    pub(crate) fn unsupported(message: impl Into<String>) -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "UNSUPPORTED", message)
    }

    pub(crate) fn header(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.0.headers.insert(name, value);
        }
        self
    }
}

impl From<registry::Error> for Refusal {
    fn from(error: registry::Error) -> Self {
        use registry::Error;
        let message = error.to_string();
        match error {
            Error::Missing { .. } => Self::not_found("BLOB_UNKNOWN", message),
            Error::DigestMismatch { .. } | Error::UnknownAlgorithm { .. } => {
                Self::bad_request("DIGEST_INVALID", message)
            }
            Error::TooLarge { .. } => {
                Self::new(StatusCode::PAYLOAD_TOO_LARGE, "SIZE_INVALID", message)
            }
            _ => {
                tracing::error!(error = message, "the store failed");
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, "UNKNOWN", "the store failed")
            }
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let Parts { status, code, message, headers } = *self.0;
        let error = serde_json::json!({ "code": code, "message": message });
        let body = serde_json::json!({ "errors": [error] });
        (status, headers, Json(body)).into_response()
    }
}
